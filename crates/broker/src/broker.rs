//! The parts of the heart, and how they hang together.

use crate::accounts::Accounts;
use crate::claim::{Asked, Told};
use crate::composite::Composites;
use crate::in_flight::InFlight;
use crate::journal::Journal;
use crate::limits::{CACHED, Limits, NOTED};
use crate::retention::Retention;
use crate::servers::Servers;
use crate::team_keys::TeamKeys;
use crate::together::Together;
use crate::unavailable;
use futures::future::BoxFuture;
use keyferry_catalog::Catalog;
use keyferry_core::{Clocks, ConfirmationId, Failure, Principal, Timestamp};
use keyferry_identity::{Cache, Follower};
use keyferry_store::claim_batch::Ending;
use keyferry_store::{Db, StoreError};
use keyferry_upstream::Upstream;
use keyferry_vault::Vault;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

/// Commits of claims, and of outcomes, at a time. On SQLite there is one writer.
const COMMITS_AT_ONCE: usize = 2;

/// What the heart is made of. Given once when the gateway starts.
pub struct BrokerParts {
    pub db: Db,
    pub vault: Vault,
    pub catalog: Arc<Catalog>,
    pub upstream: Upstream,
    pub clock: Clocks,
    pub follower: Follower,
    /// The only source of links.
    pub public_url: Url,
    pub servers: Servers,
    pub retention: Retention,
    pub limits: Limits,
    pub composites: Composites,
}

/// Lists, previews, calls, approvals. Cheap to clone; the clones are one broker.
#[derive(Clone)]
pub struct Broker(Arc<Inner>);

struct Inner {
    parts: BrokerParts,
    keys: TeamKeys,
    accounts: Accounts,
    journal: Journal,
    /// What was noted of a connection in the last minute.
    noted: Cache<(), Infallible>,
    /// Bytes of answers that a team has stored, as of the last minute.
    stored: Cache<i64, StoreError>,
    in_flight: InFlight,
    /// Claims and outcomes that wait for a commit.
    claims: Together<Asked, Told>,
    endings: Together<Ending, Result<bool, Failure>>,
    /// What runs to its end whoever waits for it: calls, previews, outcomes that are written late.
    running: TaskTracker,
}

impl Broker {
    #[must_use]
    pub fn new(parts: BrokerParts) -> Self {
        let keys = TeamKeys::new(parts.db.clone(), parts.vault.clone(), Arc::clone(&parts.clock));
        let accounts = Accounts::new(parts.db.clone(), parts.follower.clone());
        let journal = Journal::new(parts.db.clone(), Arc::clone(&parts.clock));
        let (noted, stored) = (Cache::new(CACHED, NOTED), Cache::new(CACHED, NOTED));
        let in_flight = InFlight::new(&parts.limits);
        let turns = if parts.db.engine() == "sqlite" { 1 } else { COMMITS_AT_ONCE };
        let (claims, endings) = (Together::new(turns), Together::new(turns));
        let running = TaskTracker::new();
        let inner =
            Inner { parts, keys, accounts, journal, noted, stored, in_flight, claims, endings, running };
        Self(Arc::new(inner))
    }

    /// Writes the journal and sweeps, until `stop`; then waits for the calls in flight, `patience` at most, and for
    /// the journal to be written. Says whether everything was.
    pub async fn run(&self, stop: CancellationToken, patience: Duration) -> bool {
        let writer = tokio::spawn(self.journal().clone().write_on());
        let tidier = tokio::spawn(self.clone().tidy_on());
        stop.cancelled().await;
        tidier.abort();
        self.0.running.close();
        let done = tokio::time::timeout(patience, self.0.running.wait()).await.is_ok();
        let written = self.journal().close(patience).await;
        writer.abort();
        done && written
    }

    /// Whether calls are taken now: the journal can be written and revocations can be heard of.
    #[must_use]
    pub fn healthy(&self) -> bool {
        self.journal().healthy() && self.0.parts.follower.healthy()
    }

    /// How many rows the journal has taken and not committed.
    #[must_use]
    pub fn journal_queue(&self) -> usize {
        self.journal().waiting()
    }

    /// Waits until everything that the journal took is committed. Needs [`Broker::run`].
    pub async fn flush_journal(&self) {
        self.journal().flushed().await;
    }

    /// Runs to its end even when the one who waits for it goes away. Boxed, so that the depth of the flow's futures
    /// ends here and does not spread to every room above.
    ///
    /// # Errors
    /// `rate_limited` and `gateway_unavailable` when too much is in flight.
    pub(crate) async fn finish<T: Send + 'static>(
        &self,
        principal: &Principal,
        work: BoxFuture<'static, T>,
    ) -> Result<T, Failure> {
        let place = match principal.device() {
            Some(device) => Some(self.0.in_flight.enter(device).await?),
            None => None,
        };
        let (ready, in_flight) = (Instant::now(), self.0.in_flight.clone());
        let work = async move {
            let begun = Instant::now();
            in_flight.began_after(begun.saturating_duration_since(ready), begun);
            let _place = place;
            work.await
        };
        self.0.running.spawn(work).await.map_err(Failure::internal)
    }

    /// Runs beside the calls; stopping waits for it as for them.
    pub(crate) fn go_on(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.0.running.spawn(work);
    }

    /// # Errors
    /// `gateway_unavailable` when revocations could not be read for ten seconds.
    pub(crate) fn must_be_heard(&self) -> Result<(), Failure> {
        if self.0.parts.follower.healthy() { Ok(()) } else { Err(unavailable::unread()) }
    }

    pub(crate) fn approval_url(&self, confirmation: &ConfirmationId) -> String {
        self.link(&format!("approve/{confirmation}"))
    }

    pub(crate) fn link(&self, path: &str) -> String {
        format!("{}/{path}", self.public_url().as_str().trim_end_matches('/'))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.parts.clock.now()
    }

    pub(crate) fn clock(&self) -> Clocks {
        Arc::clone(&self.0.parts.clock)
    }

    pub(crate) fn db(&self) -> &Db {
        &self.0.parts.db
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.0.parts.vault
    }

    pub(crate) fn catalog(&self) -> &Catalog {
        &self.0.parts.catalog
    }

    pub(crate) fn upstream(&self) -> &Upstream {
        &self.0.parts.upstream
    }

    pub(crate) fn follower(&self) -> &Follower {
        &self.0.parts.follower
    }

    pub(crate) fn public_url(&self) -> &Url {
        &self.0.parts.public_url
    }

    pub(crate) fn servers(&self) -> &Servers {
        &self.0.parts.servers
    }

    pub(crate) fn retention(&self) -> Retention {
        self.0.parts.retention
    }

    pub(crate) fn limits(&self) -> Limits {
        self.0.parts.limits
    }

    pub(crate) fn composites(&self) -> &Composites {
        &self.0.parts.composites
    }

    pub(crate) fn keys(&self) -> &TeamKeys {
        &self.0.keys
    }

    pub(crate) fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    pub(crate) fn stored(&self) -> &Cache<i64, StoreError> {
        &self.0.stored
    }

    pub(crate) fn noted(&self) -> &Cache<(), Infallible> {
        &self.0.noted
    }

    pub(crate) fn claims(&self) -> &Together<Asked, Told> {
        &self.0.claims
    }

    pub(crate) fn endings(&self) -> &Together<Ending, Result<bool, Failure>> {
        &self.0.endings
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.0.journal
    }
}
