//! Who may ask, and how often. Segment documents one status for a missing, a wrong, and an insufficient token: 401.

use super::error::ApiError;
use crate::limits::Standing;
use crate::state::Region;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderValue};
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use keyferry_core::Timestamp;
use std::sync::Arc;

pub(super) async fn guard(State(region): State<Arc<Region>>, request: Request, next: Next) -> Response {
    let token = match allowed(&region, &request) {
        Ok(token) => token,
        Err(refusal) => return refusal.into_response(),
    };
    let operation = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let window = format!("{token} {} {operation}", request.method());
    let now = region.now();
    let standing = region.public_api_windows.count(&window, now);
    if !standing.allowed {
        return ApiError::rate_limited(standing.seconds_left(now), standing.consumed).into_response();
    }
    let mut response = next.run(request).await;
    if response.status().is_success() {
        note(&standing, response.headers_mut());
    }
    response
}

/// Which of the two tokens it is.
fn allowed(region: &Region, request: &Request) -> Result<&'static str, ApiError> {
    let given = bearer(request.headers())
        .ok_or_else(|| ApiError::unauthorized("A bearer token is required in the Authorization header"))?;
    if given == region.credentials.public_api {
        return Ok("owner");
    }
    if given != region.credentials.public_api_without_rights {
        return Err(ApiError::unauthorized("The token is invalid"));
    }
    if request.uri().path() == "/" {
        return Ok("minimal");
    }
    Err(ApiError::unauthorized("The token does not have the permissions that this operation needs"))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

fn note(standing: &Standing, headers: &mut HeaderMap) {
    headers.insert("x-ratelimit-consumed", standing.consumed.into());
    headers.insert("x-ratelimit-remaining", standing.remaining.into());
    if let Some(date) = internet_date(standing.resets_at) {
        headers.insert("x-ratelimit-reset", date);
    }
}

/// RFC 5322, as the Public API spells the reset; Tracking spells it in seconds.
fn internet_date(at: Timestamp) -> Option<HeaderValue> {
    let zoned = jiff::Timestamp::from_microsecond(at.micros()).ok()?.to_zoned(TimeZone::UTC);
    HeaderValue::from_str(&rfc2822::to_string(&zoned).ok()?).ok()
}
