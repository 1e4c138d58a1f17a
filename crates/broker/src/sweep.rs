//! Tidying that runs by itself: calls whose process died, and what has been kept long enough.
//!
//! Every replica does it; each step is one conditional statement, so that two at once do no harm.

use crate::failed::chain;
use crate::limits::{IDEMPOTENCY_LIFE, SWEEP_AFTER};
use crate::team_keys::Purpose;
use crate::{Broker, unavailable};
use keyferry_core::{Failure, Timestamp};
use keyferry_store::{StoreError, system};
use std::time::Duration;

/// The pause after each sweep.
const SWEPT: Duration = Duration::from_secs(5);
/// The same after each look for old rows.
const PRUNED: Duration = Duration::from_secs(10 * 60);
/// Rows of one statement, so that no other waits long.
const BATCH: i64 = 500;
/// What lives shortly is kept for a day after its end, for who looks into what happened.
const SHORT_LIVED: Duration = Duration::from_secs(24 * 60 * 60);

impl Broker {
    /// Makes every intent that is 30 s past its deadline an unknown. Says how many there were.
    ///
    /// # Errors
    /// `gateway_unavailable`.
    pub async fn sweep(&self) -> Result<usize, Failure> {
        let now = self.now();
        let overdue = system::sweep_overdue(self.db(), now - SWEEP_AFTER, now, BATCH).await;
        let overdue = overdue.map_err(unavailable::store)?;
        for found in &overdue {
            tracing::warn!(call = %found.call, team = %found.team, "a call's process ended without its outcome");
        }
        Ok(overdue.len())
    }

    /// Deletes what has been kept long enough. A step that fails keeps no other from being made.
    ///
    /// # Errors
    /// `gateway_unavailable`: the first step that failed.
    pub async fn prune(&self) -> Result<(), Failure> {
        let (now, keep) = (self.now(), self.retention());
        let bodies_before = now - keep.bodies;
        let steps = [
            self.prune_bodies(bodies_before).await,
            self.prune_body_keys(bodies_before).await,
            self.prune_answers(now - IDEMPOTENCY_LIFE).await,
            self.prune_calls(now - keep.calls).await,
            self.prune_short_lived(now - SHORT_LIVED).await,
        ];
        steps.into_iter().collect::<Result<(), StoreError>>().map_err(unavailable::store)
    }

    async fn prune_bodies(&self, before: Timestamp) -> Result<(), StoreError> {
        while is_full(system::prune_bodies(self.db(), before, BATCH).await?) {}
        Ok(())
    }

    async fn prune_answers(&self, before: Timestamp) -> Result<(), StoreError> {
        while is_full(system::prune_answers(self.db(), before, BATCH).await?) {}
        Ok(())
    }

    async fn prune_calls(&self, before: Timestamp) -> Result<(), StoreError> {
        while is_full(system::prune_calls(self.db(), before, BATCH).await?) {}
        Ok(())
    }

    async fn prune_body_keys(&self, bodies_before: Timestamp) -> Result<(), StoreError> {
        let Purpose::Body(month) = Purpose::body_of(bodies_before) else { return Ok(()) };
        system::prune_body_keys(self.db(), &month).await.map(|_| ())
    }

    async fn prune_short_lived(&self, before: Timestamp) -> Result<(), StoreError> {
        loop {
            let pruned = system::prune_short_lived(self.db(), before, BATCH).await;
            if !pruned.more {
                return pruned.failed.map_or(Ok(()), Err);
            }
        }
    }

    /// Pruning what has piled up takes long: an outcome that is unknown does not wait for it.
    pub(crate) async fn tidy_on(self) {
        tokio::join!(self.sweep_on(), self.prune_on());
    }

    async fn sweep_on(&self) {
        loop {
            if let Err(failure) = self.sweep().await {
                tracing::warn!(error = %chain(&failure), "overdue calls were not settled; it is tried again");
            }
            tokio::time::sleep(SWEPT).await;
        }
    }

    async fn prune_on(&self) {
        loop {
            if let Err(failure) = self.prune().await {
                tracing::warn!(error = %chain(&failure), "old rows were not deleted; it is tried again");
            }
            tokio::time::sleep(PRUNED).await;
        }
    }
}

/// Whether there may be more.
fn is_full(pruned: u64) -> bool {
    i64::try_from(pruned).is_ok_and(|pruned| pruned >= BATCH)
}
