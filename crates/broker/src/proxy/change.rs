//! A proxied change: its intent is committed before the send, its outcome before the answer.

use super::permission::Passage;
use super::send::answer_of;
use super::{AnswerBody, ProxyAnswer};
use crate::Broker;
use crate::beneath::Beneath;
use crate::claim::Wanted;
use crate::exchange::not_sent;
use crate::limits::LOOK_AGAIN;
use crate::plan::Plan;
use crate::settle::Ended;
use crate::standing::Leave;
use crate::trail::Trail;
use crate::view::Meta;
use keyferry_core::{Failure, Timestamp};
use keyferry_store::claim::{Claimed, GiveBack};
use keyferry_upstream::{Passed, PassedBody, RawBody, Unanswered};

impl Broker {
    pub(super) async fn proxy_change(
        &self,
        beneath: &Beneath,
        plan: &Plan,
        raw: Option<RawBody>,
        trail: &mut Trail,
    ) -> Result<ProxyAnswer, Failure> {
        let doing = &plan.doing;
        if raw.is_none() {
            self.keep_arguments(&beneath.caller, doing, trail, usize::MAX).await?;
        }
        let leave =
            Leave { broker: self, caller: &beneath.caller, doing, consent: plan.consent, approver: None };
        let deadline = self.now() + LOOK_AGAIN + doing.tool.timeout;
        let wanted = Wanted { leave, confirmation: None, key: None, deadline };
        match self.claim(wanted, trail).await? {
            Claimed::Taken => trail.held = true,
            _ => return Err(Failure::internal("a claim of nothing but its intent was refused")),
        }
        trail.arguments = None;
        let passed = self.send_change(beneath, leave, raw, deadline, trail).await;
        let (result, shown) = match passed {
            Ok(passed) => (Ok(answer_of(&passed)), Some(passed)),
            Err(unanswered) => (Err(unanswered), None),
        };
        let ended = Ended { result, back: GiveBack::default(), keyed: false };
        let settled = self.settle(doing, ended, trail).await;
        settled.map_err(|unanswered| unanswered.failure)?;
        match shown {
            Some(Passed { status, headers, body: PassedBody::Whole(bytes), .. }) => {
                Ok(ProxyAnswer { status, headers, body: AnswerBody::Whole(bytes), meta: Meta::default() })
            }
            _ => Err(Failure::internal("the answer to a change was not read to its end")),
        }
    }

    async fn send_change(
        &self,
        beneath: &Beneath,
        leave: Leave<'_>,
        raw: Option<RawBody>,
        deadline: Timestamp,
        trail: &Trail,
    ) -> Result<Passed, Unanswered> {
        let revealing = tokio::time::timeout(LOOK_AGAIN, self.reveal_handles(beneath, leave.doing)).await;
        let revealed =
            revealing.unwrap_or_else(|late| Err(Failure::unavailable("Too slow; nothing was sent.", late)));
        let revealed = revealed.map_err(not_sent)?;
        let deadline = deadline.min(self.now() + leave.doing.tool.timeout);
        self.pass(beneath, &Passage(leave), &revealed, (raw, deadline), trail).await
    }
}
