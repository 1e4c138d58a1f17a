//! A call that is claimed before it is sent: every change, and every call with an idempotency key.
//!
//! One transaction takes the key and the confirmation and writes the intent. Only then is the state read again, are
//! handles looked up, and is the call sent. Its outcome is committed before the answer, and what certainly sent
//! nothing gives back what it claimed with it.

use crate::beneath::Beneath;
use crate::bodies::{self, Part, Place};
use crate::call::Answered;
use crate::exchange::not_sent;
use crate::idempotency::{self, Kept, Seen};
use crate::limits::{LOOK_AGAIN, STORED_ANSWER, STORED_ANSWERS};
use crate::outcome;
use crate::plan::Plan;
use crate::request::{CallRequest, Caller};
use crate::standing::Leave;
use crate::team_keys::Purpose;
use crate::trail::Trail;
use crate::{Broker, unavailable};
use keyferry_core::{CallId, Consent, ErrorCode, Failure, Timestamp};
use keyferry_store::StoreError;
use keyferry_store::calls::{self, Call, NewCall, Outcome};
use keyferry_store::claim::{self, Claim, Claimed, GiveBack};
use keyferry_store::confirmations::Confirmation;
use keyferry_upstream::handle::is_handle;
use keyferry_upstream::{Answer, Made, Revealed, Unanswered};
use std::time::Duration;

/// What was claimed, and what it was claimed with.
struct Held {
    confirmation: Option<Confirmation>,
    made: Made,
    deadline: Timestamp,
}

/// How a claimed call ended, and what it gives back.
struct Ended {
    result: Result<Answer, Unanswered>,
    back: GiveBack,
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
        let (caller, key) = (&beneath.caller, request.idempotency_key.as_deref());
        let hash = self.key_of(caller, key).await?;
        let takes_over = match self.seen_before(caller, plan, hash.as_ref()).await? {
            Seen::Answered(call, kept) => return Ok(replayed(trail, call, kept)),
            Seen::Again(earlier) => Some(earlier),
            Seen::New => None,
        };
        let confirmation = match self.confirmed(beneath, plan, takes_over.as_ref(), trail).await {
            Ok(confirmation) => confirmation,
            Err(failure) => return self.outrun(caller, plan, hash.as_ref(), failure, trail).await,
        };
        let made = self.made(plan, key, trail.began).await?;
        self.keep_arguments(caller, &plan.doing, trail, usize::MAX).await?;
        let deadline = self.now() + prelude(plan, confirmation.as_ref()) + plan.doing.tool.timeout;
        let held = Held { confirmation, made, deadline };
        self.claim(beneath, plan, &held, hash.as_ref(), takes_over, trail).await?;
        trail.held = true;
        let ended = self.carry_out(beneath, plan, &held).await;
        self.settle(plan, ended, trail).await
    }

    /// Another call with the same key may have used the confirmation since the key was looked up. Then that one
    /// answers; otherwise the failure stands.
    async fn outrun(
        &self,
        caller: &Caller,
        plan: &Plan,
        hash: Option<&[u8; 32]>,
        failure: Failure,
        trail: &mut Trail,
    ) -> Result<Answered, Failure> {
        if failure.code != ErrorCode::ConfirmationUsed {
            return Err(failure);
        }
        match self.seen_before(caller, plan, hash).await? {
            Seen::Answered(call, kept) => Ok(replayed(trail, call, kept)),
            Seen::Again(_) | Seen::New => Err(failure),
        }
    }

    async fn claim(
        &self,
        beneath: &Beneath,
        plan: &Plan,
        held: &Held,
        hash: Option<&[u8; 32]>,
        takes_over: Option<CallId>,
        trail: &Trail,
    ) -> Result<(), Failure> {
        let row = trail.row(&beneath.caller, held.deadline);
        let row = row.ok_or_else(|| Failure::internal("a claim without a tool"))?;
        let confirmation = held.confirmation.as_ref().map(|one| one.id.clone());
        let now = self.now();
        let claim = Claim {
            call: NewCall {
                confirmation: confirmation.clone(),
                idempotency_hash: hash.map(|hash| hash.to_vec()),
                ..row
            },
            claimed_at: now,
            confirmation,
            idempotency: hash.map(|hash| idempotency::claim_of(hash, takes_over, now)),
        };
        let caller = &beneath.caller;
        let claimed = claim::claim(self.db(), &claim).await;
        match claimed.map_err(|error| self.perhaps_claimed(&claim, error))? {
            Claimed::Taken => Ok(()),
            Claimed::ConfirmationUsed(by) => Err(self.lost(caller, by.as_ref(), true).await),
            Claimed::ConfirmationGone => Err(self.lost(caller, None, false).await),
            Claimed::KeySeen(row) => Err(match self.judge_key(caller, plan, &row).await {
                Err(failure) => failure,
                // It ended between the look-up and the claim: the next try finds it.
                Ok(_) => idempotency::in_progress(),
            }),
        }
    }

    /// Whether a commit that broke off happened is not known. Nothing was sent, so that what may have been claimed is
    /// given back; where there is no intent this changes nothing.
    fn perhaps_claimed(&self, claim: &Claim, error: StoreError) -> Failure {
        let unknown = error.is_unavailable();
        let failure = unavailable::store(error);
        if unknown {
            let (team, call) = (claim.call.team.clone(), claim.call.id.clone());
            let back = GiveBack { key: true, confirmation: true };
            self.settle_later(team, call, outcome::refused(&failure, self.now()), back);
        }
        failure
    }

    /// From the claim to the upstream's answer.
    async fn carry_out(&self, beneath: &Beneath, plan: &Plan, held: &Held) -> Ended {
        let approver = held.confirmation.as_ref().and_then(|one| one.decided_by.as_ref());
        let (caller, doing) = (&beneath.caller, &plan.doing);
        let leave = Leave { broker: self, caller, doing, consent: plan.consent, approver };
        let ready = tokio::time::timeout(LOOK_AGAIN, self.make_ready(beneath, plan, held)).await;
        let result = match ready.unwrap_or_else(|_| Err(too_slow())) {
            Ok(revealed) => {
                let deadline = held.deadline.min(self.now() + doing.tool.timeout);
                self.send(&leave, &held.made, &revealed, deadline, beneath).await
            }
            // A revocation tells more than the reading that failed because of it.
            Err(failure) => Err(not_sent(leave.stands().await.err().unwrap_or(failure))),
        };
        let refused = result.as_ref().err().filter(|unanswered| unanswered.did_nothing());
        // When what the person saw is no longer so, the approval is used up.
        let changed = refused.is_some_and(|unanswered| unanswered.failure.code == ErrorCode::StateChanged);
        Ended {
            back: GiveBack { key: refused.is_some(), confirmation: refused.is_some() && !changed },
            result,
        }
    }

    /// What has to be read between the claim and the send. Only where a person approved or a handle was given is
    /// there anything, see `prelude`.
    async fn make_ready(
        &self,
        beneath: &Beneath,
        plan: &Plan,
        held: &Held,
    ) -> Result<Vec<Revealed>, Failure> {
        self.still_as_seen(beneath, plan, held).await?;
        self.reveal_handles(beneath, &plan.doing).await
    }

    /// Reads again what the person saw, right before the send.
    async fn still_as_seen(&self, beneath: &Beneath, plan: &Plan, held: &Held) -> Result<(), Failure> {
        let Some(confirmation) = held.confirmation.as_ref().filter(|one| one.needs == Consent::Person) else {
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

    /// Commits the outcome, then answers.
    async fn settle(&self, plan: &Plan, ended: Ended, trail: &mut Trail) -> Result<Answered, Failure> {
        let Ended { mut result, back } = ended;
        if let Err(unanswered) = &mut result
            && unanswered.failure.code == ErrorCode::OutcomeUnknown
        {
            let failure = std::mem::replace(&mut unanswered.failure, Failure::internal("replaced"));
            unanswered.failure = self.tell_what_to_read(&plan.doing, failure);
        }
        let mut outcome = outcome::exchanged(&result, self.now());
        if plan.doing.tool.impact.changes() && is_too_large(&result) {
            outcome.state = calls::CallState::Succeeded;
        }
        outcome.result = self.kept_answer(plan, &result, trail).await;
        self.record(plan, outcome, back, trail).await;
        self.note_health(&plan.doing, &result).await;
        result.map(Answered::Now).map_err(|unanswered| unanswered.failure)
    }

    async fn record(&self, plan: &Plan, outcome: Outcome, back: GiveBack, trail: &mut Trail) {
        let team = &plan.doing.account.connection.team;
        let released = claim::release(self.db(), team, &trail.id, &outcome, back).await;
        if let Ok(false) = released {
            tracing::error!(call = %trail.id, "an outcome came for a call that had one");
            trail.unrecorded = true;
        }
        if let Err(error) = released {
            let why = crate::failed::chain(&error);
            tracing::error!(call = %trail.id, error = %why, "an outcome could not be committed");
            trail.unrecorded = true;
            self.settle_later(team.clone(), trail.id.clone(), outcome, back);
        }
    }

    /// The answer as it is kept for who asks again; `None` when it is too large, or the team keeps too much already.
    async fn kept_answer(
        &self,
        plan: &Plan,
        result: &Result<Answer, Unanswered>,
        trail: &Trail,
    ) -> Option<Vec<u8>> {
        let kept = match result {
            Ok(answer) => {
                Kept::Result { body: answer.body.clone(), provider_request_id: answer.request_id.clone() }
            }
            Err(unanswered) => Kept::failure(&unanswered.failure),
        };
        let team = &plan.doing.account.connection.team;
        let place = Place { team, record: trail.id.as_str(), part: Part::Result, began: trail.began };
        let sealed = bodies::seal(self.keys(), place, &kept).await.ok()?;
        let counted = self.stored().try_get_with(team.clone(), calls::stored_bytes(self.db(), team)).await;
        let size = i64::try_from(sealed.len()).unwrap_or(i64::MAX);
        let fits = counted.ok()?.saturating_add(size) <= STORED_ANSWERS;
        (fits && sealed.len() <= STORED_ANSWER).then_some(sealed)
    }
}

/// How long the readings between the claim and the send may take.
fn prelude(plan: &Plan, confirmation: Option<&Confirmation>) -> Duration {
    let by_person = confirmation.is_some_and(|one| one.needs == Consent::Person);
    let secrets = plan.doing.tool.secret_inputs_in(&plan.doing.arguments);
    let given = |pointer: &str| plan.doing.arguments.at(pointer).and_then(|value| value.as_str());
    let by_handle = secrets.iter().any(|(pointer, _)| given(pointer).is_some_and(is_handle));
    if by_person || by_handle { LOOK_AGAIN } else { Duration::ZERO }
}

/// The change was made; only its answer could not be held.
fn is_too_large(result: &Result<Answer, Unanswered>) -> bool {
    result.as_ref().is_err_and(|unanswered| unanswered.failure.code == ErrorCode::ResponseTooLarge)
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
