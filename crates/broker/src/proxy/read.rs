//! A proxied read: the journal's queue has it before it is sent. An answer without secret fields streams.

use super::permission::Passage;
use super::send::answer_of;
use super::{AnswerBody, ProxyAnswer, stream};
use crate::beneath::Beneath;
use crate::journal::Ticket;
use crate::limits::QUEUED_ARGUMENTS;
use crate::plan::Plan;
use crate::request::Caller;
use crate::standing::Leave;
use crate::trail::Trail;
use crate::view::Meta;
use crate::{Broker, outcome};
use keyferry_core::Failure;
use keyferry_upstream::{Passed, PassedBody, RawBody, Unanswered};

impl Broker {
    pub(super) async fn proxy_read(
        &self,
        beneath: &Beneath,
        plan: &Plan,
        raw: Option<RawBody>,
        trail: &mut Trail,
    ) -> Result<ProxyAnswer, Failure> {
        let (caller, doing) = (&beneath.caller, &plan.doing);
        if raw.is_none() {
            self.keep_arguments(caller, doing, trail, QUEUED_ARGUMENTS).await?;
        }
        let deadline = self.now() + doing.tool.timeout;
        let row = trail.row(caller, deadline + stream::LONGEST);
        let ticket =
            self.journal().begin(row.ok_or_else(|| Failure::internal("a read without a tool"))?).await?;
        trail.held = true;
        let leave = Leave { broker: self, caller, doing, consent: plan.consent, approver: None };
        match self.pass(beneath, &Passage(leave), &[], (raw, deadline), trail).await {
            Ok(passed) => Ok(self.show(plan, caller, passed, ticket).await),
            Err(unanswered) => Err(self.read_failed(plan, unanswered, ticket).await),
        }
    }

    async fn read_failed(&self, plan: &Plan, unanswered: Unanswered, ticket: Ticket) -> Failure {
        let result = Err(unanswered);
        ticket.finish(outcome::exchanged(&result, self.now()));
        self.note_health(&plan.doing, &result).await;
        result.map_or_else(|unanswered| unanswered.failure, |_| Failure::internal("a failure is an answer"))
    }

    async fn show(&self, plan: &Plan, caller: &Caller, passed: Passed, ticket: Ticket) -> ProxyAnswer {
        let result = Ok(answer_of(&passed));
        self.note_health(&plan.doing, &result).await;
        let Passed { status, headers, body, .. } = passed;
        let body = match body {
            PassedBody::Whole(bytes) => {
                ticket.finish(outcome::exchanged(&result, self.now()));
                AnswerBody::Whole(bytes)
            }
            PassedBody::Streamed(streamed) => {
                AnswerBody::Streamed(stream::begin(self, caller, plan, (status, streamed), ticket))
            }
        };
        ProxyAnswer { status, headers, body, meta: Meta::default() }
    }
}
