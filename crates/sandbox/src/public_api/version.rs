//! An operation exists from its first version on, up to its most stable one. `Accept` names one of them; plain
//! `application/json` means the most stable. Segment does not document what an absent version is answered with; here it
//! is 406, and 415 for a body's media type.

use super::error::ApiError;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING,
};
use http::{Method, StatusCode};

const PLAIN: &str = "application/json";
const V1: &str = "application/vnd.segment.v1+json";
const BETA: &str = "application/vnd.segment.v1beta+json";
const ALPHA: &str = "application/vnd.segment.v1alpha+json";

/// The media types of an operation, the most stable first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Versions(&'static [&'static str]);

impl Versions {
    pub(super) const STABLE: Self = Self(&[V1, BETA, ALPHA]);
    pub(super) const BETA: Self = Self(&[BETA, ALPHA]);
    pub(super) const ALPHA: Self = Self(&[ALPHA]);

    /// The media type to answer in, for the one that is asked for.
    fn chosen(self, asked: &str) -> Option<&'static str> {
        match asked {
            "*/*" | "application/*" => self.0.first().copied(),
            PLAIN => Some(PLAIN),
            other => self.0.iter().copied().find(|version| *version == other),
        }
    }
}

pub(super) async fn negotiate(versions: Versions, request: Request, next: Next) -> Response {
    let Some(media_type) = acceptable(versions, request.headers()) else {
        let said = format!("This operation is available as {}", versions.0.join(", "));
        return ApiError::new(StatusCode::NOT_ACCEPTABLE, said).into_response();
    };
    if has_body(&request) && !body_is_understood(versions, request.headers()) {
        let said = format!("The body of this operation is {PLAIN} or {}", versions.0.join(", "));
        return ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, said).into_response();
    }
    let mut response = next.run(request).await;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

fn acceptable(versions: Versions, headers: &HeaderMap) -> Option<&'static str> {
    let Some(accept) = text(headers, ACCEPT) else { return versions.chosen("*/*") };
    accept.split(',').find_map(|one| versions.chosen(essence(one)))
}

fn body_is_understood(versions: Versions, headers: &HeaderMap) -> bool {
    text(headers, CONTENT_TYPE)
        .is_some_and(|given| given != "*/*" && versions.chosen(essence(given)).is_some())
}

fn has_body(request: &Request) -> bool {
    let length = text(request.headers(), CONTENT_LENGTH);
    matches!(*request.method(), Method::POST | Method::PATCH | Method::PUT)
        && (length.is_some_and(|length| length != "0") || request.headers().contains_key(TRANSFER_ENCODING))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}
