//! `{"errors": [{type, message, field?, data?}]}`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER};
use serde::Serialize;
use serde_json::{Value, json};

#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    errors: Vec<Item>,
    retry_after: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Item {
    #[serde(rename = "type")]
    kind: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
}

/// A field of a request, and what is wrong with it.
pub(super) type FieldError = (String, String);

impl ApiError {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let item = Item { kind: kind(status), message: message.into(), field: None, data: None };
        Self { status, errors: vec![item], retry_after: None }
    }

    pub(super) fn unauthorized(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// 422 with every fault that was found.
    pub(super) fn input(faults: Vec<FieldError>) -> Self {
        let item = |(field, message)| Item {
            kind: kind(StatusCode::UNPROCESSABLE_ENTITY),
            message,
            field: Some(field),
            data: None,
        };
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            errors: faults.into_iter().map(item).collect(),
            retry_after: None,
        }
    }

    pub(super) fn field(field: &str, message: impl Into<String>) -> Self {
        Self::input(vec![(field.to_owned(), message.into())])
    }

    pub(super) fn rate_limited(seconds: u64, consumed: u32) -> Self {
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests");
        error.errors[0].data = Some(json!({
            "remainingPoints": 0,
            "msBeforeNext": seconds.saturating_mul(1000),
            "consumedPoints": consumed,
        }));
        error.retry_after = Some(seconds);
        error
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "errors": self.errors }))).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// A refusal that a fault asked for.
pub(crate) fn refused(status: StatusCode, retry_after: Option<u64>) -> Response {
    if status == StatusCode::TOO_MANY_REQUESTS {
        let mut error = ApiError::rate_limited(retry_after.unwrap_or(1), 1);
        error.retry_after = retry_after;
        return error.into_response();
    }
    ApiError::new(status, status.canonical_reason().unwrap_or("refused")).into_response()
}

fn kind(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "bad-request",
        StatusCode::UNAUTHORIZED => "unauthorized",
        StatusCode::FORBIDDEN => "forbidden",
        StatusCode::NOT_FOUND => "not-found",
        StatusCode::NOT_ACCEPTABLE => "not-acceptable",
        StatusCode::CONFLICT => "conflict",
        StatusCode::PAYLOAD_TOO_LARGE => "payload-too-large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported-media-type",
        StatusCode::UNPROCESSABLE_ENTITY => "input-validation",
        StatusCode::TOO_MANY_REQUESTS => "rate-limit-exceeded",
        _ => "internal-error",
    }
}
