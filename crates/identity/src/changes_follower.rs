//! Follows `store::changes`, so that a revocation made anywhere holds here.
//!
//! One task reads the new rows each 500 ms, and at once when Postgres notifies. Each row is marked (caches compare),
//! then told to everyone who subscribed (streams end, jobs are cancelled). When the rows could not be read for ten
//! seconds the follower is no longer [`healthy`](Follower::healthy), and calls are refused: a gateway that can't
//! hear of revocations must not act on tokens.

use crate::changed::{Changed, Epoch};
use keyferry_core::{Clocks, Timestamp};
use keyferry_store::changes::{self, Listener};
use keyferry_store::{Change, Db, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, broadcast};

/// How often the changes are read without being woken.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long they may go unread before calls are refused.
const UNREAD_AT_MOST: Duration = Duration::from_secs(10);
/// Rows of one reading.
const BATCH: i64 = 500;
/// Changes that a subscriber may be behind by before it is told that it missed some.
const BACKLOG: usize = 1024;

/// Cheap to clone; every clone is the same follower.
#[derive(Clone, Debug)]
pub struct Follower(Arc<Following>);

#[derive(Debug)]
struct Following {
    db: Db,
    clock: Clocks,
    /// The last change that was read. Held while reading, so that no change is told twice.
    cursor: Mutex<i64>,
    last_read: AtomicI64,
    changed: Changed,
    told: broadcast::Sender<Change>,
}

impl Follower {
    /// A follower of everything that changes from now on. It reads when [`Follower::run`] runs, or by
    /// [`Follower::catch_up`].
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn new(db: Db, clock: Clocks) -> Result<Self, StoreError> {
        let began = clock.now();
        let cursor = changes::latest(&db).await?;
        Ok(Self(Arc::new(Following {
            db,
            clock,
            cursor: Mutex::new(cursor),
            last_read: AtomicI64::new(began.micros()),
            changed: Changed::default(),
            told: broadcast::Sender::new(BACKLOG),
        })))
    }

    /// Every change from now on. A subscriber who is told `Lagged` must treat everything as changed.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.0.told.subscribe()
    }

    /// Whether the changes were read within the last ten seconds. While not, calls are refused.
    #[must_use]
    pub fn healthy(&self) -> bool {
        self.lag() < UNREAD_AT_MOST
    }

    /// How long ago the changes were read.
    #[must_use]
    pub fn lag(&self) -> Duration {
        let last_read = Timestamp(self.0.last_read.load(Ordering::Acquire));
        self.0.clock.now().since(last_read)
    }

    /// The point to remember before reading what a cache will keep.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.0.changed.epoch()
    }

    /// Whether one of these ids changed after `epoch`, so that what was read then no longer counts. A team's id counts
    /// as changed with anything in it: that is for what lists a team's rows.
    #[must_use]
    pub fn changed_since(&self, ids: &[&str], epoch: Epoch) -> bool {
        self.0.changed.any_since(ids, epoch)
    }

    /// Reads everything that changed until now. Whoever changes something calls this after its commit, so that the
    /// change holds on this replica before the answer leaves it.
    ///
    /// # Errors
    /// When the store can't be read; the running task tries again.
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        let mut cursor = self.0.cursor.lock().await;
        loop {
            let began = self.0.clock.now();
            let batch = changes::since(&self.0.db, *cursor, BATCH).await?;
            let full = i64::try_from(batch.len()).is_ok_and(|read| read >= BATCH);
            for change in batch {
                *cursor = change.seq;
                self.0.changed.mark(&change.id, began);
                if let Some(team) = &change.team {
                    self.0.changed.mark(team.as_str(), began);
                }
                // An error says only that nobody listens.
                let _ = self.0.told.send(change);
            }
            if !full {
                self.0.last_read.store(began.micros(), Ordering::Release);
                return Ok(());
            }
        }
    }

    /// As [`Follower::catch_up`] after a commit that stands whatever happens now: a failure is only logged, since
    /// the running task reads the change later or refuses calls.
    pub async fn catch_up_soon(&self) {
        if let Err(error) = self.catch_up().await {
            tracing::warn!(%error, "a change could not be read back at once");
        }
    }

    /// Follows until it is dropped.
    pub async fn run(self) {
        let mut listener = None;
        loop {
            match self.catch_up().await {
                // Without a listener the interval has to do, as it always does on SQLite.
                Ok(()) if listener.is_none() => listener = changes::listen(&self.0.db).await.ok(),
                Ok(()) => {}
                Err(error) => {
                    tracing::warn!(%error, healthy = self.healthy(), "the changes could not be read");
                }
            }
            tokio::select! {
                () = tokio::time::sleep(INTERVAL) => {}
                () = woken(&mut listener) => {}
            }
        }
    }
}

/// Waits for the database to say that something changed; for ever when it never does.
async fn woken(listener: &mut Option<Listener>) {
    if let Some(listening) = listener
        && listening.wait().await.is_ok()
    {
        return;
    }
    *listener = None;
    std::future::pending::<()>().await;
}
