//! Idempotency keys: the same key answers, or says in progress, or unknown; it sends again only what never left us
//! or is idempotent upstream.

use crate::bodies::{self, Part, Place};
use crate::limits::{IDEMPOTENCY_KEY, IDEMPOTENCY_LIFE};
use crate::plan::Plan;
use crate::request::Caller;
use crate::team_keys::Purpose;
use crate::{Broker, unavailable};
use keyferry_core::{CallId, ErrorCode, Failure, FieldFault, Timestamp};
use keyferry_store::calls::{self, Call, CallState, Whose};
use keyferry_store::claim::IdempotencyClaim;
use keyferry_store::idempotency::{self, IdempotencyRow, KeyPlace, KeyState};
use keyferry_vault::DataKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// What a key says about the call that brings it.
pub(crate) enum Seen {
    /// It may be sent: the key is new, or what it stood for never left us.
    New,
    /// It may be sent again in the place of an earlier one that ended without an answer, by the same confirmation.
    Again(CallId),
    /// It was done; this is its answer.
    Answered(Box<Call>, Kept),
}

/// An answer as it is kept with its call, sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kept {
    Result {
        body: Value,
        provider_request_id: Option<String>,
    },
    Failure {
        message: String,
        hint: Option<String>,
        details: Vec<String>,
        faults: Vec<FieldFault>,
    },
    /// It was not kept: it was too long, the team keeps too much, or it was erased.
    Nothing,
}

impl Kept {
    pub(crate) fn failure(failure: &Failure) -> Self {
        Self::Failure {
            message: failure.message.clone(),
            hint: failure.hint.clone(),
            details: failure.details.clone(),
            faults: failure.faults.clone(),
        }
    }
}

/// What the store knows a key by.
fn key_hash(key: &DataKey, idempotency_key: &str) -> [u8; 32] {
    key.mac(&[b"idempotency", idempotency_key.as_bytes()])
}

/// # Errors
/// `invalid_arguments` when a key is empty, too long, or not made of visible ASCII.
fn check_key(key: &str) -> Result<(), Failure> {
    let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    if !key.is_empty() && key.len() <= IDEMPOTENCY_KEY && visible {
        return Ok(());
    }
    let message = format!("is 1 to {IDEMPOTENCY_KEY} visible ASCII characters");
    Err(Failure::new(ErrorCode::InvalidArguments, "The idempotency key is not one.")
        .faults(vec![FieldFault::invalid("/idempotencyKey", message)]))
}

impl Broker {
    /// What the store knows the caller's key by; `None` where none was given.
    ///
    /// # Errors
    /// `invalid_arguments` when it is no key.
    pub(crate) async fn key_of(
        &self,
        caller: &Caller,
        key: Option<&str>,
    ) -> Result<Option<[u8; 32]>, Failure> {
        let Some(key) = key else { return Ok(None) };
        check_key(key)?;
        let secret = self.keys().key(&caller.team, Purpose::Digest).await?;
        Ok(Some(key_hash(&secret, key)))
    }

    /// # Errors
    /// `idempotency_conflict`, `idempotency_in_progress`, `outcome_unknown`.
    pub(crate) async fn seen_before(
        &self,
        caller: &Caller,
        plan: &Plan,
        hash: Option<&[u8; 32]>,
    ) -> Result<Seen, Failure> {
        let Some(hash) = hash else { return Ok(Seen::New) };
        let place = KeyPlace {
            device: &caller.device,
            connection: &plan.doing.account.connection.id,
            tool: &plan.doing.tool.name,
            key_hash: hash,
        };
        let row = idempotency::find(self.db(), &caller.team, place, self.now()).await;
        match row.map_err(unavailable::store)? {
            None => Ok(Seen::New),
            Some(row) => self.judge_key(caller, plan, &row).await,
        }
    }

    /// What a key's row says; also when it was found by the claim.
    pub(crate) async fn judge_key(
        &self,
        caller: &Caller,
        plan: &Plan,
        row: &IdempotencyRow,
    ) -> Result<Seen, Failure> {
        if row.digest != plan.digest {
            return Err(conflict());
        }
        if row.state == KeyState::Released {
            return Ok(Seen::New);
        }
        let call = calls::get(self.db(), &caller.team, Whose::Device(&caller.device), &row.call).await;
        let call = call.map_err(unavailable::store)?;
        let call = call.ok_or_else(|| Failure::internal(format!("no call for the key of {}", row.call)))?;
        match call.state {
            CallState::Intent => Err(in_progress().about(call.id)),
            _ if plan.doing.tool.idempotent && without_answer(&call) => Ok(Seen::Again(call.id)),
            CallState::Unknown => Err(self.unknown_again(plan, &call)),
            _ => self.kept(&call).await.map(|kept| Seen::Answered(Box::new(call), kept)),
        }
    }

    async fn kept(&self, call: &Call) -> Result<Kept, Failure> {
        let Some(sealed) = &call.result else {
            return Ok(Kept::Nothing);
        };
        let place =
            Place { team: &call.team, record: call.id.as_str(), part: Part::Result, began: call.started_at };
        bodies::open(self.keys(), place, sealed).await
    }

    fn unknown_again(&self, plan: &Plan, call: &Call) -> Failure {
        let message = format!("Whether call {} was done is not known.", call.id);
        let unknown = Failure::new(ErrorCode::OutcomeUnknown, message).about(call.id.clone());
        self.tell_what_to_read(&plan.doing, unknown)
    }
}

/// The row that a claim writes for the key.
pub(crate) fn claim_of(hash: &[u8; 32], takes_over: Option<CallId>, now: Timestamp) -> IdempotencyClaim {
    IdempotencyClaim { key_hash: hash.to_vec(), expires_at: now + IDEMPOTENCY_LIFE, takes_over }
}

/// Whether it may have been sent and no 2xx or 4xx came.
fn without_answer(call: &Call) -> bool {
    let unanswered = [ErrorCode::UpstreamUnavailable, ErrorCode::UpstreamTimeout];
    let code = call.error_code.as_deref();
    match call.state {
        CallState::Unknown => true,
        CallState::Failed => unanswered.iter().any(|one| code == Some(one.as_str())),
        _ => false,
    }
}

fn conflict() -> Failure {
    Failure::new(ErrorCode::IdempotencyConflict, "This idempotency key was used for another call.")
        .hint("A new call takes a new key; a retry takes the same arguments.")
}

pub(crate) fn in_progress() -> Failure {
    Failure::new(ErrorCode::IdempotencyInProgress, "The call with this idempotency key is still running.")
        .hint("Wait, then call again with the same key: it answers when the call is done.")
        .retry_after(Duration::from_secs(1))
}
