//! What this process tells the others: that it runs, which master keys it has, and which one it seals under.
//!
//! A new master key is activated only when every running process has it; otherwise one of them could not open what
//! another sealed; and an old one is retired only when no running process seals under it.

use crate::IdentityParts;
use keyferry_core::ReplicaId;
use keyferry_store::{Replica, StoreError, replicas};
use std::time::Duration;

/// How often a process reports.
pub const HEARTBEAT: Duration = Duration::from_secs(5);

/// Reports for one process, from its start to its end.
#[derive(Clone)]
pub struct Heartbeat {
    parts: IdentityParts,
    id: ReplicaId,
}

impl Heartbeat {
    pub(crate) fn new(parts: IdentityParts) -> Self {
        Self { parts, id: ReplicaId::new() }
    }

    /// The id of this process.
    #[must_use]
    pub fn id(&self) -> &ReplicaId {
        &self.id
    }

    /// Reports once.
    ///
    /// # Errors
    /// The store's.
    pub async fn beat(&self) -> Result<(), StoreError> {
        let replica = Replica {
            id: self.id.clone(),
            seen_at: self.parts.now(),
            key_ids: self.parts.vault.key_ids(),
            active_key: Some(self.parts.vault.active()),
        };
        replicas::seen(&self.parts.db, &replica).await
    }

    /// Reports until it is dropped.
    pub async fn run(self) {
        loop {
            if let Err(error) = self.beat().await {
                tracing::warn!(%error, "this process could not report to the others");
            }
            tokio::time::sleep(HEARTBEAT).await;
        }
    }

    /// Says that this process ends, so that nobody waits for it to take a new key.
    ///
    /// # Errors
    /// The store's.
    pub async fn end(&self) -> Result<(), StoreError> {
        replicas::gone(&self.parts.db, &self.id).await
    }
}
