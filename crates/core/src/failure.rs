//! The one error that leaves the gateway: what is wrong, where, and who mends it how.
//!
//! Rooms have error enums of their own for what their callers can act on. `Failure` is for what the caller of the
//! *gateway* is told; only `broker`, `upstream` and the doors make one. The internal cause travels with it to the
//! log and is never part of an answer.

use crate::CallId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// The internal reason behind a failure; for the log only.
pub type Cause = Box<dyn StdError + Send + Sync + 'static>;

/// Who can mend a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mender {
    Agent,
    Person,
    Operator,
    /// Nobody: it passes.
    Wait,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $kind:literal, $mender:ident;)*) => {
        /// The codes of the API. The status, the type and who mends it belong to the code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$doc])* $name,)* }

        impl ErrorCode {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status that carries this code.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// `error.type` of the wire, in the vocabulary that existing ClawLink clients know.
            #[must_use]
            pub fn kind(self) -> &'static str {
                match self { $(Self::$name => $kind,)* }
            }

            #[must_use]
            pub fn mender(self) -> Mender {
                match self { $(Self::$name => Mender::$mender,)* }
            }
        }
    };
}

codes! {
    Unauthorized = "unauthorized", 401, "auth", Person;
    ToolNotFound = "tool_not_found", 404, "validation", Agent;
    InvalidArguments = "invalid_arguments", 400, "validation", Agent;
    MissingIdentity = "missing_identity", 400, "validation", Agent;
    PlaceholderArgument = "placeholder_argument", 400, "validation", Agent;
    NeedsConnection = "needs_connection", 409, "configuration", Person;
    NeedsCredential = "needs_credential", 409, "configuration", Person;
    NeedsReauth = "needs_reauth", 424, "reauth_required", Person;
    UpstreamForbidden = "upstream_forbidden", 403, "missing_scopes", Person;
    AmbiguousConnection = "ambiguous_connection", 409, "validation", Agent;
    ConfirmationRequired = "confirmation_required", 412, "validation", Agent;
    ConfirmationUsed = "confirmation_used", 412, "validation", Agent;
    ConfirmationExpired = "confirmation_expired", 412, "validation", Agent;
    ApprovalRequired = "approval_required", 412, "validation", Person;
    ApprovalDenied = "approval_denied", 412, "validation", Person;
    StateChanged = "state_changed", 412, "validation", Agent;
    PolicyDenied = "policy_denied", 403, "missing_scopes", Person;
    InvalidSourceId = "invalid_source_id", 404, "validation", Agent;
    InvalidDestinationId = "invalid_destination_id", 404, "validation", Agent;
    NotFound = "not_found", 404, "validation", Agent;
    RateLimited = "rate_limited", 429, "rate_limit", Wait;
    PayloadTooLarge = "payload_too_large", 413, "validation", Agent;
    IdempotencyConflict = "idempotency_conflict", 409, "validation", Agent;
    IdempotencyInProgress = "idempotency_in_progress", 409, "validation", Wait;
    UpstreamRejected = "upstream_rejected", 422, "provider", Agent;
    UpstreamUnavailable = "upstream_unavailable", 502, "network", Wait;
    UpstreamTimeout = "upstream_timeout", 504, "network", Wait;
    GatewayUnavailable = "gateway_unavailable", 503, "configuration", Wait;
    UnsupportedMediaType = "unsupported_media_type", 415, "validation", Agent;
    OutcomeUnknown = "outcome_unknown", 504, "unknown", Agent;
    ResponseTooLarge = "response_too_large", 502, "provider", Agent;
    /// A fault of the gateway itself. Nothing outside can mend it; the log has the cause under the request id.
    Internal = "internal", 500, "unknown", Operator;
}

impl ErrorCode {
    /// Whether the same request may be sent again as it is, after waiting.
    #[must_use]
    pub fn retryable(self) -> bool {
        self.mender() == Mender::Wait
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for ErrorCode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == text)
            .ok_or_else(|| format!("unknown code `{text}`"))
    }
}

/// One thing that is wrong with the arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldFault {
    /// JSON pointer into the arguments: `/batch/1/userId`.
    pub pointer: String,
    /// What is wrong and what would be right. Never quotes the value.
    pub message: String,
    /// Whether the field is absent, rather than wrong.
    pub missing: bool,
}

impl FieldFault {
    #[must_use]
    pub fn missing(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into(), missing: true }
    }

    #[must_use]
    pub fn invalid(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into(), missing: false }
    }
}

/// Why a request to the gateway was not done.
#[derive(Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Failure {
    pub code: ErrorCode,
    /// One sentence: what is wrong. Never quotes an argument or a secret.
    pub message: String,
    /// One sentence: who mends it, and how.
    pub hint: Option<String>,
    /// Lines that help to choose: nearest names, candidates, the call that used the confirmation.
    pub details: Vec<String>,
    pub faults: Vec<FieldFault>,
    pub input_schema: Option<Value>,
    pub approval_url: Option<String>,
    /// The call that it tells of, where that is another than the one that failed.
    pub about: Option<CallId>,
    pub retry_after: Option<Duration>,
    #[source]
    pub cause: Option<Cause>,
}

impl Failure {
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
            details: Vec::new(),
            faults: Vec::new(),
            input_schema: None,
            approval_url: None,
            about: None,
            retry_after: None,
            cause: None,
        }
    }

    /// A fault of our own: the place that found it goes to the log with the cause, the caller learns only that it
    /// is ours.
    #[track_caller]
    #[must_use]
    pub fn internal(cause: impl Into<Cause>) -> Self {
        let place = std::panic::Location::caller();
        let cause: Cause = format!("{place}: {}", chain(cause.into().as_ref())).into();
        Self::new(
            ErrorCode::Internal,
            "The gateway met a fault of its own; its operator finds it in the log.",
        )
        .caused_by(cause)
    }

    /// The gateway can't answer now, and nothing was sent.
    #[must_use]
    pub fn unavailable(message: impl Into<String>, cause: impl Into<Cause>) -> Self {
        Self::new(ErrorCode::GatewayUnavailable, message).retry_after(Duration::from_secs(2)).caused_by(cause)
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn details(mut self, details: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.details.extend(details.into_iter().map(Into::into));
        self
    }

    #[must_use]
    pub fn faults(mut self, faults: Vec<FieldFault>) -> Self {
        self.faults = faults;
        self
    }

    #[must_use]
    pub fn input_schema(mut self, schema: Value) -> Self {
        self.input_schema = Some(schema);
        self
    }

    #[must_use]
    pub fn approval_url(mut self, url: impl Into<String>) -> Self {
        self.approval_url = Some(url.into());
        self
    }

    #[must_use]
    pub fn about(mut self, call: CallId) -> Self {
        self.about = Some(call);
        self
    }

    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Cause>) -> Self {
        self.cause = Some(cause.into());
        self
    }
}

/// An error with everything beneath it, on one line.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back() {
        for code in ErrorCode::ALL {
            assert_eq!(code.as_str().parse(), Ok(*code));
        }
    }

    #[test]
    fn an_internal_cause_stays_out_of_what_the_caller_sees() {
        let failure = Failure::internal("row 7 is broken");
        assert!(!failure.to_string().contains("row 7"));
        assert!(failure.cause.is_some_and(|cause| cause.to_string().contains("row 7")));
    }
}
