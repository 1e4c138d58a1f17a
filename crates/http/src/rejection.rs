//! The one place where a failure becomes an HTTP answer. A handler returns a [`Rejection`]; it travels as an extension
//! of an empty response to the outermost layer, which knows the request's id, writes the body, and gives the cause to
//! the log.

use crate::api::wire::FailureAnswer;
use crate::flat_failure::FlatFailure;
use crate::reader::Reader;
use crate::{dashboard, oauth};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use keyferry_broker::Failed;
use keyferry_broker::view::Meta;
use keyferry_core::{Cause, ErrorCode, Failure, RequestId, Timestamp};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;

/// ClawLink's list, whose clients look for this key even in a refusal.
const INTEGRATIONS: &str = "/api/integrations";

#[derive(Debug, Clone)]
pub(crate) struct Rejection(Arc<Rejected>);

#[derive(Debug)]
struct Rejected {
    failure: Failure,
    status: StatusCode,
    meta: Option<Box<Meta>>,
    /// Fields of the body where the clients of another API look for what is wrong.
    also: Map<String, Value>,
}

impl Rejection {
    /// A failure whose status is not its code's: a path that is there, but not for this method.
    pub(crate) fn with_status(failure: Failure, status: StatusCode) -> Self {
        Self(Arc::new(Rejected { failure, status, meta: None, also: Map::new() }))
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.0.status
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.failure.message
    }

    /// A failure for who speaks another API's language: its fields stand beside ours, and never in their place.
    pub(crate) fn for_clients(failure: Failure, meta: Option<Box<Meta>>, also: Map<String, Value>) -> Self {
        Self(Arc::new(Rejected { status: status(failure.code), failure, meta, also }))
    }
}

impl From<Failure> for Rejection {
    fn from(failure: Failure) -> Self {
        Self(Arc::new(Rejected { status: status(failure.code), failure, meta: None, also: Map::new() }))
    }
}

/// A failure of a call that the journal may know.
impl From<Failed> for Rejection {
    fn from(Failed { failure, meta }: Failed) -> Self {
        Self(Arc::new(Rejected { status: status(failure.code), failure, meta: Some(meta), also: Map::new() }))
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
    pub(crate) reader: Reader,
    pub(crate) id: &'a RequestId,
    pub(crate) began: Timestamp,
    pub(crate) took: Duration,
}

/// Writes the body of a rejection, in the form that its reader understands; any other response passes through. Answers
/// the code that was told, for the log.
pub(crate) fn finish(mut response: Response, asked: &Asked<'_>) -> (Response, Option<ErrorCode>) {
    if let Some(LoggedCause(cause)) = response.extensions_mut().remove::<LoggedCause>() {
        tracing::warn!(request = %asked.id, %cause, "a request was refused");
    }
    let Some(Rejection(rejected)) = response.extensions_mut().remove::<Rejection>() else {
        return (response, None);
    };
    let Rejected { failure, status, .. } = &*rejected;
    log_cause(failure, asked.id);
    let body = match asked.reader {
        Reader::Person => dashboard::error_page(failure, *status, asked.id),
        Reader::OAuthClient => oauth::error_body(failure).into_response(),
        Reader::Device | Reader::ClawLink => Json(body(&rejected, asked)).into_response(),
    };
    let mut finished = with_headers_of(response, body);
    *finished.status_mut() = *status;
    let headers = finished.headers_mut();
    if let Some(wait) = failure.retry_after {
        headers.insert(header::RETRY_AFTER, seconds(wait));
    }
    if failure.code == ErrorCode::Unauthorized && asked.reader != Reader::Person {
        let plain = HeaderValue::from_static("Bearer realm=\"keyferry\"");
        headers.entry(header::WWW_AUTHENTICATE).or_insert(plain);
    }
    (finished, Some(failure.code))
}

/// The layers between had something to say too: cookies, a challenge.
fn with_headers_of(empty: Response, body: Response) -> Response {
    let ((parts, _), (body_parts, body)) = (empty.into_parts(), body.into_parts());
    let mut finished = Response::from_parts(parts, body);
    finished.headers_mut().remove(header::CONTENT_LENGTH);
    finished.headers_mut().extend(body_parts.headers);
    finished
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
    let mut body = own_body(rejected, asked);
    if let Value::Object(fields) = &mut body {
        for (name, value) in &rejected.also {
            fields.entry(name).or_insert_with(|| value.clone());
        }
    }
    body
}

fn own_body(rejected: &Rejected, asked: &Asked<'_>) -> Value {
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
    if !is_unauthorized && asked.reader != Reader::ClawLink {
        return json!(answer);
    }
    let integrations = (is_unauthorized && asked.path == INTEGRATIONS).then_some([]);
    json!(FlatFailure::of(answer, integrations))
}
