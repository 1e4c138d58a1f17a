//! How much is let in, and for how long.

use crate::client_address::ClientAddress;
use crate::places::Full;
use crate::reader::Reader;
use crate::rejection::Rejection;
use crate::state::Doors;
use axum::Extension;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use keyferry_core::{ErrorCode, Failure};
use keyferry_identity::network_of;
use std::any::Any;
use std::time::Duration;

/// Pages that read a form of somebody who is not signed in.
const BEFORE_SIGN_IN: [&str; 5] = [
    "/dashboard/setup/{token}",
    "/dashboard/sign-in",
    "/dashboard/sign-in/{token}",
    "/dashboard/invitation/{token}",
    "/dashboard/invitation/{token}/join",
];
/// Whoever finds no place soon finds one.
const SOON: Duration = Duration::from_secs(1);

/// Marks a request of a stranger: what it sends is small and has to come soon.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stranger;

/// When so many requests are in flight that one more would only wait, it is told to come back: a queue that nobody
/// sees is worse than a refusal that says when to try again.
pub(crate) async fn shed(
    State(doors): State<Doors>,
    address: ClientAddress,
    request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    if route.is_some_and(|route| BEFORE_SIGN_IN.contains(&route.as_str())) {
        return strangers(State(doors), address, request, next).await;
    }
    match doors.shared().requests.try_acquire() {
        Ok(_permit) => next.run(request).await,
        Err(full) => {
            let message = "The gateway has as many requests in flight as it takes; nothing was sent.";
            let failure = Failure::unavailable(message, full).retry_after(SOON);
            Rejection::from(failure).into_response()
        }
    }
}

/// The same for those who showed nothing yet that is known here. A request holds its place while its body trickles
/// in, so strangers have few places, fewer for one network, and none of those that devices and people have.
pub(crate) async fn strangers(
    State(doors): State<Doors>,
    ClientAddress(address): ClientAddress,
    mut request: Request,
    next: Next,
) -> Response {
    match doors.shared().strangers.take(Some(network_of(address))) {
        Ok(_place) => {
            request.extensions_mut().insert(Stranger);
            next.run(request).await
        }
        Err(full) => Rejection::from(no_place(full)).into_response(),
    }
}

fn no_place(full: Full) -> Failure {
    let failure = match full {
        Full::Own => Failure::new(ErrorCode::RateLimited, "Too many requests of your network are in flight."),
        Full::All => Failure::unavailable("Too many are pairing or signing in at this moment.", full),
    };
    failure.retry_after(SOON)
}

/// Ends what takes too long. Not for doors that wait for an upstream: those calls have deadlines of their own, and
/// an answer that only this layer knows of would be no answer at all.
pub(crate) async fn patience(
    State(doors): State<Doors>,
    Extension(reader): Extension<Reader>,
    request: Request,
    next: Next,
) -> Response {
    tokio::time::timeout(doors.limits.answer, next.run(request)).await.unwrap_or_else(|late| {
        let failure = if reader == Reader::Person {
            Failure::unavailable("The gateway took too long.", late)
                .hint("Load the page again before you repeat anything: it may have been done.")
        } else {
            Failure::unavailable("The gateway took too long; nothing was sent.", late)
        };
        Rejection::from(failure).into_response()
    })
}

/// A handler that panicked harms its own request only. What it said goes to the log, by the panic hook.
pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Rejection::from(Failure::internal("a handler panicked")).into_response()
}
