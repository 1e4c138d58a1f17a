//! Writes that a composite tool makes: each a call of its own, claimed, sent and settled as any other. What consent is
//! needed for them was given with the composite's own call.

use crate::Broker;
use crate::beneath::Beneath;
use crate::claim::Wanted;
use crate::exchange::not_sent;
use crate::plan::{Doing, accepted};
use crate::settle::Ended;
use crate::standing::Leave;
use crate::trail::Trail;
use keyferry_core::{CallId, Failure, Timestamp};
use keyferry_store::claim::{Claimed, GiveBack};
use keyferry_upstream::{Answer, Made, Unanswered};
use serde_json::{Map, Value};
use std::sync::Arc;

impl Broker {
    /// What became of the write, and as which call. `of` is the composite's own leave.
    pub(crate) async fn write_beneath(
        &self,
        of: &Leave<'_>,
        beneath: &Beneath,
        name: &str,
        arguments: Map<String, Value>,
        until: Timestamp,
    ) -> (CallId, Result<Answer, Unanswered>) {
        let mut trail = Trail::begin(self.now(), Some(beneath.parent.clone()));
        let result = match self.doing_write(of, beneath, name, arguments).await {
            Ok(doing) => {
                let leave = Leave { doing: &doing, ..*of };
                self.written_beneath(&leave, beneath, until, &mut trail).await
            }
            Err(failure) => Err(not_sent(failure)),
        };
        (trail.id, result)
    }

    async fn doing_write(
        &self,
        of: &Leave<'_>,
        beneath: &Beneath,
        name: &str,
        arguments: Map<String, Value>,
    ) -> Result<Doing, Failure> {
        let tool = self.tool(name)?;
        if !tool.impact.changes() || tool.impact > of.doing.tool.impact {
            let (whole, own) = (&of.doing.tool.name, of.doing.tool.impact);
            return Err(Failure::internal(format!(
                "`{whole}` ({own}) asks `{name}` ({}) to write",
                tool.impact
            )));
        }
        beneath.take()?;
        let arguments = accepted(&tool, Value::Object(arguments))?;
        let connection = Arc::clone(&of.doing.account.connection);
        let account = self.account(of.caller, &tool, connection).await?;
        Ok(Doing { tool, arguments, account })
    }

    async fn written_beneath(
        &self,
        leave: &Leave<'_>,
        beneath: &Beneath,
        until: Timestamp,
        trail: &mut Trail,
    ) -> Result<Answer, Unanswered> {
        let doing = leave.doing;
        let deadline = until.min(self.now() + doing.tool.timeout);
        self.intend(leave, deadline, trail).await.map_err(not_sent)?;
        let result = match self.reveal_handles(beneath, doing).await {
            Ok(revealed) => {
                let made = Made::fresh(trail.began);
                Box::pin(self.send(leave, &made, &revealed, deadline, beneath)).await
            }
            Err(failure) => Err(not_sent(failure)),
        };
        self.settle(doing, Ended { result, back: GiveBack::default(), keyed: false }, trail).await
    }

    /// Claims it: there is no key and no confirmation to take.
    async fn intend(&self, leave: &Leave<'_>, deadline: Timestamp, trail: &mut Trail) -> Result<(), Failure> {
        trail.tool = Some(Arc::clone(&leave.doing.tool));
        trail.connection = Some(Arc::clone(&leave.doing.account.connection));
        self.describe_doing(leave.doing, trail).await?;
        self.keep_arguments(leave.caller, leave.doing, trail, usize::MAX).await?;
        let wanted = Wanted { leave: *leave, confirmation: None, key: None, deadline };
        match self.claim(wanted, trail).await? {
            Claimed::Taken => Ok(()),
            other => Err(Failure::internal(format!("a claim of nothing but an intent answered {other:?}"))),
        }
    }
}
