//! The one place where a failure becomes an HTTP answer. A handler returns a [`Rejection`]; it travels as an extension
//! of an empty response to the outermost layer, which knows the request's id, writes the body, and gives the cause to
//! the log.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use keyferry_broker::Failed;
use keyferry_broker::view::{FailureAnswer, Meta};
use keyferry_core::{Cause, ErrorCode, Failure, RequestId, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// Doors whose clients read `error` as a sentence and nothing else.
const FLAT: &[&str] = &["/api/openclaw/", "/api/connect/", "/api/hermes/"];
/// ClawLink's list, whose clients look for this key even in a refusal.
const INTEGRATIONS: &str = "/api/integrations";

#[derive(Debug, Clone)]
pub(crate) struct Rejection(Arc<Rejected>);

#[derive(Debug)]
struct Rejected {
    failure: Failure,
    status: StatusCode,
    meta: Option<Box<Meta>>,
}

impl Rejection {
    /// A failure whose status is not its code's: a path that is there, but not for this method.
    pub(crate) fn with_status(failure: Failure, status: StatusCode) -> Self {
        Self(Arc::new(Rejected { failure, status, meta: None }))
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.0.status
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.failure.message
    }
}

impl From<Failure> for Rejection {
    fn from(failure: Failure) -> Self {
        Self(Arc::new(Rejected { status: status(failure.code), failure, meta: None }))
    }
}

/// A failure of a call that the journal may know.
impl From<Failed> for Rejection {
    fn from(Failed { failure, meta }: Failed) -> Self {
        Self(Arc::new(Rejected { status: status(failure.code), failure, meta: Some(meta) }))
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

fn status(code: ErrorCode) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The internal reason of an answer that has a body of its own (OAuth's errors); for the log.
#[derive(Debug, Clone)]
pub(crate) struct LoggedCause(pub(crate) Arc<Cause>);

/// The request that is being answered.
pub(crate) struct Asked<'a> {
    pub(crate) path: &'a str,
    pub(crate) id: &'a RequestId,
    pub(crate) began: Timestamp,
    pub(crate) took: Duration,
}

/// Writes the body of a rejection; any other response passes through. Answers the code that was told, for the log.
pub(crate) fn finish(mut response: Response, asked: &Asked<'_>) -> (Response, Option<ErrorCode>) {
    if let Some(LoggedCause(cause)) = response.extensions_mut().remove::<LoggedCause>() {
        tracing::warn!(request = %asked.id, %cause, "a request was refused");
    }
    let Some(Rejection(rejected)) = response.extensions_mut().remove::<Rejection>() else {
        return (response, None);
    };
    log_cause(&rejected.failure, asked.id);
    let challenge = response.headers_mut().remove(header::WWW_AUTHENTICATE);
    let body = body(&rejected, asked);
    let mut finished = (rejected.status, Json(body)).into_response();
    let headers = finished.headers_mut();
    if let Some(wait) = rejected.failure.retry_after {
        headers.insert(header::RETRY_AFTER, seconds(wait));
    }
    if rejected.failure.code == ErrorCode::Unauthorized {
        let plain = HeaderValue::from_static("Bearer realm=\"keyferry\"");
        headers.insert(header::WWW_AUTHENTICATE, challenge.unwrap_or(plain));
    }
    (finished, Some(rejected.failure.code))
}

/// Whole seconds, rounded up: whoever waits that long has waited enough.
pub(crate) fn seconds(wait: Duration) -> HeaderValue {
    HeaderValue::from(wait.as_millis().div_ceil(1000).clamp(1, u128::from(u32::MAX)) as u64)
}

pub(crate) fn log_cause(failure: &Failure, request: &RequestId) {
    let Some(cause) = &failure.cause else { return };
    if failure.code == ErrorCode::Internal {
        tracing::error!(%request, code = %failure.code, %cause, "{}", failure.message);
    } else {
        tracing::warn!(%request, code = %failure.code, %cause, "{}", failure.message);
    }
}

fn body(rejected: &Rejected, asked: &Asked<'_>) -> Value {
    let failure = &rejected.failure;
    let mut meta = rejected.meta.as_deref().cloned().unwrap_or_else(|| Meta {
        started_at: asked.began.rfc3339(),
        ended_at: (asked.began + asked.took).rfc3339(),
        duration_ms: u64::try_from(asked.took.as_millis()).unwrap_or(u64::MAX),
        ..Meta::default()
    });
    meta.request_id = Some(asked.id.to_string());
    let answer = FailureAnswer::new(failure, meta);
    let is_unauthorized = failure.code == ErrorCode::Unauthorized;
    if !is_unauthorized && !FLAT.iter().any(|door| asked.path.starts_with(door)) {
        return json!(answer);
    }
    let integrations = (is_unauthorized && asked.path == INTEGRATIONS).then_some([]);
    json!(FlatFailure::of(answer, integrations))
}

/// A refusal for clients that read `error` as a sentence: every 401, and everything under `/api/openclaw` and
/// `/api/connect`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FlatFailure {
    /// What is wrong, in a sentence.
    error: String,
    code: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    /// Always empty; in the 401 of the list of integrations only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Value>>)]
    integrations: Option<[(); 0]>,
    meta: Meta,
}

impl FlatFailure {
    fn of(answer: FailureAnswer, integrations: Option<[(); 0]>) -> Self {
        Self {
            error: answer.error.message,
            code: answer.error.code,
            details: answer.details,
            hint: answer.hint,
            retry_after_ms: answer.retry_after_ms,
            integrations,
            meta: answer.meta,
        }
    }
}
