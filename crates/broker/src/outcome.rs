//! How a call ended, as the journal keeps it.

use keyferry_core::{ErrorCode, Failure, SecretString, Timestamp};
use keyferry_store::calls::{CallState, Outcome};
use keyferry_upstream::{Answer, Fate, SlotVerdict, Unanswered};

/// Of an exchange.
pub(crate) fn exchanged(result: &Result<Answer, Unanswered>, now: Timestamp) -> Outcome {
    match result {
        Ok(answer) => Outcome {
            sent_may: true,
            status: Some(i64::from(answer.status)),
            attempts: i64::from(answer.attempts),
            bytes_in: i64::try_from(answer.bytes).unwrap_or(i64::MAX),
            ..ended(CallState::Succeeded, now)
        },
        Err(unanswered) => unanswered_as(unanswered, now),
    }
}

/// Of a read whose answer never leaves the upstream room.
pub(crate) fn looked_up(found: &Result<Option<SecretString>, Unanswered>, now: Timestamp) -> Outcome {
    match found {
        Ok(_) => Outcome { sent_may: true, attempts: 1, ..ended(CallState::Succeeded, now) },
        Err(unanswered) => unanswered_as(unanswered, now),
    }
}

/// Of a slot's test.
pub(crate) fn tested(verdict: &SlotVerdict, now: Timestamp) -> Outcome {
    let (code, why) = match verdict {
        SlotVerdict::Verified => return Outcome { sent_may: true, ..ended(CallState::Succeeded, now) },
        SlotVerdict::Refused { why, .. } => (ErrorCode::NeedsReauth, why),
        SlotVerdict::Unverifiable { why } => (ErrorCode::NeedsCredential, why),
        SlotVerdict::Unreachable { why } => (ErrorCode::UpstreamUnavailable, why),
    };
    Outcome { sent_may: true, ..failed(CallState::Failed, &Failure::new(code, why.clone()), now) }
}

/// Of a call that was never sent.
pub(crate) fn refused(failure: &Failure, now: Timestamp) -> Outcome {
    failed(CallState::Refused, failure, now)
}

/// Of a preview.
pub(crate) fn previewed(now: Timestamp) -> Outcome {
    ended(CallState::Previewed, now)
}

/// Of a read whose task ended without an answer.
pub(crate) fn broken_off(now: Timestamp) -> Outcome {
    let failure = Failure::new(ErrorCode::Internal, "The gateway broke off before the answer came.");
    Outcome { sent_may: true, ..failed(CallState::Failed, &failure, now) }
}

fn unanswered_as(unanswered: &Unanswered, now: Timestamp) -> Outcome {
    Outcome {
        sent_may: unanswered.fate != Fate::NotSent,
        status: unanswered.status.map(i64::from),
        attempts: i64::from(unanswered.attempts),
        ..failed(ended_as(unanswered), &unanswered.failure, now)
    }
}

fn failed(state: CallState, failure: &Failure, now: Timestamp) -> Outcome {
    Outcome {
        error_code: Some(failure.code.as_str().to_owned()),
        error_message: Some(failure.message.clone()),
        ..ended(state, now)
    }
}

fn ended(state: CallState, now: Timestamp) -> Outcome {
    Outcome {
        state,
        sent_may: false,
        result: None,
        status: None,
        error_code: None,
        error_message: None,
        attempts: 0,
        bytes_in: 0,
        bytes_out: 0,
        finished_at: now,
    }
}

/// Only a send that must not be repeated is unknown; it is told so by the upstream room.
fn ended_as(unanswered: &Unanswered) -> CallState {
    match unanswered.failure.code {
        ErrorCode::OutcomeUnknown => CallState::Unknown,
        ErrorCode::GatewayUnavailable
        | ErrorCode::Unauthorized
        | ErrorCode::PolicyDenied
        | ErrorCode::ConfirmationRequired
        | ErrorCode::ApprovalRequired
        | ErrorCode::NeedsConnection
        | ErrorCode::NeedsCredential
        | ErrorCode::StateChanged
            if unanswered.fate == Fate::NotSent =>
        {
            CallState::Refused
        }
        _ => CallState::Failed,
    }
}
