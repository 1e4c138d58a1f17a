//! What the doors share. Given once when the gateway starts.

use keyferry_broker::Broker;
use keyferry_core::Clocks;
use keyferry_identity::Identity;
use keyferry_store::Db;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use url::Url;

/// The rooms behind the doors, and what the operator set.
pub struct DoorParts {
    pub broker: Broker,
    pub identity: Identity,
    pub db: Db,
    pub clock: Clocks,
    /// The only source of links, of the tokens' issuer, and of what `Origin` has to be.
    pub public_url: Url,
    pub limits: DoorLimits,
    /// Cancelled when the gateway stops: open streams end then.
    pub stop: CancellationToken,
}

/// How much is served at a time.
#[derive(Debug, Clone, Copy)]
pub struct DoorLimits {
    /// Requests in flight; the next one is told to come back.
    pub requests: usize,
    /// Open streams; each costs one small query a second.
    pub streams: usize,
    /// Bytes of a request's body.
    pub body: usize,
    /// How long a request may take that waits for no upstream, and how long a body may take to arrive.
    pub patience: Duration,
}

impl Default for DoorLimits {
    fn default() -> Self {
        Self { requests: 1024, streams: 128, body: 1024 * 1024, patience: Duration::from_secs(30) }
    }
}

/// Cheap to clone; the clones are one.
#[derive(Clone)]
pub struct Doors(Arc<Shared>);

pub(crate) struct Shared {
    parts: DoorParts,
    pub(crate) requests: Arc<Semaphore>,
    pub(crate) streams: Arc<Semaphore>,
}

impl Doors {
    #[must_use]
    pub fn new(parts: DoorParts) -> Self {
        let requests = Arc::new(Semaphore::new(parts.limits.requests));
        let streams = Arc::new(Semaphore::new(parts.limits.streams));
        Self(Arc::new(Shared { parts, requests, streams }))
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }

    /// A link into the gateway, without a slash at its end when `path` is empty.
    pub(crate) fn link(&self, path: &str) -> String {
        let base = self.public_url.as_str().trim_end_matches('/');
        if path.is_empty() { base.to_owned() } else { format!("{base}/{path}") }
    }

    /// The resource that `/api` is: access tokens are made for it and taken for nothing else.
    pub(crate) fn api_resource(&self) -> String {
        self.link("api")
    }
}

impl Deref for Doors {
    type Target = DoorParts;

    fn deref(&self) -> &DoorParts {
        &self.0.parts
    }
}
