//! What the gateway itself puts into a request, once per call, and keeps over retries.
//!
//! Segment drops a second event with the same `messageId`, and it does so across all of its customers: an agent's
//! `messageId: "1"` would be lost without a word. So the gateway's own always takes the place of a given one; an agent
//! that wants its retries recognized gives an idempotency key, and the ids are derived from it.

use hmac::{Hmac, KeyInit, Mac};
use keyferry_core::{ConnectionId, Timestamp};
use keyferry_vault::DataKey;
use sha2::Sha256;
use std::fmt;

/// What stands where a request is shown that is not sent yet.
const WHEN_SENT: &str = "made when sent";

/// The ids and the send time of one call.
#[derive(Clone)]
pub struct Made(Option<Sent>);

#[derive(Clone)]
struct Sent {
    seed: [u8; 32],
    at: Timestamp,
}

impl Made {
    /// For a call that nobody will repeat: ids that were never used before.
    #[must_use]
    pub fn fresh(now: Timestamp) -> Self {
        Self(Some(Sent { seed: rand::random(), at: now }))
    }

    /// For a call with an idempotency key: the same ids whenever the same key is used on the same connection.
    /// `key` is the team's message key.
    #[must_use]
    pub fn derived(key: &DataKey, connection: &ConnectionId, idempotency_key: &str, now: Timestamp) -> Self {
        let seed = key.mac(&[b"message id", connection.as_str().as_bytes(), idempotency_key.as_bytes()]);
        Self(Some(Sent { seed, at: now }))
    }

    /// For a request that is shown and not sent: in the place of an id or a time, that it will be made.
    #[must_use]
    pub fn when_sent() -> Self {
        Self(None)
    }

    /// The id of the event at `index` within the call, as a UUID of version 4.
    #[must_use]
    pub fn message_id(&self, index: usize) -> String {
        let Some(Sent { seed, .. }) = &self.0 else {
            return WHEN_SENT.to_owned();
        };
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(seed)
            .expect("infallible: HMAC takes a key of any length");
        mac.update(&(index as u64).to_be_bytes());
        let mut half = [0; 16];
        half.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        uuid::Builder::from_random_bytes(half).into_uuid().to_string()
    }

    /// When the call is sent.
    #[must_use]
    pub fn sent_at(&self) -> String {
        self.0.as_ref().map_or_else(|| WHEN_SENT.to_owned(), |sent| sent.at.rfc3339())
    }
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Made").field("sent_at", &self.sent_at()).finish_non_exhaustive()
    }
}
