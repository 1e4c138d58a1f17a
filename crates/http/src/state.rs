//! What the doors share. Given once when the gateway starts.

use crate::places::Places;
use keyferry_broker::Broker;
use keyferry_core::{Clocks, DeviceId, TeamId};
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
    pub compat: Compat,
    /// Cancelled before: the gateway serves, and says that it is not ready. A child of `stop`.
    pub leaving: CancellationToken,
    /// Cancelled when the gateway stops: open streams end then.
    pub stop: CancellationToken,
}

/// Doors for other gateways' clients that the operator has to want.
#[derive(Debug, Clone, Copy, Default)]
pub struct Compat {
    /// Pairing as ClawLink's plugin for Hermes does it: who holds the session's id gets the key.
    pub hermes: bool,
}

/// How much is served at a time.
#[derive(Debug, Clone, Copy)]
pub struct DoorLimits {
    /// Connections; the next one is closed. Each costs a file handle, of which a service usually has some 65,000,
    /// and some 20 KiB.
    pub connections: usize,
    /// Connections of one network (an IPv4 address, or a /64). An office behind one address needs dozens.
    pub connections_each: usize,
    /// Requests in flight of devices and of people who are signed in; the next one is told to come back.
    pub requests: usize,
    /// Requests in flight of strangers: those who pair, sign in or set up. They have places of their own, so that
    /// they can't take those of the devices.
    pub strangers: usize,
    /// Requests in flight of the strangers of one network.
    pub strangers_each: usize,
    /// Open streams; each costs one small query a second.
    pub streams: usize,
    /// Open streams of one device. It needs one; a few more while lines that broke are not yet known to be dead.
    pub streams_of_device: usize,
    /// Open streams of all devices of a team.
    pub streams_of_team: usize,
    /// Bytes of a request's body.
    pub body: usize,
    /// How long a client is waited for that has little to say: for its TLS handshake, its first bytes, its headers,
    /// a form.
    pub patience: Duration,
    /// How long a client may take nothing of what it is answered. An answer as a whole may take any time.
    pub reading: Duration,
    /// How long the body of a device's request may take to arrive.
    pub upload: Duration,
    /// How long a request may take that waits for no upstream.
    pub answer: Duration,
}

impl Default for DoorLimits {
    fn default() -> Self {
        Self {
            connections: 8192,
            connections_each: 256,
            requests: 1024,
            strangers: 128,
            strangers_each: 16,
            streams: 128,
            streams_of_device: 4,
            streams_of_team: 16,
            body: 1024 * 1024,
            patience: Duration::from_secs(10),
            reading: Duration::from_secs(60),
            upload: Duration::from_secs(30),
            answer: Duration::from_secs(30),
        }
    }
}

/// Cheap to clone; the clones are one.
#[derive(Clone)]
pub struct Doors(Arc<Shared>);

pub(crate) struct Shared {
    parts: DoorParts,
    pub(crate) requests: Semaphore,
    /// By client network.
    pub(crate) strangers: Places<String>,
    /// Requests through the proxy, until the last byte of their answers.
    pub(crate) passing: Places<DeviceId>,
    pub(crate) streams: Places<DeviceId>,
    pub(crate) team_streams: Places<TeamId>,
}

impl Doors {
    #[must_use]
    pub fn new(parts: DoorParts) -> Self {
        let limits = &parts.limits;
        Self(Arc::new(Shared {
            requests: Semaphore::new(limits.requests),
            strangers: Places::new(limits.strangers, limits.strangers_each),
            passing: Places::new(limits.requests, limits.requests.div_ceil(8)),
            streams: Places::new(limits.streams, limits.streams_of_device),
            team_streams: Places::new(limits.streams, limits.streams_of_team),
            parts,
        }))
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

    /// The resource that `/mcp` is.
    pub(crate) fn mcp_resource(&self) -> String {
        self.link("mcp")
    }
}

impl Deref for Doors {
    type Target = DoorParts;

    fn deref(&self) -> &DoorParts {
        &self.0.parts
    }
}
