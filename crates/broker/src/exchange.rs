//! One exchange with the upstream for a call that is held by the journal.

use crate::Broker;
use crate::beneath::Beneath;
use crate::limits::QUEUED_ARGUMENTS;
use crate::plan::Doing;
use crate::request::Caller;
use crate::standing::Leave;
use crate::trail::Trail;
use crate::{bodies, counted, outcome};
use futures::FutureExt;
use keyferry_core::{Consent, Failure, Timestamp};
use keyferry_upstream::{Answer, Destination, Exchange, Fate, Made, Revealed, Unanswered};
use serde_json::Value;
use std::time::Instant;

impl Broker {
    /// Sends a read. The journal's queue has it before it leaves.
    ///
    /// # Errors
    /// `gateway_unavailable` when the journal can't hold it, and everything that the upstream may say.
    pub(crate) async fn send_read(
        &self,
        caller: &Caller,
        doing: &Doing,
        trail: &mut Trail,
    ) -> Result<Answer, Failure> {
        self.keep_arguments(caller, doing, trail, QUEUED_ARGUMENTS).await?;
        let deadline = self.now() + doing.tool.timeout;
        let row = trail.row(caller, deadline).ok_or_else(|| Failure::internal("a read without a tool"))?;
        let ticket = self.journal().begin(row).await?;
        trail.held = true;
        let beneath = Beneath::new(caller.clone(), trail.id.clone());
        let leave = Leave { broker: self, caller, doing, consent: Consent::None, approver: None };
        let result = self.send(&leave, &Made::fresh(trail.began), &[], deadline, &beneath).await;
        ticket.finish(outcome::exchanged(&result, self.now()));
        self.note_health(doing, &result).await;
        result.map_err(|unanswered| unanswered.failure)
    }

    /// Sends, and finds out what a refused credential means. Whoever calls this has journaled the call.
    pub(crate) async fn send(
        &self,
        leave: &Leave<'_>,
        made: &Made,
        revealed: &[Revealed],
        deadline: Timestamp,
        beneath: &Beneath,
    ) -> Result<Answer, Unanswered> {
        let doing = leave.doing;
        if let Some(composite) = self.composites().get(&doing.tool.name) {
            return composite.run(leave, beneath, deadline).await;
        }
        let handles = self.handle_key(&beneath.caller.team, &doing.tool).await.map_err(not_sent)?;
        let exchange = Exchange {
            tool: &doing.tool,
            arguments: &doing.arguments,
            to: doing.destination(),
            made,
            revealed,
            handles: handles.as_ref(),
            deadline,
            still_allowed: leave,
        };
        let start = Instant::now();
        let sent = self.upstream().send(&exchange).boxed().await;
        counted::exchange(&doing.tool, start.elapsed());
        match sent {
            Err(unanswered) if unanswered.credential_refused => {
                Err(self.judge_refusal(doing, unanswered, beneath).await)
            }
            result => result,
        }
    }

    /// Seals the arguments as the journal keeps them: with their secrets masked. Longer ones than `most` are not
    /// kept.
    pub(crate) async fn keep_arguments(
        &self,
        caller: &Caller,
        doing: &Doing,
        trail: &mut Trail,
        most: usize,
    ) -> Result<(), Failure> {
        let shown = self.shown_arguments(doing).await?;
        let place = bodies::Place {
            team: &caller.team,
            record: trail.id.as_str(),
            part: bodies::Part::Arguments,
            began: trail.began,
        };
        let sealed = bodies::seal(self.keys(), place, &shown).await?;
        trail.arguments = (sealed.len() <= most).then_some(sealed);
        Ok(())
    }
}

impl Doing {
    pub(crate) fn destination(&self) -> Destination<'_> {
        Destination {
            connection: &self.account.connection,
            server: &self.account.server,
            credential: Some(&self.account.credential),
        }
    }
}

/// A failure of our own before anything left us.
pub(crate) fn not_sent(failure: Failure) -> Unanswered {
    Unanswered { failure, fate: Fate::NotSent, status: None, attempts: 0, credential_refused: false }
}

/// An answer of our own making.
pub(crate) fn made_answer(body: Value) -> Answer {
    let bytes = body.to_string().len();
    Answer { status: 200, body, request_id: None, attempts: 1, bytes }
}
