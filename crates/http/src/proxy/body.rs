//! The body of a proxied request: whole, within its limits, unpacked, and in the form that its target wants.

use super::inflate::inflated;
use crate::extract::collect;
use crate::state::Doors;
use crate::strict_json;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use keyferry_broker::proxy::{ProxyBody, Target};
use keyferry_core::{ErrorCode, Failure};
use keyferry_upstream::{NotJson, RawBody};
use serde_json::Value;
use std::time::Duration;

/// Bytes of a body, as it came and unpacked: the most that Segment takes.
pub(super) const LONGEST: usize = 512_000;

enum Encoding {
    Identity,
    Gzip,
}

/// # Errors
/// `unsupported_media_type`, `payload_too_large`, `invalid_arguments` for what is no JSON, `gateway_unavailable` when
/// it takes too long to come.
pub(super) async fn read(doors: &Doors, target: &Target, request: Request) -> Result<ProxyBody, Failure> {
    read_within(doors.limits.upload, target, request).await
}

/// The same for one who is not known yet.
pub(super) async fn read_soon(
    doors: &Doors,
    target: &Target,
    request: Request,
) -> Result<ProxyBody, Failure> {
    read_within(doors.limits.patience, target, request).await
}

async fn read_within(patience: Duration, target: &Target, request: Request) -> Result<ProxyBody, Failure> {
    let encoding = encoding(request.headers())?;
    let bytes = collect(request.into_body(), LONGEST, patience).await?;
    let bytes = match encoding {
        Encoding::Identity => Vec::from(bytes),
        Encoding::Gzip => inflated(&bytes, LONGEST)?,
    };
    if target.body_key().is_some() {
        return RawBody::read(bytes).map(ProxyBody::Raw).map_err(|error| not_json(&error));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(ProxyBody::Nothing);
    }
    match strict_json::parse(&bytes) {
        Ok(Value::Object(fields)) => Ok(ProxyBody::Json(fields)),
        Ok(_) => Err(Failure::new(ErrorCode::InvalidArguments, "The body is JSON, but not an object.")),
        Err(error) => {
            let message = format!("The body can't be taken as JSON: {error}.");
            Err(Failure::new(ErrorCode::InvalidArguments, message))
        }
    }
}

fn not_json(error: &NotJson) -> Failure {
    Failure::new(ErrorCode::InvalidArguments, format!("The body is not JSON: {error}. Nothing was sent."))
}

/// One encoding, said once: of what is said twice, two readers may each believe another. (That `Transfer-Encoding` is
/// one line was seen to before.)
fn encoding(headers: &HeaderMap) -> Result<Encoding, Failure> {
    let is = |value: &str, name: &str| value.trim().eq_ignore_ascii_case(name);
    let mut transfer = headers.get_all(header::TRANSFER_ENCODING).iter();
    if !transfer.all(|value| value.to_str().is_ok_and(|value| is(value, "chunked"))) {
        return Err(not_taken("a `Transfer-Encoding` other than chunked"));
    }
    let mut content = headers.get_all(header::CONTENT_ENCODING).iter().map(|value| value.to_str());
    match (content.next(), content.next()) {
        (None, _) => Ok(Encoding::Identity),
        (Some(Ok(value)), None) if is(value, "identity") => Ok(Encoding::Identity),
        (Some(Ok(value)), None) if is(value, "gzip") => Ok(Encoding::Gzip),
        _ => Err(not_taken("a `Content-Encoding` other than gzip or identity")),
    }
}

fn not_taken(what: &str) -> Failure {
    Failure::new(ErrorCode::UnsupportedMediaType, format!("The body comes in {what}; nothing was sent."))
        .hint("Send it plain, or with `Content-Encoding: gzip`.")
}
