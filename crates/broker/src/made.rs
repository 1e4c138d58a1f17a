//! What the gateway makes once per call: message ids and the time of the send.

use crate::Broker;
use crate::plan::Plan;
use crate::team_keys::Purpose;
use keyferry_core::{Failure, Timestamp};
use keyferry_upstream::Made;

impl Broker {
    /// With an idempotency key the message ids are derived from it, so that the upstream knows a second try; without
    /// one they are new.
    pub(crate) async fn made(&self, plan: &Plan, key: Option<&str>, now: Timestamp) -> Result<Made, Failure> {
        let Some(key) = key else {
            return Ok(Made::fresh(now));
        };
        let connection = &plan.doing.account.connection;
        let secret = self.keys().key(&connection.team, Purpose::Message).await?;
        // The digest is part of it: a key means one call of one device and tool, and the upstream knows only the id.
        let named = format!("{}:{key}", hex::encode(plan.digest));
        Ok(Made::derived(&secret, &connection.id, &named, now))
    }
}
