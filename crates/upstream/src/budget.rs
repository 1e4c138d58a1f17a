//! How often an operation may be sent, counted in the store so that replicas share it.
//!
//! A bucket is one credential with one operation, or with all operations of an API that share the API's own limit.

use crate::shares::Shares;
use keyferry_catalog::{Limit, Tool};
use keyferry_core::{Clocks, CredentialId, Failure};
use keyferry_store::Db;
use std::time::Duration;

/// The bucket that a call takes from.
pub(crate) struct Budget {
    bucket: String,
    limit: Option<Limit>,
}

/// Where neither the operation nor its API names a limit, an upstream's 429 still holds the bucket back.
const UNLIMITED: i64 = 1_000_000;

impl Budget {
    pub(crate) fn of(tool: &Tool, credential: &CredentialId) -> Self {
        let shared = tool.limit.is_some() && !tool.limit_is_own;
        let scope = if shared { &tool.api } else { &tool.name };
        Self { bucket: [credential.as_str(), scope].join(":"), limit: tool.limit }
    }

    /// Takes one send.
    pub(crate) async fn take(&self, shares: &Shares, db: &Db, clock: &Clocks) -> Result<(), Failure> {
        let per_minute = self.limit.map_or(UNLIMITED, |limit| i64::from(limit.per_minute));
        shares.take(db, clock, &self.bucket, per_minute).await
    }

    /// Holds every replica back for as long as the upstream asked. A failure to note it is logged and no more: the
    /// next send is told the same by the upstream.
    pub(crate) async fn drain(&self, shares: &Shares, db: &Db, clock: &Clocks, wait: Duration) {
        if let Err(error) = shares.drain(db, &self.bucket, clock.now() + wait).await {
            tracing::warn!(%error, bucket = self.bucket, "an upstream's rate limit could not be noted");
        }
    }
}
