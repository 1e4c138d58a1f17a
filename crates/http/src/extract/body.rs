//! A request's body, whole, within the limits of size and time.

use crate::admission::Stranger;
use crate::state::Doors;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use http_body_util::LengthLimitError;
use keyferry_core::{ErrorCode, Failure};
use std::error::Error;
use std::time::Duration;

/// # Errors
/// `unsupported_media_type`, `payload_too_large`, `invalid_arguments` when it breaks off, `gateway_unavailable` when
/// it takes too long.
pub(super) async fn read(request: Request, doors: &Doors) -> Result<Bytes, Failure> {
    must_be_plain(request.headers())?;
    let is_small = request.extensions().get::<Stranger>().is_some();
    let patience = if is_small { doors.limits.patience } else { doors.limits.upload };
    collect(request.into_body(), doors.limits.body, patience).await
}

/// A body of at most so many bytes that comes within so long.
///
/// # Errors
/// `payload_too_large`, `invalid_arguments` when it breaks off, `gateway_unavailable` when it takes too long.
pub(crate) async fn collect(body: Body, most: usize, patience: Duration) -> Result<Bytes, Failure> {
    let reading = axum::body::to_bytes(body, most);
    match tokio::time::timeout(patience, reading).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) if is_too_long(&error) => {
            let message = format!("The body is larger than {most} bytes.");
            Err(Failure::new(ErrorCode::PayloadTooLarge, message).hint("Split it into several calls."))
        }
        Ok(Err(error)) => {
            Err(Failure::new(ErrorCode::InvalidArguments, "The body broke off.").caused_by(error))
        }
        Err(late) => Err(Failure::unavailable("The body took too long to arrive; nothing was sent.", late)),
    }
}

/// Compressed bodies are not taken: their size can't be known before they are unpacked.
fn must_be_plain(headers: &HeaderMap) -> Result<(), Failure> {
    let encoding = headers.get(header::CONTENT_ENCODING);
    if encoding.is_none_or(|value| value.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Ok(());
    }
    Err(Failure::new(ErrorCode::UnsupportedMediaType, "Compressed bodies are not taken here.")
        .hint("Send the body without `Content-Encoding`."))
}

fn is_too_long(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<LengthLimitError>() {
            return true;
        }
        next = error.source();
    }
    false
}
