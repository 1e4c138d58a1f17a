//! How far a composite tool got: what became of its writes decides what became of it.

use crate::exchange::not_sent;
use keyferry_core::{CallId, ErrorCode, Failure};
use keyferry_upstream::{Answer, Fate, Unanswered};
use std::sync::{Mutex, PoisonError};

#[derive(Default)]
pub(crate) struct Progress(Mutex<Steps>);

#[derive(Default)]
struct Steps {
    /// A line for each write that was done.
    done: Vec<String>,
    /// Of the first write that may or may not have been done.
    unknown: Option<Failure>,
    /// A write was answered with a no.
    refused: bool,
}

impl Progress {
    /// Takes down what became of a write.
    pub(crate) fn note(&self, tool: &str, call: &CallId, result: &Result<Answer, Unanswered>) {
        let mut steps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(_) => steps.done.push(format!("Done: `{tool}`, as call {call}.")),
            Err(step) if step.failure.code == ErrorCode::OutcomeUnknown => {
                let failure = Failure::new(
                    ErrorCode::OutcomeUnknown,
                    format!("Whether its step `{tool}`, call {call}, was done is not known."),
                );
                let hint = step.failure.hint.clone().unwrap_or_default();
                steps.unknown.get_or_insert(failure.hint(hint).details(step.failure.details.clone()));
            }
            Err(step) => steps.refused |= !step.did_nothing(),
        }
    }

    /// The fate of the whole.
    pub(crate) fn judge(self, ran: Result<Answer, Failure>) -> Result<Answer, Unanswered> {
        let Steps { done, unknown, refused } = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        match (unknown, ran) {
            (Some(unknown), _) => Err(left_open(unknown.details(done))),
            (None, Ok(answer)) => Ok(answer),
            (None, Err(failure)) if !done.is_empty() => {
                let message = format!("It stopped half-way: {}", failure.message);
                let half = Failure::new(ErrorCode::OutcomeUnknown, message);
                Err(left_open(half.details(done).details(failure.details)))
            }
            (None, Err(failure)) if refused => Err(Unanswered { fate: Fate::Answered, ..not_sent(failure) }),
            (None, Err(failure)) => Err(not_sent(failure)),
        }
    }
}

fn left_open(failure: Failure) -> Unanswered {
    Unanswered { fate: Fate::Unknown, ..not_sent(failure) }
}
