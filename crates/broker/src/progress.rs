//! How far a composite tool got: what became of its writes decides what became of it.

use crate::exchange::not_sent;
use keyferry_core::{CallId, ErrorCode, Failure};
use keyferry_upstream::{Answer, Fate, Unanswered};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Default)]
pub(crate) struct Progress(Mutex<Steps>);

#[derive(Default)]
struct Steps {
    /// Writes that were begun and of which nothing was heard yet.
    under_way: usize,
    /// A line for each write that was done.
    done: Vec<String>,
    /// Of the first write that may or may not have been done.
    unknown: Option<Failure>,
    /// A write was answered with a no.
    refused: bool,
}

impl Progress {
    /// A write begins. One whose future is dropped on its way may have been sent.
    pub(crate) fn begins(&self) {
        self.steps().under_way += 1;
    }

    /// Takes down what became of a write.
    pub(crate) fn note(&self, tool: &str, call: &CallId, result: &Result<Answer, Unanswered>) {
        let mut steps = self.steps();
        steps.under_way -= 1;
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
        let steps = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let Steps { under_way, done, unknown, refused } = steps;
        match (unknown.or_else(|| broken_off(under_way)), ran) {
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

    fn steps(&self) -> MutexGuard<'_, Steps> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn broken_off(writes: usize) -> Option<Failure> {
    let message = "A step was broken off; whether it was done is not known.";
    (writes > 0).then(|| Failure::new(ErrorCode::OutcomeUnknown, message))
}

fn left_open(failure: Failure) -> Unanswered {
    Unanswered { fate: Fate::Unknown, ..not_sent(failure) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_was_dropped_on_its_way_makes_the_whole_unknown() {
        let progress = Progress::default();
        progress.begins();
        let late = Failure::new(ErrorCode::UpstreamTimeout, "The time for this call ran out.");
        let whole = progress.judge(Err(late)).unwrap_err();
        assert_eq!(whole.failure.code, ErrorCode::OutcomeUnknown);
        assert!(!whole.did_nothing(), "its confirmation would be used for a second write");
    }

    #[test]
    fn a_write_that_sent_nothing_is_under_way_no_more() {
        let progress = Progress::default();
        progress.begins();
        let refused = Err(not_sent(Failure::new(ErrorCode::RateLimited, "Wait.")));
        progress.note("segment_update_source", &CallId::new(), &refused);
        let whole = progress.judge(Err(Failure::new(ErrorCode::RateLimited, "Wait."))).unwrap_err();
        assert_eq!(whole.failure.code, ErrorCode::RateLimited);
        assert!(whole.did_nothing());
    }
}
