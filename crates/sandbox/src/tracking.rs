//! Segment's HTTP Tracking API: it says 200 to nearly everything, and 400 to what is too large or is not JSON.

mod clock_skew;
mod discard;
mod ingest;

use crate::state::Region;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use http::{HeaderName, StatusCode};
use ingest::{Call, ingest};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Bytes of one call, and of one event in a batch.
const LARGEST_EVENT: usize = 32 * 1024;
/// Bytes of a batch.
const LARGEST_BATCH: usize = 500 * 1024;

const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

pub(crate) fn router(region: Arc<Region>) -> Router {
    // Segment's Java library ends its path in a slash.
    Router::new()
        .route("/v1/{call}", post(take))
        .route("/v1/{call}/", post(take))
        .layer(DefaultBodyLimit::disable())
        .with_state(region)
}

async fn take(
    State(region): State<Arc<Region>>,
    Path(call): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(call) = Call::named(&call) else { return StatusCode::NOT_FOUND.into_response() };
    let now = region.now();
    let standing = region.tracking_windows.count("workspace", now);
    if !standing.allowed {
        return refused(StatusCode::TOO_MANY_REQUESTS, Some(standing.seconds_left(now)));
    }
    let Some(body) = read(call, &body) else { return bad_request() };
    let write_key = basic_user(&headers);
    ingest(&region, call, body, write_key, now);
    Json(json!({ "success": true })).into_response()
}

/// None: too large, or not an object.
fn read(call: Call, body: &Bytes) -> Option<Map<String, Value>> {
    let largest = if call.is_batch() { LARGEST_BATCH } else { LARGEST_EVENT };
    if body.len() > largest {
        return None;
    }
    let body: Map<String, Value> = serde_json::from_slice(body).ok()?;
    let items = body.get("batch").and_then(Value::as_array).into_iter().flatten();
    let fits = items.map(Value::to_string).all(|item| item.len() <= LARGEST_EVENT);
    fits.then_some(body)
}

/// `base64("writeKey:")`; the colon is needed.
fn basic_user(headers: &HeaderMap) -> Option<String> {
    let (scheme, value) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(BASE64_STANDARD.decode(value).ok()?).ok()?;
    pair.split_once(':').map(|(user, _)| user.to_owned())
}

pub(crate) fn bad_request() -> Response {
    (StatusCode::BAD_REQUEST, "Bad Request").into_response()
}

/// `seconds` until it may be tried again; the reset header is in seconds here, not a date.
pub(crate) fn refused(status: StatusCode, seconds: Option<u64>) -> Response {
    if status == StatusCode::BAD_REQUEST {
        return bad_request();
    }
    let reason = status.canonical_reason().unwrap_or("refused");
    let code = reason.to_lowercase().replace(' ', "_");
    let mut response = (status, Json(json!({ "code": code, "message": reason }))).into_response();
    if let Some(seconds) = seconds {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        response.headers_mut().insert(RESET, HeaderValue::from(seconds));
    }
    response
}
