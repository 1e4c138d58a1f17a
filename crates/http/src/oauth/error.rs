//! Refusals as OAuth spells them (RFC 6749, section 5.2): `error` is a code, `error_description` the sentence.

use crate::rejection::{self, LoggedCause};
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use keyferry_core::{Cause, ErrorCode, Failure};
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// The body of a refusal.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OAuthErrorBody {
    /// A code of RFC 6749, 7009, 8628 or 8707.
    error: &'static str,
    error_description: String,
}

#[derive(Debug)]
pub(crate) struct OAuthError {
    status: StatusCode,
    code: &'static str,
    description: String,
    retry_after: Option<Duration>,
    cause: Option<Cause>,
}

impl OAuthError {
    /// The request won't do as it is: 400 with one of the standard's codes.
    pub(crate) fn refused(code: &'static str, description: impl Into<String>) -> Self {
        let (status, description) = (StatusCode::BAD_REQUEST, description.into());
        Self { status, code, description, retry_after: None, cause: None }
    }

    pub(crate) fn invalid_request(description: impl Into<String>) -> Self {
        Self::refused("invalid_request", description)
    }

    /// The gateway has too much to do, or can't reach its database.
    pub(crate) fn unavailable(cause: impl Into<Cause>) -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: "temporarily_unavailable",
            description: "The gateway can't do this now; try again soon.".to_owned(),
            retry_after: Some(Duration::from_secs(2)),
            cause: Some(cause.into()),
        }
    }

    /// Too many are asking; wait this long.
    pub(crate) fn too_many(description: impl Into<String>, wait: Duration) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            retry_after: Some(wait),
            ..Self::refused("temporarily_unavailable", description)
        }
    }
}

/// A refusal of the layers around OAuth's doors.
pub(crate) fn error_body(failure: &Failure) -> Json<OAuthErrorBody> {
    let error = match failure.code {
        ErrorCode::GatewayUnavailable | ErrorCode::RateLimited | ErrorCode::Internal => {
            "temporarily_unavailable"
        }
        _ => "invalid_request",
    };
    Json(OAuthErrorBody { error, error_description: failure.message.clone() })
}

/// What the body's extractor finds wrong.
impl From<Failure> for OAuthError {
    fn from(failure: Failure) -> Self {
        if matches!(failure.code, ErrorCode::GatewayUnavailable | ErrorCode::Internal) {
            return Self::unavailable(failure);
        }
        let status = StatusCode::from_u16(failure.code.status()).unwrap_or(StatusCode::BAD_REQUEST);
        Self { status, ..Self::invalid_request(failure.message) }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = OAuthErrorBody { error: self.code, error_description: self.description };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, rejection::seconds(wait));
        }
        if let Some(cause) = self.cause {
            response.extensions_mut().insert(LoggedCause(Arc::new(cause)));
        }
        response
    }
}
