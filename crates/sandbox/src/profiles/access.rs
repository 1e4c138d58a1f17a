//! Who may ask, and how often: the token as the user name of basic authentication, its space in the path.

use super::error::ApiError;
use crate::state::Region;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{AUTHORIZATION, HeaderValue};
use http::{HeaderMap, StatusCode};
use std::sync::Arc;
use uuid::Uuid;

pub(super) async fn guard(State(region): State<Arc<Region>>, request: Request, next: Next) -> Response {
    let mut response = match allowed(&region, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    let id = Uuid::new_v4().to_string();
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("request-id", value);
    }
    response
}

fn allowed(region: &Region, request: &Request) -> Result<(), ApiError> {
    let token = token(request.headers()).ok_or_else(ApiError::unauthorized)?;
    if token != region.credentials.profiles
        || space(request.uri().path()) != Some(&region.credentials.space_id)
    {
        return Err(ApiError::unauthorized());
    }
    let now = region.now();
    if !region.profiles_windows.count("space", now).allowed {
        return Err(ApiError::of_status(StatusCode::TOO_MANY_REQUESTS));
    }
    Ok(())
}

fn token(headers: &HeaderMap) -> Option<String> {
    let (scheme, value) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(BASE64_STANDARD.decode(value).ok()?).ok()?;
    pair.strip_suffix(':').map(str::to_owned)
}

fn space(path: &str) -> Option<&str> {
    path.strip_prefix("/v1/spaces/")?.split('/').next()
}
