//! ClawLink's words for how a call ended and for what was wrong, with one of ours for each that it has none for.

use keyferry_core::ErrorCode;
use serde::Serialize;
use utoipa::ToSchema;

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ExecutionStatus)]
pub(crate) enum Status {
    Succeeded,
    /// A preview, a person or an account is needed first.
    Blocked,
    /// It was not done.
    Failed,
    Running,
    /// It left the gateway, and whether it was done is not known: find out before it is sent again.
    Unknown,
}

/// What was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ExecutionErrorCode)]
pub(crate) enum Word {
    Unauthorized,
    Forbidden,
    IntegrationNotFound,
    ActionNotFound,
    IntegrationNotConnected,
    ReauthRequired,
    ValidationError,
    PolicyBlocked,
    RateLimited,
    Timeout,
    ExecutionFailed,
    OutcomeUnknown,
}

impl Word {
    /// The nearest to one of our codes. `None`: nothing is wrong, it is still running.
    pub(super) fn of(code: ErrorCode) -> Option<Self> {
        Some(match code {
            ErrorCode::IdempotencyInProgress => return None,
            ErrorCode::OutcomeUnknown => Self::OutcomeUnknown,
            ErrorCode::Unauthorized => Self::Unauthorized,
            ErrorCode::UpstreamForbidden | ErrorCode::PolicyDenied => Self::Forbidden,
            ErrorCode::ToolNotFound => Self::ActionNotFound,
            ErrorCode::NeedsConnection | ErrorCode::NeedsCredential => Self::IntegrationNotConnected,
            ErrorCode::NeedsReauth => Self::ReauthRequired,
            // An account can't be named here: a person makes one of them the default.
            ErrorCode::AmbiguousConnection
            | ErrorCode::ConfirmationRequired
            | ErrorCode::ConfirmationUsed
            | ErrorCode::ConfirmationExpired
            | ErrorCode::ApprovalRequired
            | ErrorCode::ApprovalDenied
            | ErrorCode::StateChanged => Self::PolicyBlocked,
            ErrorCode::RateLimited => Self::RateLimited,
            ErrorCode::UpstreamTimeout => Self::Timeout,
            ErrorCode::InvalidArguments
            | ErrorCode::MissingIdentity
            | ErrorCode::PlaceholderArgument
            | ErrorCode::InvalidSourceId
            | ErrorCode::InvalidDestinationId
            | ErrorCode::NotFound
            | ErrorCode::PayloadTooLarge
            | ErrorCode::UnsupportedMediaType
            | ErrorCode::IdempotencyConflict
            | ErrorCode::UpstreamRejected => Self::ValidationError,
            ErrorCode::UpstreamUnavailable
            | ErrorCode::GatewayUnavailable
            | ErrorCode::ResponseTooLarge
            | ErrorCode::Internal => Self::ExecutionFailed,
        })
    }

    /// Whether what ended so was refused by the upstream, and so did nothing there.
    pub(super) fn was_refused(self) -> bool {
        match self {
            Self::Unauthorized
            | Self::Forbidden
            | Self::IntegrationNotFound
            | Self::ActionNotFound
            | Self::IntegrationNotConnected
            | Self::ReauthRequired
            | Self::ValidationError
            | Self::PolicyBlocked
            | Self::RateLimited => true,
            Self::Timeout | Self::ExecutionFailed | Self::OutcomeUnknown => false,
        }
    }
}

impl Status {
    /// Of a call that ended with one of our codes.
    pub(super) fn of(code: ErrorCode) -> Self {
        let Some(word) = Word::of(code) else { return Self::Running };
        match word {
            Word::Forbidden | Word::IntegrationNotConnected | Word::ReauthRequired | Word::PolicyBlocked => {
                Self::Blocked
            }
            Word::OutcomeUnknown => Self::Unknown,
            Word::Unauthorized
            | Word::IntegrationNotFound
            | Word::ActionNotFound
            | Word::ValidationError
            | Word::RateLimited
            | Word::Timeout
            | Word::ExecutionFailed => Self::Failed,
        }
    }
}
