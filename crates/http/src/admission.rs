//! How much is let in, and for how long.

use crate::rejection::Rejection;
use crate::state::Doors;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use keyferry_core::Failure;
use std::any::Any;
use std::time::Duration;

/// When so many requests are in flight that one more would only wait, it is told to come back: a queue that nobody
/// sees is worse than a refusal that says when to try again.
pub(crate) async fn shed(State(doors): State<Doors>, request: Request, next: Next) -> Response {
    match doors.shared().requests.try_acquire() {
        Ok(_permit) => next.run(request).await,
        Err(full) => {
            let message = "The gateway has as many requests in flight as it takes; nothing was sent.";
            let failure = Failure::unavailable(message, full).retry_after(Duration::from_secs(1));
            Rejection::from(failure).into_response()
        }
    }
}

/// Ends what takes too long. Not for doors that wait for an upstream: those calls have deadlines of their own, and
/// an answer that only this layer knows of would be no answer at all.
pub(crate) async fn patience(State(doors): State<Doors>, request: Request, next: Next) -> Response {
    tokio::time::timeout(doors.limits.patience, next.run(request)).await.unwrap_or_else(|late| {
        Rejection::from(Failure::unavailable("The gateway took too long; nothing was sent.", late))
            .into_response()
    })
}

/// A handler that panicked harms its own request only. What it said goes to the log, by the panic hook.
pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Rejection::from(Failure::internal("a handler panicked")).into_response()
}
