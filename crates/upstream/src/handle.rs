//! Handles: names for secrets that an agent may hold instead of the secrets.
//!
//! A handle is `kfs_` and 128 bits of an HMAC with the team's own key over the connection, the resource that the secret
//! belongs to, its place within that resource (`*` for indexes) and its value. So a list and a single read give the
//! same handle for the same secret, and a handle of one resource says nothing about another.

pub use keyferry_catalog::{HANDLE_PREFIX as PREFIX, is_handle};

use keyferry_core::ConnectionId;
use keyferry_vault::DataKey;

/// The handle of one secret. `resource` is `kind:id`; `place` is a pointer such as `/writeKeys/*`.
#[must_use]
pub fn handle(key: &DataKey, connection: &ConnectionId, resource: &str, place: &str, value: &str) -> String {
    let mac =
        key.mac(&[connection.as_str().as_bytes(), resource.as_bytes(), place.as_bytes(), value.as_bytes()]);
    format!("{PREFIX}{}", hex::encode(&mac[..16]))
}
