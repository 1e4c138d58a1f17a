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
use crate::request::CallRequest;
use crate::team_keys::Purpose;
use crate::trail::Trail;
use crate::{Broker, unavailable};
use keyferry_core::{CallId, Consent, ErrorCode, Failure, Timestamp};
use keyferry_store::calls::{self, NewCall, Outcome};
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
        let caller = &beneath.caller;
        let key = request.idempotency_key.as_deref();
        let hash = match key {
            Some(key) => {
                idempotency::check_key(key)?;
                let secret = self.keys().key(&caller.team, Purpose::Digest).await?;
                Some(idempotency::key_hash(&secret, key))
            }
            None => None,
        };
        let seen = match &hash {
            Some(hash) => self.seen(caller, plan, hash).await?,
            None => Seen::New,
        };
        let takes_over = match seen {
            Seen::Answered(call, kept) => {
                trail.replay(&call.id);
                return Ok(Answered::Replayed(call, kept));
            }
            Seen::Again(earlier) => Some(earlier),
            Seen::New => None,
        };
        // A second try of an event goes by the confirmation of the first.
        let confirmation = match takes_over {
            Some(_) => None,
            None => self.consented(beneath, plan, trail).await?,
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
        let claim = Claim {
            call: NewCall {
                confirmation: confirmation.clone(),
                idempotency_hash: hash.map(|hash| hash.to_vec()),
                ..row
            },
            confirmation,
            idempotency: hash.map(|hash| idempotency::claim_of(hash, takes_over, trail.began)),
        };
        let caller = &beneath.caller;
        match claim::claim(self.db(), &claim).await.map_err(unavailable::store)? {
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

    /// From the claim to the upstream's answer.
    async fn carry_out(&self, beneath: &Beneath, plan: &Plan, held: &Held) -> Ended {
        let ready = tokio::time::timeout(LOOK_AGAIN, self.make_ready(beneath, plan, held)).await;
        let result = match ready.unwrap_or_else(|_| Err(too_slow())) {
            Ok(revealed) => {
                let deadline = held.deadline.min(self.now() + plan.doing.tool.timeout);
                self.send(&plan.doing, &held.made, &revealed, deadline, beneath).await
            }
            Err(failure) => Err(not_sent(failure)),
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
        if result.as_ref().is_err_and(|unanswered| unanswered.failure.code == ErrorCode::StateChanged) {
            outcome.state = calls::CallState::Refused;
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
            tracing::error!(call = %trail.id, "an outcome came after the sweep had called it unknown");
            trail.unrecorded = true;
        }
        if let Err(error) = released {
            let why = crate::failed::chain(&error);
            tracing::error!(call = %trail.id, error = %why, "an outcome could not be committed");
            trail.unrecorded = true;
            self.journal().settle_later(team.clone(), trail.id.clone(), outcome);
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

fn too_slow() -> Failure {
    Failure::new(
        ErrorCode::UpstreamTimeout,
        "What the call needs could not be read in time; nothing was sent.",
    )
}
