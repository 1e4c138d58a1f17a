//! What goes into an exchange, and what comes out of it.

use crate::made::Made;
use keyferry_catalog::{Arguments, Tool};
use keyferry_core::{ErrorCode, Failure, SecretString, Timestamp};
use keyferry_store::{Connection, Credential};
use keyferry_vault::DataKey;
use serde_json::Value;
use std::fmt;
use std::pin::Pin;
use url::Url;

/// Where a request goes, and with whose key.
#[derive(Debug, Clone, Copy)]
pub struct Destination<'a> {
    pub connection: &'a Connection,
    /// The server of the tool's API in the connection's region.
    pub server: &'a Url,
    /// What fills the slot of the tool's API, or `None` when the slot is empty.
    pub credential: Option<&'a Credential>,
}

/// A secret argument that was given as a handle, and what the handle stands for. It is put in while the request is
/// rendered for sending, so that it never stands among the arguments.
#[derive(Debug)]
pub struct Revealed {
    /// Pointer of the argument: `/writeKey`.
    pub pointer: String,
    pub value: SecretString,
}

/// Asked right before each attempt: between the first look and a later attempt there may be a minute, in which a
/// person revokes the device or disconnects the account.
pub trait StillAllowed: Send + Sync {
    /// An error keeps the attempt from being sent, and every later one.
    fn check(&self) -> Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + '_>>;
}

/// For what nobody has to allow: a test of a slot, a rendering that is not sent.
#[derive(Debug, Clone, Copy)]
pub struct Always;

impl StillAllowed for Always {
    fn check(&self) -> Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + '_>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

impl fmt::Debug for dyn StillAllowed + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StillAllowed")
    }
}

/// One call of one tool.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    pub tool: &'a Tool,
    pub arguments: &'a Arguments,
    pub to: Destination<'a>,
    pub made: &'a Made,
    pub revealed: &'a [Revealed],
    /// The team's key for handles. Without it, secret fields are masked.
    pub handles: Option<&'a DataKey>,
    /// Nothing is sent, waited for or tried again after it.
    pub deadline: Timestamp,
    pub still_allowed: &'a dyn StillAllowed,
}

/// What the upstream answered, as it may be shown.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Redacted: secret fields are handles, the injected secret is masked, dropped fields are gone.
    pub body: Value,
    /// The upstream's own id of the request.
    pub request_id: Option<String>,
    /// How often it was sent; 1 when nothing was tried again.
    pub attempts: u32,
    /// Length of the answer's body as it came.
    pub bytes: usize,
}

/// How far a request got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Certainly nothing left us.
    NotSent,
    /// A 2xx or a 4xx came.
    Answered,
    /// It may have reached the upstream, and neither a 2xx nor a 4xx came. When it must not be repeated the failure's
    /// code is `outcome_unknown`; otherwise (a read, or an event that the upstream knows by its messageId) it is
    /// `upstream_unavailable` or `upstream_timeout`.
    Unknown,
}

/// Why there is no answer to hand on.
#[derive(Debug)]
pub struct Unanswered {
    pub failure: Failure,
    pub fate: Fate,
    /// The status that came to the attempt which `failure` tells of, whatever it was.
    pub status: Option<u16>,
    /// How often it was sent, or tried to be.
    pub attempts: u32,
    /// The upstream said 401 or 403. The failure is `upstream_forbidden`; whether it is `needs_reauth` is found out by
    /// testing the slot: see [`judge_refusal`](crate::judge_refusal).
    pub credential_refused: bool,
}

impl Unanswered {
    /// Whether the upstream certainly did nothing of it, so that a confirmation and an idempotency key may be used
    /// again: nothing left us, or it was turned away by a rate limit.
    #[must_use]
    pub fn did_nothing(&self) -> bool {
        match self.fate {
            Fate::NotSent => true,
            Fate::Answered => self.failure.code == ErrorCode::RateLimited,
            Fate::Unknown => false,
        }
    }

    pub(crate) fn not_sent(failure: Failure) -> Self {
        Self { failure, fate: Fate::NotSent, status: None, attempts: 0, credential_refused: false }
    }
}
