//! `{"error": {code, message}}`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    message: String,
}

impl ApiError {
    pub(super) fn of_status(status: StatusCode) -> Self {
        Self { status, message: status.canonical_reason().unwrap_or("refused").to_owned() }
    }

    pub(super) fn unauthorized() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            message: "The access token is not valid for this space".to_owned(),
        }
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self { status: StatusCode::NOT_FOUND, message: format!("{what} was not found") }
    }

    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: message.into() }
    }

    /// What Segment answers to a character in an id that should have been escaped.
    pub(super) fn unescaped() -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, message: "An internal error occurred".to_owned() }
    }

    fn code(&self) -> &'static str {
        match self.status {
            StatusCode::BAD_REQUEST => "validation_error",
            StatusCode::UNAUTHORIZED => "authentication_error",
            StatusCode::NOT_FOUND => "not_found",
            StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
            status if status.is_server_error() => "internal_error",
            _ => "invalid_request_error",
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({ "error": {"code": self.code(), "message": self.message} });
        (self.status, Json(body)).into_response()
    }
}
