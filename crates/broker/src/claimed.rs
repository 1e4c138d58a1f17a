//! A call that is claimed before it is sent: every change, and every call with an idempotency key.
//!
//! One transaction takes the key and the confirmation and writes the intent. Only then is the state read again, are
//! handles looked up, and is the call sent. Its outcome is committed before the answer, and what certainly sent
//! nothing gives back what it claimed with it.

use crate::Broker;
use crate::beneath::Beneath;
use crate::call::Answered;
use crate::claim::Wanted;
use crate::confirm::Given;
use crate::exchange::not_sent;
use crate::idempotency::{self, Kept, Seen};
use crate::limits::LOOK_AGAIN;
use crate::plan::Plan;
use crate::request::CallRequest;
use crate::settle::Ended;
use crate::standing::Leave;
use crate::team_keys::Purpose;
use crate::trail::Trail;
use keyferry_core::{CallId, Consent, ErrorCode, Failure, Timestamp};
use keyferry_store::calls::Call;
use keyferry_store::claim::{Claimed, GiveBack};
use keyferry_upstream::handle::is_handle;
use keyferry_upstream::{Made, Revealed};
use std::time::Duration;

/// What a call is claimed and sent with.
struct Held {
    given: Given,
    key: Option<[u8; 32]>,
    /// The earlier call in whose place it is sent.
    taken_from: Option<CallId>,
    made: Made,
    deadline: Timestamp,
}

impl Broker {
    /// # Errors
    /// Everything from consent on.
    pub(crate) async fn call_claimed(
        &self,
        beneath: &Beneath,
        plan: &Plan,
        request: &CallRequest,
        trail: &mut Trail,
    ) -> Result<Answered, Failure> {
        let (caller, named) = (&beneath.caller, request.idempotency_key.as_deref());
        let key = self.key_of(caller, named).await?;
        let taken_from = match self.seen_before(caller, plan, key.as_ref()).await? {
            Seen::Answered(call, kept) => return Ok(replayed(trail, call, kept)),
            Seen::Again(earlier) => Some(earlier),
            Seen::New => None,
        };
        let given = match self.confirmed(beneath, plan, taken_from.as_ref(), trail).await {
            Ok(given) => given,
            Err(failure) => return self.outrun(beneath, plan, key.as_ref(), failure, trail).await,
        };
        let made = self.made(plan, named, trail.began).await?;
        self.keep_arguments(caller, &plan.doing, trail, usize::MAX).await?;
        let deadline = self.now() + prelude(plan, &given) + plan.doing.tool.timeout;
        let held = Held { given, key, taken_from, made, deadline };
        self.take(beneath, plan, &held, trail).await?;
        trail.held = true;
        let ended = self.carry_out(beneath, plan, &held).await;
        let settled = self.settle(&plan.doing, ended, trail).await;
        settled.map(Answered::Now).map_err(|unanswered| unanswered.failure)
    }

    /// Another call with the same key may have used the confirmation since the key was looked up. Then that one
    /// answers; otherwise the failure stands.
    async fn outrun(
        &self,
        beneath: &Beneath,
        plan: &Plan,
        key: Option<&[u8; 32]>,
        failure: Failure,
        trail: &mut Trail,
    ) -> Result<Answered, Failure> {
        if failure.code != ErrorCode::ConfirmationUsed {
            return Err(failure);
        }
        match self.seen_before(&beneath.caller, plan, key).await? {
            Seen::Answered(call, kept) => Ok(replayed(trail, call, kept)),
            Seen::Again(_) | Seen::New => Err(failure),
        }
    }

    /// Claims it, or says why not.
    async fn take(&self, beneath: &Beneath, plan: &Plan, held: &Held, trail: &Trail) -> Result<(), Failure> {
        let caller = &beneath.caller;
        let now = self.now();
        let wanted = Wanted {
            leave: self.leave(beneath, plan, held),
            confirmation: held.given.confirmation.as_ref().map(|one| &one.id),
            key: held.key.map(|hash| idempotency::claim_of(&hash, held.taken_from.clone(), now)),
            deadline: held.deadline,
        };
        match self.claim(wanted, trail).await {
            Ok(Claimed::Taken) => Ok(()),
            Ok(Claimed::ConfirmationUsed(by)) => Err(self.lost(caller, by.as_ref(), true).await),
            Ok(Claimed::ConfirmationGone) => Err(self.lost(caller, None, false).await),
            Ok(Claimed::KeySeen(row)) => Err(match self.judge_key(caller, plan, &row).await {
                Err(failure) => failure,
                // It ended between the look-up and the claim: the next try finds it.
                Ok(_) => idempotency::in_progress().about(row.call.clone()),
            }),
            Err(failure) if failure.code == ErrorCode::ApprovalRequired => {
                Err(self.ask_anew(beneath, plan, &held.given, trail).await?)
            }
            Err(failure) => Err(failure),
        }
    }

    fn leave<'a>(&'a self, beneath: &'a Beneath, plan: &'a Plan, held: &'a Held) -> Leave<'a> {
        Leave {
            broker: self,
            caller: &beneath.caller,
            doing: &plan.doing,
            consent: plan.consent,
            // Where no person is needed, it does not matter who said yes.
            approver: held.given.approver().filter(|_| plan.consent == Consent::Person),
        }
    }

    /// From the claim to the upstream's answer.
    async fn carry_out(&self, beneath: &Beneath, plan: &Plan, held: &Held) -> Ended {
        let leave = self.leave(beneath, plan, held);
        let ready = tokio::time::timeout(LOOK_AGAIN, self.make_ready(beneath, plan, held)).await;
        let result = match ready.unwrap_or_else(|_| Err(too_slow())) {
            Ok(revealed) => {
                let deadline = held.deadline.min(self.now() + plan.doing.tool.timeout);
                self.send(&leave, &held.made, &revealed, deadline, beneath).await
            }
            // A revocation tells more than the reading that failed because of it.
            Err(failure) => Err(not_sent(leave.stands().await.err().unwrap_or(failure))),
        };
        let refused = result.as_ref().err().filter(|unanswered| unanswered.did_nothing());
        // When what the person saw is no longer so, the approval is used up.
        let changed = refused.is_some_and(|unanswered| unanswered.failure.code == ErrorCode::StateChanged);
        let back = GiveBack {
            key: refused.is_some(),
            confirmation: refused.is_some() && !changed,
            taken_from: held.taken_from.clone(),
        };
        Ended { result, back, keyed: held.key.is_some() }
    }

    /// What has to be read between the claim and the send. Only where a person approved or a handle was given is
    /// there anything, see `prelude`.
    async fn make_ready(
        &self,
        beneath: &Beneath,
        plan: &Plan,
        held: &Held,
    ) -> Result<Vec<Revealed>, Failure> {
        self.still_as_seen(beneath, plan, &held.given).await?;
        self.reveal_handles(beneath, &plan.doing).await
    }

    /// Reads again what the person saw, right before the send.
    async fn still_as_seen(&self, beneath: &Beneath, plan: &Plan, given: &Given) -> Result<(), Failure> {
        let Some(confirmation) = given.confirmation.as_ref().filter(|one| one.needs == Consent::Person)
        else {
            return Ok(());
        };
        let key = self.keys().key(&beneath.caller.team, Purpose::Digest).await?;
        let state = self.look(beneath, &plan.doing).await;
        if confirmation.state_hash.as_deref() == Some(&state.hash(&key)?[..]) {
            return Ok(());
        }
        Err(state.hiding().unwrap_or_else(|| {
            Failure::new(
                ErrorCode::StateChanged,
                "What the person approved is no longer so; nothing was sent.",
            )
            .hint("Preview it again: the person has to see what it is now.")
        }))
    }
}

/// How long the readings between the claim and the send may take.
fn prelude(plan: &Plan, given: &Given) -> Duration {
    let by_person = given.confirmation.as_ref().is_some_and(|one| one.needs == Consent::Person);
    let secrets = plan.doing.tool.secret_inputs_in(&plan.doing.arguments);
    let text = |pointer: &str| plan.doing.arguments.at(pointer).and_then(|value| value.as_str());
    let by_handle = secrets.iter().any(|(pointer, _)| text(pointer).is_some_and(is_handle));
    if by_person || by_handle { LOOK_AGAIN } else { Duration::ZERO }
}

fn replayed(trail: &mut Trail, call: Box<Call>, kept: Kept) -> Answered {
    trail.replay(&call.id);
    Answered::Replayed(call, kept)
}

fn too_slow() -> Failure {
    Failure::new(
        ErrorCode::UpstreamTimeout,
        "What the call needs could not be read in time; nothing was sent.",
    )
}
