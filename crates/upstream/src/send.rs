//! One exchange from the arguments to the raw answer: render, inject, and send until there is an answer or no second
//! try is allowed.

use crate::answer::{Raw, Reader};
use crate::budget::Budget;
use crate::exchange::{Fate, Revealed, StillAllowed, Unanswered};
use crate::faults::{Sender, failed};
use crate::handle::is_handle;
use crate::inject;
use crate::made::Made;
use crate::needles::Needles;
use crate::render::{Draft, Material};
use crate::retry::{Again, Done, Failed, attempts};
use crate::route::Route;
use crate::upstream::Upstream;
use crate::wiped::Wiped;
use bytes::Bytes;
use http::{HeaderMap, Method};
use keyferry_catalog::Arguments;
use keyferry_core::{ErrorCode, ExposeSecret, Failure, SecretString, Timestamp};
use keyferry_egress::{Incoming, Outgoing, SendError};
use serde_json::Value;
use std::collections::BTreeMap;
use url::Url;

/// A secret argument shorter than this is not searched for in answers: it would match by chance.
const SHORTEST_ARGUMENT: usize = 8;

/// Everything that one exchange needs, with its secrets open.
pub(crate) struct Sending<'a> {
    pub(crate) route: Route<'a>,
    pub(crate) server: &'a Url,
    pub(crate) arguments: &'a Arguments,
    pub(crate) revealed: &'a [Revealed],
    pub(crate) fields: &'a BTreeMap<String, String>,
    pub(crate) secret: &'a SecretString,
    pub(crate) made: &'a Made,
    /// `None` for a test of a credential that is not stored yet.
    pub(crate) budget: Option<Budget>,
    pub(crate) deadline: Timestamp,
    pub(crate) still_allowed: &'a dyn StillAllowed,
}

/// A request with the secret in it. The bytes are shared by all attempts.
#[derive(Clone)]
pub(crate) struct Prepared {
    method: Method,
    url: Url,
    headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
}

impl Upstream {
    /// Sends until there is an answer. The answer is not redacted yet.
    pub(crate) async fn exchange(
        &self,
        sending: &Sending<'_>,
        needles: &Needles,
    ) -> Result<Done<Raw>, Unanswered> {
        let prepared = sending.prepare().map_err(Unanswered::not_sent)?;
        let send = || self.attempt(sending, &prepared, needles);
        attempts(self.settings().retry, self.clock(), sending.deadline, send).await
    }

    async fn attempt(
        &self,
        sending: &Sending<'_>,
        prepared: &Prepared,
        needles: &Needles,
    ) -> Result<Raw, Failed> {
        let incoming = self.begin(sending, prepared.clone(), false).await?;
        let reader = Reader {
            sender: sending.route.sender(),
            api: sending.route.api,
            needles,
            limit: self.settings().longest_answer(sending.route.tool),
        };
        let result = reader.read(incoming, self.clock().now()).await;
        if let (Err(failed), Some(budget)) = (&result, &sending.budget) {
            self.hold_back(failed, budget).await;
        }
        result
    }

    /// Sends once, if the budget and whoever has to allow it do, and waits for status and headers. `streamed`: the body
    /// has no share in the request's time.
    pub(crate) async fn begin(
        &self,
        sending: &Sending<'_>,
        prepared: Prepared,
        streamed: bool,
    ) -> Result<Incoming, Failed> {
        let sender = sending.route.sender();
        let remaining = sending.deadline.since(self.clock().now());
        if remaining.is_zero() {
            let failure =
                Failure::new(ErrorCode::UpstreamTimeout, "The time for this call ran out; nothing was sent.");
            return Err(failed(failure, Fate::NotSent, Again::Never));
        }
        self.take(sending).await?;
        let refused = |failure| failed(failure, Fate::NotSent, Again::Never);
        sending.still_allowed.check().await.map_err(refused)?;
        let outgoing = Outgoing {
            integration: sending.route.integration.slug.clone(),
            method: prepared.method,
            url: prepared.url,
            headers: prepared.headers,
            body: prepared.body,
            timeout: sending.route.tool.timeout.min(remaining),
        };
        let egress = self.egress();
        let begun = if streamed { egress.open(outgoing).await } else { egress.send(outgoing).await };
        begun.map_err(|error| lost(&sender, error))
    }

    async fn take(&self, sending: &Sending<'_>) -> Result<(), Failed> {
        let Some(budget) = &sending.budget else { return Ok(()) };
        budget
            .take(self.shares(), self.db(), self.clock())
            .await
            .map_err(|failure| failed(failure, Fate::NotSent, Again::Never))
    }

    /// An upstream's 429 holds back every replica.
    pub(crate) async fn hold_back(&self, failed: &Failed, budget: &Budget) {
        let failure = &failed.unanswered.failure;
        if let (ErrorCode::RateLimited, Some(wait)) = (failure.code, failure.retry_after) {
            budget.drain(self.shares(), self.db(), self.clock(), wait).await;
        }
    }
}

impl Sending<'_> {
    /// What is searched for in everything that comes back.
    pub(crate) fn needles(&self) -> Needles {
        let document = Wiped(self.arguments.to_value());
        let given: Vec<&str> = self
            .route
            .tool
            .secret_inputs_in(self.arguments)
            .iter()
            .filter(|(_, lookup)| lookup.is_some())
            .filter_map(|(pointer, _)| document.pointer(pointer)?.as_str())
            .filter(|text| text.len() >= SHORTEST_ARGUMENT && !is_handle(text))
            .collect();
        let revealed = self.revealed.iter().map(|revealed| revealed.value.expose_secret());
        Needles::of([self.secret.expose_secret()].into_iter().chain(revealed).chain(given))
    }

    pub(crate) fn prepare(&self) -> Result<Prepared, Failure> {
        let arguments = self.revealed_arguments();
        let Draft { method, url, mut headers, body } = Material {
            shape: &self.route.tool.request,
            slot: self.route.slot,
            server: self.server,
            arguments: &arguments,
            fields: self.fields,
            made: self.made,
        }
        .draft()?;
        let (name, value) =
            inject::header(&self.route.slot.inject, self.secret).map_err(|error| self.unusable(error))?;
        headers.insert(name, value);
        let body = body.map(|body| inject::body(body, self.route.slot, self.secret)).transpose();
        let body = body.map_err(Failure::internal)?;
        self.measure(body.as_ref().map_or(0, Bytes::len))?;
        Ok(Prepared { method, url, headers, body })
    }

    /// The arguments were measured when they were accepted; what the gateway adds (ids, for one) counts too.
    pub(crate) fn measure(&self, bytes: usize) -> Result<(), Failure> {
        let most = self.route.tool.request.body.as_ref().and_then(|body| body.max_bytes);
        match most {
            Some(most) if bytes > most => {
                let message = format!(
                    "The request is {bytes} bytes as it would be sent; {most} are the most that is taken."
                );
                Err(Failure::new(ErrorCode::PayloadTooLarge, message).hint("Send less at once."))
            }
            _ => Ok(()),
        }
    }

    /// The arguments with what their handles stand for.
    fn revealed_arguments(&self) -> Wiped {
        let mut document = Wiped(self.arguments.to_value());
        for revealed in self.revealed {
            if let Some(place) = document.pointer_mut(&revealed.pointer) {
                *place = Value::String(revealed.value.expose_secret().to_owned());
            }
        }
        document
    }

    fn unusable(&self, error: inject::InjectError) -> Failure {
        let message = format!("The stored {} can't be sent.", self.route.slot.label);
        Failure::new(ErrorCode::NeedsReauth, message)
            .hint("A person has to enter it anew on the connection's page.")
            .caused_by(error)
    }
}

fn lost(sender: &Sender<'_>, error: SendError) -> Failed {
    match error {
        SendError::Refused { .. } => sender.not_allowed_out(error),
        SendError::Connect(_) => sender.unreachable(ErrorCode::UpstreamUnavailable, error),
        SendError::ConnectTimeout => sender.unreachable(ErrorCode::UpstreamTimeout, error),
        SendError::Timeout => sender.silent(ErrorCode::UpstreamTimeout, error),
        SendError::Cut(_) => sender.silent(ErrorCode::UpstreamUnavailable, error),
    }
}
