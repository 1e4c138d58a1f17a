//! A refused credential: does it no longer work at all, or does it lack one right?
//!
//! The slot's own test decides. When it is refused too, the connection is marked and a person has to enter a new
//! credential; otherwise the call was forbidden and the credential stays good.

use crate::Broker;
use crate::beneath::Beneath;
use crate::connections::Tester;
use crate::failed::chain;
use crate::plan::Doing;
use keyferry_store::credentials::Health;
use keyferry_upstream::{SlotVerdict, Unanswered, judge_refusal};
use std::time::Duration;

/// A verdict of "refused" on the same credential counts for so long without asking again.
const KNOWN_REFUSED: Duration = Duration::from_secs(60);

impl Broker {
    /// What an upstream's 401 or 403 means for the caller.
    pub(crate) async fn judge_refusal(
        &self,
        doing: &Doing,
        refused: Unanswered,
        beneath: &Beneath,
    ) -> Unanswered {
        let Some(verdict) = self.verdict_on(doing, beneath).await else {
            return refused;
        };
        let name = self.catalog().integration(&doing.tool.integration).map(|integration| &integration.name);
        match judge_refusal(&refused, &verdict, name.unwrap_or(&doing.tool.integration)) {
            Some(mut failure) => {
                let link = self.link(&format!("dashboard/connections/{}", doing.account.connection.number));
                failure.hint = Some(format!("A person has to enter a new credential: {link}"));
                Unanswered { failure, ..refused }
            }
            None => refused,
        }
    }

    async fn verdict_on(&self, doing: &Doing, beneath: &Beneath) -> Option<SlotVerdict> {
        let credential = &doing.account.credential;
        let tested = credential.tested_at.map(|at| self.now().since(at));
        if credential.health == Health::Refused && tested.is_some_and(|ago| ago < KNOWN_REFUSED) {
            let why = credential.health_message.clone().unwrap_or_default();
            return Some(SlotVerdict::Refused { api: doing.tool.api.clone(), why });
        }
        let tester = Tester::beneath(beneath);
        let verdict = self.try_stored_slot(&doing.account.connection, &credential.slot, tester).await;
        verdict
            .inspect_err(
                |failure| tracing::warn!(error = %chain(failure), "a refused credential was not tested"),
            )
            .ok()
    }
}
