//! What an upstream's refusal, silence or nonsense means for the caller.
//!
//! Fate is decided here and nowhere else: a 4xx is an answer; everything that is neither a 2xx nor a 4xx leaves it
//! open whether something was done, and is `outcome_unknown` unless the same may safely be sent again.

use crate::complaint::Complaint;
use crate::exchange::{Fate, Unanswered};
use crate::retry::{Again, Failed};
use http::StatusCode;
use keyferry_catalog::Tool;
use keyferry_core::{Cause, ErrorCode, Failure};
use std::time::Duration;

/// How long a 429 without a word about time holds back.
const UNSAID_WAIT: Duration = Duration::from_secs(1);

/// Who answers, for sentences.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sender<'a> {
    pub(crate) tool: &'a Tool,
    /// The integration's name as people know it.
    pub(crate) name: &'a str,
}

/// Whether the same request may be sent twice.
pub(crate) fn repeatable(tool: &Tool) -> bool {
    tool.idempotent || !tool.impact.changes()
}

impl Sender<'_> {
    /// A status that is not a 2xx.
    pub(crate) fn refused(
        &self,
        status: StatusCode,
        wait: Option<Duration>,
        complaints: &[Complaint],
    ) -> Failed {
        let mut failed = match status.as_u16() {
            300..=399 => self.redirected(),
            400..=499 => self.answered(status, wait),
            _ => self.broken(status, wait),
        };
        let failure = &mut failed.unanswered.failure;
        failure.details.extend(complaints.iter().map(Complaint::line));
        if failure.code == ErrorCode::UpstreamRejected {
            failure.faults.extend(complaints.iter().filter_map(|complaint| complaint.fault(self.tool)));
        }
        failed.with_status(status)
    }

    fn answered(&self, status: StatusCode, wait: Option<Duration>) -> Failed {
        let failure = self.client_error(status, wait);
        let again = match status.as_u16() {
            408 if repeatable(self.tool) => Again::After(Duration::ZERO),
            429 if repeatable(self.tool) => Again::After(wait.unwrap_or(UNSAID_WAIT)),
            _ => Again::Never,
        };
        let mut failed = failed(failure, Fate::Answered, again);
        failed.unanswered.credential_refused = matches!(status.as_u16(), 401 | 403);
        failed
    }

    fn client_error(&self, status: StatusCode, wait: Option<Duration>) -> Failure {
        let name = self.name;
        match status.as_u16() {
            401 | 403 => Failure::new(
                ErrorCode::UpstreamForbidden,
                format!("{name} refuses this operation to the stored credential."),
            )
            .hint("A person has to give the credential the right for it, or connect with one that has it."),
            404 => Failure::new(
                self.tool.not_found_code,
                format!("{name} does not know what the arguments name."),
            )
            .hint("List what there is and take an id from the list."),
            408 => {
                Failure::new(ErrorCode::UpstreamTimeout, format!("{name} gave up waiting for the request."))
            }
            413 => Failure::new(ErrorCode::PayloadTooLarge, format!("{name} finds the request too large."))
                .hint("Send less at once."),
            429 => Failure::new(ErrorCode::RateLimited, format!("{name} asks to wait; it did nothing."))
                .hint("Wait as long as `retryAfterMs` says, then send the same call again.")
                .retry_after(wait.unwrap_or(UNSAID_WAIT)),
            code => Failure::new(
                ErrorCode::UpstreamRejected,
                format!("{name} rejected the request (status {code})."),
            )
            .hint("Mend what `details` and `invalidFields` name, then preview and call again."),
        }
    }

    /// Never followed: it would carry the credential to a place that nobody checked.
    fn redirected(&self) -> Failed {
        let name = self.name;
        let failure = self.lost(
            ErrorCode::UpstreamUnavailable,
            format!("{name} answered with a redirect, which is never followed."),
        );
        failed(failure, Fate::Unknown, Again::Never)
    }

    fn broken(&self, status: StatusCode, wait: Option<Duration>) -> Failed {
        let message = format!("{} failed (status {}).", self.name, status.as_u16());
        let mut failure = self.lost(ErrorCode::UpstreamUnavailable, message);
        if failure.code == ErrorCode::UpstreamUnavailable {
            failure.retry_after = wait.or(failure.retry_after);
        }
        // 501 and 505 say that it will never work.
        let passing = !matches!(status.as_u16(), 501 | 505);
        let again = if passing && repeatable(self.tool) {
            Again::After(wait.unwrap_or_default())
        } else {
            Again::Never
        };
        failed(failure, Fate::Unknown, again)
    }

    /// Nothing reached the upstream; any call may try again.
    pub(crate) fn unreachable(&self, code: ErrorCode, cause: impl Into<Cause>) -> Failed {
        let failure = Failure::new(code, format!("{} can't be reached; nothing was sent.", self.name))
            .hint("Send the same call again later.")
            .caused_by(cause);
        failed(failure, Fate::NotSent, Again::After(Duration::ZERO))
    }

    /// The egress filter does not let it out. Waiting does not help: the operator has to allow the address.
    pub(crate) fn not_allowed_out(&self, cause: impl Into<Cause>) -> Failed {
        let message =
            format!("The gateway's egress rules forbid the address of {}; nothing was sent.", self.name);
        let failure = Failure::new(ErrorCode::UpstreamUnavailable, message)
            .hint("The gateway's operator finds the address in the log and allows it under `egress.allow`.")
            .caused_by(cause);
        failed(failure, Fate::NotSent, Again::Never)
    }

    /// It may have left us, and no answer came.
    pub(crate) fn silent(&self, code: ErrorCode, cause: impl Into<Cause>) -> Failed {
        let message = match code {
            ErrorCode::UpstreamTimeout => format!("{} did not answer in time.", self.name),
            _ => format!("The connection to {} broke before it had answered.", self.name),
        };
        let failure = self.lost(code, message).caused_by(cause);
        let again = if repeatable(self.tool) { Again::After(Duration::ZERO) } else { Again::Never };
        failed(failure, Fate::Unknown, again)
    }

    /// A 2xx came with a body that can't be read.
    pub(crate) fn unreadable(&self, why: &'static str) -> Failed {
        let message = format!("{} answered something that can't be read: {why}.", self.name);
        let failure = self.lost(ErrorCode::UpstreamUnavailable, message);
        failed(failure, Fate::Unknown, Again::Never)
    }

    /// A 2xx came with a body that is longer than what may be held.
    pub(crate) fn too_large(&self, limit: usize) -> Failed {
        let done = if self.tool.impact.changes() { " The change itself was made." } else { "" };
        let message = format!("The answer of {} is longer than {limit} bytes.{done}", self.name);
        let failure = Failure::new(ErrorCode::ResponseTooLarge, message)
            .hint("Ask for less: a smaller `limit`, a narrower filter.");
        failed(failure, Fate::Answered, Again::Never)
    }

    /// A 2xx whose body says that it failed.
    pub(crate) fn denied_in_body(&self, complaints: &[Complaint]) -> Failed {
        let message = format!("{} took the request and says that it failed.", self.name);
        let failure = Failure::new(ErrorCode::UpstreamRejected, message)
            .details(complaints.iter().map(Complaint::line))
            .faults(complaints.iter().filter_map(|complaint| complaint.fault(self.tool)).collect());
        failed(failure, Fate::Answered, Again::Never)
    }

    /// The failure of something that may have been done: `code` where it may be repeated.
    fn lost(&self, code: ErrorCode, message: String) -> Failure {
        if repeatable(self.tool) {
            return Failure::new(code, message).hint("It is safe to send the same call again.");
        }
        let hint = self.tool.if_unknown.clone().unwrap_or_else(|| {
            "Read the state of what the call was to change before you decide to send it again.".to_owned()
        });
        Failure::new(
            ErrorCode::OutcomeUnknown,
            format!("{message} Whether the change was made is not known; it was not sent again."),
        )
        .hint(hint)
    }
}

/// A failure of a single attempt.
pub(crate) fn failed(failure: Failure, fate: Fate, again: Again) -> Failed {
    let unanswered = Unanswered { failure, fate, status: None, attempts: 0, credential_refused: false };
    Failed { unanswered, again }
}
