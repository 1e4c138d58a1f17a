//! The room's front: render, send, reveal.

use crate::budget::Budget;
use crate::credential;
use crate::exchange::{Answer, Exchange, Unanswered};
use crate::redact::{self, Handles, Sought};
use crate::render::Material;
use crate::rendered::Rendered;
use crate::retry::RetryPolicy;
use crate::route::Route;
use crate::send::Sending;
use crate::shares::Shares;
use keyferry_catalog::{Catalog, Tool};
use keyferry_core::{Clocks, ErrorCode, Failure, SecretString};
use keyferry_egress::Egress;
use keyferry_store::Db;
use keyferry_vault::Vault;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The longest answer with secret fields, in bytes: it is held and redacted as a whole.
const LONGEST_SECRET_ANSWER: usize = 4 * 1024 * 1024;

/// The longest answer of any other tool, in bytes.
const LONGEST_PLAIN_ANSWER: usize = 16 * 1024 * 1024;

/// What may be set from outside.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub retry: RetryPolicy,
    /// The longest answer of a tool with secret fields, in bytes.
    pub longest_secret_answer: usize,
    /// The longest answer of any other tool, in bytes.
    pub longest_plain_answer: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            retry: RetryPolicy::default(),
            longest_secret_answer: LONGEST_SECRET_ANSWER,
            longest_plain_answer: LONGEST_PLAIN_ANSWER,
        }
    }
}

impl Settings {
    pub(crate) fn longest_answer(&self, tool: &Tool) -> usize {
        if tool.answer.secrets.is_empty() { self.longest_plain_answer } else { self.longest_secret_answer }
    }
}

/// The rooms that an exchange goes through.
pub struct UpstreamParts {
    pub egress: Egress,
    pub vault: Vault,
    pub db: Db,
    pub catalog: Arc<Catalog>,
    pub clock: Clocks,
    pub settings: Settings,
}

/// Makes exchanges with outside systems. Cheap to clone.
#[derive(Clone)]
pub struct Upstream(Arc<Inner>);

struct Inner {
    parts: UpstreamParts,
    shares: Shares,
}

impl Upstream {
    #[must_use]
    pub fn new(parts: UpstreamParts) -> Self {
        Self(Arc::new(Inner { parts, shares: Shares::default() }))
    }

    /// The request as it would be sent, for a preview: nothing secret is opened for it, nothing is sent.
    ///
    /// # Errors
    /// `invalid_arguments` when an argument can't stand where it would be written; `needs_credential` when the
    /// connection lacks a public field that the request needs.
    pub fn render(&self, exchange: &Exchange<'_>) -> Result<Rendered, Failure> {
        let route = Route::of(&self.0.parts.catalog, exchange.tool)?;
        let none = BTreeMap::new();
        let arguments = Rendered::masked_arguments(exchange.tool, exchange.arguments);
        let draft = Material {
            shape: &exchange.tool.request,
            slot: route.slot,
            server: exchange.to.server,
            arguments: &arguments,
            fields: exchange.to.credential.map_or(&none, |credential| &credential.fields),
            made: exchange.made,
        }
        .draft()?;
        Ok(Rendered::of(draft, route.slot))
    }

    /// Sends a call and answers what came back, redacted.
    ///
    /// # Errors
    /// Whatever kept the answer away, with how far the request got.
    pub async fn send(&self, exchange: &Exchange<'_>) -> Result<Answer, Unanswered> {
        let opened = self.open(exchange).map_err(Unanswered::not_sent)?;
        let sending = opened.sending(exchange);
        let needles = sending.needles();
        let done = self.exchange(&sending, &needles).await?;
        let mut raw = done.value;
        redact::redact(&mut raw, exchange.tool, handles(exchange), &needles);
        Ok(Answer {
            status: raw.status,
            body: raw.body.take(),
            request_id: raw.request_id,
            attempts: done.attempts,
            bytes: raw.bytes,
        })
    }

    /// Reads a resource again and answers the secret that a handle stands for, or `None` when the resource has no such
    /// secret (any more). `exchange` is the read that the handle's [`Lookup`](keyferry_catalog::Lookup) names; its
    /// answer goes no further.
    ///
    /// # Errors
    /// As [`Upstream::send`].
    pub async fn reveal(
        &self,
        exchange: &Exchange<'_>,
        sought: &Sought<'_>,
    ) -> Result<Option<SecretString>, Unanswered> {
        let opened = self.open(exchange).map_err(Unanswered::not_sent)?;
        let sending = opened.sending(exchange);
        let mut raw = self.exchange(&sending, &sending.needles()).await?.value;
        Ok(redact::find(&mut raw.body, exchange.tool, handles(exchange), sought))
    }

    pub(crate) fn open<'a>(&'a self, exchange: &Exchange<'a>) -> Result<Opened<'a>, Failure> {
        let route = Route::of(&self.0.parts.catalog, exchange.tool)?;
        let credential = exchange.to.credential.ok_or_else(|| slot_is_empty(&route))?;
        let secret = credential::open(&self.0.parts.vault, exchange.to.connection, credential)
            .map_err(Failure::internal)?;
        Ok(Opened { route, secret, fields: &credential.fields, budget_of: &credential.id })
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.parts.settings
    }

    pub(crate) fn clock(&self) -> &Clocks {
        &self.0.parts.clock
    }

    pub(crate) fn egress(&self) -> &Egress {
        &self.0.parts.egress
    }

    pub(crate) fn db(&self) -> &Db {
        &self.0.parts.db
    }

    pub(crate) fn shares(&self) -> &Shares {
        &self.0.shares
    }

    pub(crate) fn catalog(&self) -> &Catalog {
        &self.0.parts.catalog
    }
}

/// A credential that is open for one exchange; it is overwritten when this is dropped.
pub(crate) struct Opened<'a> {
    route: Route<'a>,
    secret: SecretString,
    fields: &'a BTreeMap<String, String>,
    budget_of: &'a keyferry_core::CredentialId,
}

impl Opened<'_> {
    pub(crate) fn sending<'s>(&'s self, exchange: &Exchange<'s>) -> Sending<'s> {
        Sending {
            route: self.route,
            server: exchange.to.server,
            arguments: exchange.arguments,
            revealed: exchange.revealed,
            fields: self.fields,
            secret: &self.secret,
            made: exchange.made,
            budget: Some(Budget::of(exchange.tool, self.budget_of)),
            deadline: exchange.deadline,
            still_allowed: exchange.still_allowed,
        }
    }
}

pub(crate) fn handles<'a>(exchange: &Exchange<'a>) -> Handles<'a> {
    Handles { key: exchange.handles, connection: &exchange.to.connection.id, arguments: exchange.arguments }
}

fn slot_is_empty(route: &Route<'_>) -> Failure {
    let label = &route.slot.label;
    Failure::new(ErrorCode::NeedsCredential, format!("The connection has no {label}, which this call needs."))
        .hint(format!("A person has to add the {label} on the connection's page."))
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream").field("settings", &self.0.parts.settings).finish_non_exhaustive()
    }
}
