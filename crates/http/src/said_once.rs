//! Refuses a request that two readers may take for two: one that says twice whom it asks, where it comes from or how
//! long it is. Whoever stands before us may have believed the other line.
//!
//! Equal lengths were made one before they come here; unequal ones have ended the connection.

use crate::rejection::Rejection;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use keyferry_core::{ErrorCode, Failure};

const ONCE: [HeaderName; 4] =
    [header::HOST, header::ORIGIN, header::CONTENT_LENGTH, header::TRANSFER_ENCODING];

pub(crate) async fn check(request: Request, next: Next) -> Response {
    if let Some(name) = said_twice(request.uri(), request.headers()) {
        let message = format!("The request says `{name}` twice; nothing was done.");
        let failure = Failure::new(ErrorCode::InvalidArguments, message).hint("Send it once.");
        return Rejection::from(failure).into_response();
    }
    next.run(request).await
}

/// A host also stands in HTTP/2's `:authority` and in a whole URL as target.
fn said_twice(uri: &Uri, headers: &HeaderMap) -> Option<HeaderName> {
    let other_host = uri.authority().zip(headers.get(header::HOST)).is_some_and(|(authority, host)| {
        !host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes())
    });
    let doubled = ONCE.into_iter().find(|name| headers.get_all(name).iter().nth(1).is_some());
    doubled.or(other_host.then_some(header::HOST))
}
