//! Follows `store::changes`, so that a revocation made anywhere holds here.
//!
//! One task reads the new rows each 500 ms, and at once when Postgres notifies. Each row is marked (caches compare),
//! then told to everyone who subscribed (streams end, jobs are cancelled). When the rows could not be read for ten
//! seconds the follower is no longer [`healthy`](Follower::healthy), and calls are refused: a gateway that can't
//! hear of revocations must not act on tokens.

use crate::changed::{Changed, Epoch};
use keyferry_core::Clocks;
use keyferry_store::changes::{self, Listener};
use keyferry_store::{Change, Db, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard, broadcast};

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
    /// Held while reading, so that no change is told twice.
    cursor: Mutex<Cursor>,
    /// How many readings were begun.
    begun: AtomicU64,
    /// How long the clock had run then, in microseconds.
    last_read: AtomicU64,
    changed: Changed,
    told: broadcast::Sender<Change>,
}

#[derive(Debug)]
struct Cursor {
    /// The last change that was read.
    seq: i64,
    /// The last reading that came to an end, well or not; they are counted from 1.
    ended: u64,
}

impl Follower {
    /// A follower of everything that changes from now on. It reads when [`Follower::run`] runs, or by
    /// [`Follower::catch_up`].
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn new(db: Db, clock: Clocks) -> Result<Self, StoreError> {
        let began = clock.ran();
        let seq = changes::latest(&db).await?;
        Ok(Self(Arc::new(Following {
            db,
            clock,
            cursor: Mutex::new(Cursor { seq, ended: 0 }),
            begun: AtomicU64::new(0),
            last_read: AtomicU64::new(micros(began)),
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

    /// How long ago the changes were read, by a clock that nobody sets back.
    #[must_use]
    pub fn lag(&self) -> Duration {
        let last_read = Duration::from_micros(self.0.last_read.load(Ordering::Acquire));
        self.0.clock.ran().saturating_sub(last_read)
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
        let cursor = self.0.cursor.lock().await;
        self.read(cursor).await
    }

    async fn read(&self, mut cursor: MutexGuard<'_, Cursor>) -> Result<(), StoreError> {
        let reading = self.0.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let read = self.read_from(&mut cursor.seq).await;
        cursor.ended = reading;
        read
    }

    async fn read_from(&self, seq: &mut i64) -> Result<(), StoreError> {
        loop {
            let (began, ran) = (self.0.clock.now(), self.0.clock.ran());
            let batch = changes::since(&self.0.db, *seq, BATCH).await?;
            let full = i64::try_from(batch.len()).is_ok_and(|read| read >= BATCH);
            for change in batch {
                *seq = change.seq;
                self.0.changed.mark(&change.id, began);
                if let Some(team) = &change.team {
                    self.0.changed.mark(team.as_str(), began);
                }
                // An error says only that nobody listens.
                let _ = self.0.told.send(change);
            }
            if !full {
                self.0.last_read.store(micros(ran), Ordering::Release);
                return Ok(());
            }
        }
    }

    /// As [`Follower::catch_up`] after a commit that stands whatever happens now: a failure is only logged, since
    /// the running task reads the change later or refuses calls. Those who wait share one reading, since one that began
    /// after their commits sees them all: a database that stalls is not waited for once by each.
    pub async fn catch_up_soon(&self) {
        let begun = self.0.begun.load(Ordering::Acquire);
        let cursor = self.0.cursor.lock().await;
        if cursor.ended > begun {
            return;
        }
        if let Err(error) = self.read(cursor).await {
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

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
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

#[cfg(test)]
mod tests {
    use super::*;
    use keyferry_core::ManualClock;
    use keyferry_testkit::database::{Database, Engine};
    use tokio::task::{JoinSet, yield_now};

    #[tokio::test]
    async fn those_who_wait_share_one_reading() {
        let database = Database::new(Engine::Sqlite).await;
        let follower = Follower::new(database.db.clone(), Arc::new(ManualClock::new())).await.unwrap();
        let under_way = follower.0.cursor.lock().await;
        let mut waiting = JoinSet::new();
        for _ in 0..10 {
            let follower = follower.clone();
            waiting.spawn(async move { follower.catch_up_soon().await });
        }
        yield_now().await;
        drop(under_way);
        waiting.join_all().await;
        assert_eq!(follower.0.begun.load(Ordering::Acquire), 1);
        follower.catch_up_soon().await;
        assert_eq!(follower.0.begun.load(Ordering::Acquire), 2, "who comes after it reads anew");
    }
}
