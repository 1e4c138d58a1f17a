//! Tidying that runs by itself: calls whose process died, and what has been kept long enough.
//!
//! Every replica does it; each step is one conditional statement, so that two at once do no harm.

use crate::failed::chain;
use crate::limits::{IDEMPOTENCY_LIFE, SWEEP_AFTER};
use crate::team_keys::Purpose;
use crate::{Broker, unavailable};
use keyferry_core::Failure;
use keyferry_store::system;
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

    /// Deletes what has been kept long enough.
    ///
    /// # Errors
    /// `gateway_unavailable`.
    pub async fn prune(&self) -> Result<(), Failure> {
        let (now, keep) = (self.now(), self.retention());
        let full = |pruned: u64| i64::try_from(pruned).is_ok_and(|pruned| pruned >= BATCH);
        let bodies_before = now - keep.bodies;
        while full(system::prune_bodies(self.db(), bodies_before, BATCH).await.map_err(unavailable::store)?) {
        }
        if let Purpose::Body(month) = Purpose::body_of(bodies_before) {
            system::prune_body_keys(self.db(), &month).await.map_err(unavailable::store)?;
        }
        let answers_before = now - IDEMPOTENCY_LIFE;
        while full(system::prune_answers(self.db(), answers_before, BATCH).await.map_err(unavailable::store)?)
        {
        }
        let calls_before = now - keep.calls;
        while full(system::prune_calls(self.db(), calls_before, BATCH).await.map_err(unavailable::store)?) {}
        let short_lived_before = now - SHORT_LIVED;
        let more = async || system::prune_short_lived(self.db(), short_lived_before, BATCH).await;
        while more().await.map_err(unavailable::store)?.more {}
        Ok(())
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
