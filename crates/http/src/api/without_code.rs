//! What the two ways to pair without a code have in common.

use axum::http::{HeaderMap, header};
use keyferry_core::{ErrorCode, Failure};
use keyferry_identity::StartError;
use keyferry_store::StoreError;
use std::time::Duration;

/// When too many pairings are open, some end within this time.
const CROWDED: Duration = Duration::from_secs(60);

/// The program, as it names itself: `@useclawlink/openclaw-plugin/0.2.0`.
pub(super) fn client<'a>(headers: &'a HeaderMap, otherwise: &'a str) -> &'a str {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    agent.filter(|agent| !agent.is_empty()).unwrap_or(otherwise)
}

pub(super) fn not_begun(error: StartError) -> Failure {
    match error {
        StartError::TooMany => {
            Failure::new(ErrorCode::RateLimited, "Too many pairings are open.").retry_after(CROWDED)
        }
        StartError::TooOften(wait) => {
            Failure::new(ErrorCode::RateLimited, "Too many pairings began at your address in the last hour.")
                .retry_after(wait)
        }
        StartError::Closed => Failure::new(ErrorCode::PolicyDenied, "Pairing without a code is off.")
            .hint("A signed-in person opens it for ten minutes on the Devices page of the dashboard; then start again."),
        StartError::Store(error) => unavailable(error),
    }
}

pub(super) fn unavailable(error: StoreError) -> Failure {
    Failure::unavailable("The gateway can't reach its database now.", error)
}
