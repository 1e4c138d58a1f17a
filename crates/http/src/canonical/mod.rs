//! ClawLink's documented API: its words and shapes over the same broker calls. The routes in `api/actions.rs`,
//! `api/executions.rs`, `api/integrations.rs` and `api/connections.rs`, and the MCP tools `clawlink.*`, answer in them.
//!
//! A call that is not done is `blocked` or `failed` here, and no error: its clients read it so.

pub(crate) mod actions;
pub(crate) mod connections;
pub(crate) mod executions;
pub(crate) mod integrations;

use keyferry_core::ErrorCode;

/// The nearest of ClawLink's codes.
fn error_code(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Unauthorized => "unauthorized",
        ErrorCode::UpstreamForbidden | ErrorCode::PolicyDenied => "forbidden",
        ErrorCode::ToolNotFound => "action_not_found",
        ErrorCode::NeedsConnection | ErrorCode::NeedsCredential => "integration_not_connected",
        ErrorCode::NeedsReauth => "reauth_required",
        ErrorCode::ConfirmationRequired
        | ErrorCode::ConfirmationUsed
        | ErrorCode::ConfirmationExpired
        | ErrorCode::ApprovalRequired
        | ErrorCode::ApprovalDenied
        | ErrorCode::StateChanged => "policy_blocked",
        ErrorCode::RateLimited => "rate_limited",
        ErrorCode::UpstreamTimeout => "timeout",
        ErrorCode::InvalidArguments
        | ErrorCode::MissingIdentity
        | ErrorCode::PlaceholderArgument
        | ErrorCode::AmbiguousConnection
        | ErrorCode::InvalidSourceId
        | ErrorCode::InvalidDestinationId
        | ErrorCode::NotFound
        | ErrorCode::PayloadTooLarge
        | ErrorCode::UnsupportedMediaType
        | ErrorCode::IdempotencyConflict
        | ErrorCode::UpstreamRejected => "validation_error",
        ErrorCode::IdempotencyInProgress
        | ErrorCode::UpstreamUnavailable
        | ErrorCode::GatewayUnavailable
        | ErrorCode::OutcomeUnknown
        | ErrorCode::ResponseTooLarge
        | ErrorCode::Internal => "execution_failed",
    }
}

/// What blocks a call can be mended without changing it: by a person, a preview, an account.
fn is_blocked(code: ErrorCode) -> bool {
    let code = error_code(code);
    ["policy_blocked", "forbidden", "integration_not_connected", "reauth_required"].contains(&code)
}
