//! One exchange for a client that speaks the upstream's own language. It is sent once, since such a client has a retry
//! policy of its own, and what comes back are the upstream's own bytes, less what nobody outside may see.

use crate::answer::Reader;
use crate::exchange::{Exchange, Unanswered};
use crate::faults::Sender;
use crate::needles::Needles;
use crate::raw::RawBody;
use crate::redact;
use crate::retry::Failed;
use crate::scrub::Scrubber;
use crate::send::{Prepared, Sending};
use crate::streamed::Streamed;
use crate::upstream::{Upstream, handles};
use crate::wiped::compact;
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, HeaderName};
use keyferry_core::{ErrorCode, ExposeSecret, Failure};
use keyferry_egress::Incoming;

/// Headers of an answer that a client is told. Whatever else the upstream says of itself, cookies and addresses above
/// all, stays here.
const TOLD: [HeaderName; 5] = [
    CONTENT_TYPE,
    HeaderName::from_static("x-ratelimit-limit"),
    HeaderName::from_static("x-ratelimit-consumed"),
    HeaderName::from_static("x-ratelimit-remaining"),
    HeaderName::from_static("x-ratelimit-reset"),
];

/// An answer of so many bytes is not worth a stream of its own: a window of TCP holds it.
const SHORT: u64 = 64 * 1024;

/// A 2xx, as it may be shown.
#[derive(Debug)]
pub struct Passed {
    pub status: u16,
    pub headers: HeaderMap,
    /// The upstream's own id of the request.
    pub request_id: Option<String>,
    pub body: PassedBody,
}

#[derive(Debug)]
pub enum PassedBody {
    /// What was read to its end: the answer to a change, one with secret fields, and a short one.
    Whole(Bytes),
    Streamed(Box<Streamed>),
}

impl Upstream {
    /// Sends a request once. `body` takes the place of the one that would be made of the arguments; the key in it is
    /// replaced by the connection's.
    ///
    /// # Errors
    /// Whatever kept a 2xx away, with how far the request got.
    pub async fn pass(&self, exchange: &Exchange<'_>, body: Option<RawBody>) -> Result<Passed, Unanswered> {
        let opened = self.open(exchange).map_err(Unanswered::not_sent)?;
        let sending = opened.sending(exchange);
        let needles = sending.needles();
        let prepared = sending.prepare_with(body).map_err(Unanswered::not_sent)?;
        let passed = self.pass_once(exchange, &sending, prepared, needles).await;
        passed.map_err(|failed| Unanswered { attempts: 1, ..failed.unanswered })
    }

    async fn pass_once(
        &self,
        exchange: &Exchange<'_>,
        sending: &Sending<'_>,
        prepared: Prepared,
        needles: Needles,
    ) -> Result<Passed, Failed> {
        let streams = streams(sending);
        let incoming = self.begin(sending, prepared, streams).await?;
        let sender = sending.route.sender();
        let limit = self.settings().longest_answer(sending.route.tool);
        let reader = Reader { sender, api: sending.route.api, needles: &needles, limit };
        if !incoming.status.is_success() {
            let failed = reader.refused(incoming, self.clock().now()).await;
            if let Some(budget) = &sending.budget {
                self.hold_back(&failed, budget).await;
            }
            return Err(failed);
        }
        let (status, headers) = (incoming.status.as_u16(), told(&incoming.headers, &needles));
        if streams && incoming.length().is_some_and(|length| length <= SHORT) {
            return short(&reader, incoming, headers).await;
        }
        if streams {
            return streamed(incoming, &sender, headers, needles);
        }
        let (mut raw, bytes) = reader.taken(incoming).await?;
        redact::redact(&mut raw, exchange.tool, handles(exchange), &needles);
        let shown = if exchange.tool.answer.is_plain() {
            scrubbed(bytes, &needles)
        } else {
            let shown = compact(&raw.body).map_err(|error| unwritable(&sender, error))?;
            Bytes::from_owner(shown)
        };
        Ok(Passed { status, headers, request_id: raw.request_id, body: PassedBody::Whole(shown) })
    }
}

/// A read whose answer holds nothing that has to be found in it. The outcome of a change is told before its answer.
fn streams(sending: &Sending<'_>) -> bool {
    let (tool, api) = (sending.route.tool, sending.route.api);
    !tool.impact.changes() && tool.answer.is_plain() && api.ok.is_none()
}

/// A short answer: nothing has to be found in it but the secret.
async fn short(reader: &Reader<'_>, incoming: Incoming, headers: HeaderMap) -> Result<Passed, Failed> {
    let status = incoming.status;
    if crate::answer::is_encoded(&incoming.headers) {
        return Err(reader
            .sender
            .unreadable("it is compressed, which was not asked for")
            .with_status(status));
    }
    let request_id = crate::answer::request_id(&incoming.headers, reader.needles);
    let reading = tokio::time::timeout(reader.sender.tool.timeout, reader.bytes(incoming)).await;
    let late = |late| Err(reader.sender.silent(ErrorCode::UpstreamTimeout, late).with_status(status));
    let bytes = reading.unwrap_or_else(late)?;
    let body = PassedBody::Whole(scrubbed(bytes, reader.needles));
    Ok(Passed { status: status.as_u16(), headers, request_id, body })
}

fn streamed(
    incoming: Incoming,
    sender: &Sender<'_>,
    headers: HeaderMap,
    needles: Needles,
) -> Result<Passed, Failed> {
    let status = incoming.status;
    if crate::answer::is_encoded(&incoming.headers) {
        return Err(sender.unreadable("it is compressed, which was not asked for").with_status(status));
    }
    let request_id = crate::answer::request_id(&incoming.headers, &needles);
    let body = PassedBody::Streamed(Box::new(Streamed::new(incoming, sender.name, Scrubber::new(needles))));
    Ok(Passed { status: status.as_u16(), headers, request_id, body })
}

/// What may be told of the headers; one that holds the secret is left out.
fn told(headers: &HeaderMap, needles: &Needles) -> HeaderMap {
    let told = TOLD.into_iter().filter_map(|name| headers.get(&name).map(|value| (name, value.clone())));
    told.filter(|(_, value)| !needles.found_in(value.as_bytes())).collect()
}

fn scrubbed(bytes: Bytes, needles: &Needles) -> Bytes {
    if !needles.found_in(&bytes) {
        return bytes;
    }
    let mut scrubber = Scrubber::new(needles);
    let mut clean = scrubber.push(&bytes);
    clean.extend(scrubber.finish());
    clean.into()
}

fn unwritable(sender: &Sender<'_>, error: serde_json::Error) -> Failed {
    let mut failed = sender.unreadable("it can't be written again");
    failed.unanswered.failure = Failure::internal(error);
    failed
}

impl Sending<'_> {
    /// The request as it is sent: the body as it was given, but for the key.
    fn prepare_with(&self, body: Option<RawBody>) -> Result<Prepared, Failure> {
        let mut prepared = self.prepare()?;
        if let Some(body) = body {
            let field = self.route.slot.also_body.as_deref();
            let field =
                field.ok_or_else(|| Failure::internal("a raw body for a slot without a body field"))?;
            let bytes = body.with_key(field, self.secret.expose_secret());
            drop(body);
            self.measure(bytes.len())?;
            prepared.body = Some(Bytes::from_owner(bytes));
        }
        Ok(prepared)
    }
}
