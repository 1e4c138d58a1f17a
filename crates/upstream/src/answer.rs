//! Reads what came back, within limits, and refuses what it can't look into: an answer that can't be read can't be
//! redacted.

use crate::complaint::{Complaint, complaints};
use crate::faults::Sender;
use crate::needles::Needles;
use crate::retry::Failed;
use crate::retry_after;
use crate::wiped::Wiped;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, HeaderMap};
use keyferry_catalog::Api;
use keyferry_core::{ErrorCode, Timestamp};
use keyferry_egress::{BodyError, Incoming};
use serde_json::Value;

/// The longest body of an error that is read, in bytes. Its status alone would do.
const LONGEST_ERROR: usize = 64 * 1024;

/// The longest request id of an upstream that is kept, in characters.
const LONGEST_REQUEST_ID: usize = 128;

/// A 2xx, not yet redacted.
pub(crate) struct Raw {
    pub(crate) status: u16,
    pub(crate) body: Wiped,
    pub(crate) request_id: Option<String>,
    pub(crate) bytes: usize,
    /// Whether a needle may stand in it: one does as the bytes came, or there are escapes that could hide one.
    pub(crate) suspect: bool,
}

/// What is known about the answer that is awaited.
pub(crate) struct Reader<'a> {
    pub(crate) sender: Sender<'a>,
    pub(crate) api: &'a Api,
    pub(crate) needles: &'a Needles,
    /// The longest body of a 2xx, in bytes.
    pub(crate) limit: usize,
}

impl Reader<'_> {
    pub(crate) async fn read(&self, incoming: Incoming, now: Timestamp) -> Result<Raw, Failed> {
        if incoming.status.is_success() {
            self.accepted(incoming).await
        } else {
            Err(self.refused(incoming, now).await)
        }
    }

    async fn accepted(&self, incoming: Incoming) -> Result<Raw, Failed> {
        self.taken(incoming).await.map(|(raw, _)| raw)
    }

    /// The bytes of a 2xx.
    pub(crate) async fn bytes(&self, incoming: Incoming) -> Result<Bytes, Failed> {
        let status = incoming.status;
        incoming.body(self.limit).await.map_err(|error| {
            match error {
                BodyError::TooLong { .. } => self.sender.too_large(self.limit),
                BodyError::Timeout => self.sender.silent(ErrorCode::UpstreamTimeout, error),
                BodyError::Cut(_) => self.sender.silent(ErrorCode::UpstreamUnavailable, error),
            }
            .with_status(status)
        })
    }

    /// A 2xx, read and as its bytes came.
    pub(crate) async fn taken(&self, incoming: Incoming) -> Result<(Raw, Bytes), Failed> {
        let (status, headers) = (incoming.status, incoming.headers.clone());
        let bytes = self.bytes(incoming).await?;
        let body = decode(&headers, &bytes, self.sender.tool.answer.is_plain())
            .map_err(|why| self.sender.unreadable(why).with_status(status))?;
        if self.says_that_it_failed(&body) {
            return Err(self.sender.denied_in_body(&self.complaints(body)).with_status(status));
        }
        let request_id = request_id(&headers, self.needles);
        let suspect = bytes.contains(&b'\\') || self.needles.found_in(&bytes);
        Ok((Raw { status: status.as_u16(), body, request_id, bytes: bytes.len(), suspect }, bytes))
    }

    /// A status that is no 2xx.
    pub(crate) async fn refused(&self, incoming: Incoming, now: Timestamp) -> Failed {
        let (status, headers) = (incoming.status, incoming.headers.clone());
        let body = match incoming.body(LONGEST_ERROR).await {
            Ok(bytes) => decode(&headers, &bytes, true).ok(),
            Err(error) => {
                tracing::debug!(%error, %status, "the body of an upstream's error was not read");
                None
            }
        };
        let complaints = body.map(|body| self.complaints(body)).unwrap_or_default();
        self.sender.refused(status, retry_after::wait(&headers, now), &complaints)
    }

    fn complaints(&self, mut body: Wiped) -> Vec<Complaint> {
        self.needles.scrub_json(&mut body);
        complaints(&self.api.errors, &body)
    }

    fn says_that_it_failed(&self, body: &Value) -> bool {
        let Some(rule) = &self.api.ok else { return false };
        rule.at.find(body).iter().any(|found| !rule.accepted.contains(found.value))
    }
}

/// The body as JSON; nothing at all is `null`. A text that is not JSON is a JSON text where `plain` says that nothing
/// in it would have to be redacted.
fn decode(headers: &HeaderMap, bytes: &[u8], plain: bool) -> Result<Wiped, &'static str> {
    if is_encoded(headers) {
        return Err("it is compressed, which was not asked for");
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Wiped(Value::Null));
    }
    match serde_json::from_slice(bytes) {
        Ok(value) => Ok(Wiped(value)),
        Err(_) if plain => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Wiped(Value::String(text.to_owned()))),
            Err(_) => Err("it is neither JSON nor text"),
        },
        Err(_) => Err("it is not JSON"),
    }
}

/// Whether the body is in an encoding that was not asked for, and that nothing can be looked for in.
pub(crate) fn is_encoded(headers: &HeaderMap) -> bool {
    let encoded = |value: &http::HeaderValue| !value.as_bytes().eq_ignore_ascii_case(b"identity");
    headers.get_all(CONTENT_ENCODING).iter().any(encoded)
}

pub(crate) fn request_id(headers: &HeaderMap, needles: &Needles) -> Option<String> {
    let id = ["x-request-id", "request-id"].into_iter().find_map(|name| headers.get(name)?.to_str().ok())?;
    Some(needles.scrub(id).chars().take(LONGEST_REQUEST_ID).collect())
}
