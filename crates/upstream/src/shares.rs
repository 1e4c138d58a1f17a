//! This process' shares of the budgets.
//!
//! A share of some sends is taken from the store at once and sent from, so that not each send costs a commit that all
//! replicas wait for. It counts in the store from when it was taken, and is used in the slot in which it counts: no
//! minute ever sees more than the limit. What it keeps from the other replicas is little: it grows with what was used
//! of the last one, it is never more than a part of the limit, and lasts a second; then it is given back with the next
//! taking. An upstream's 429 reaches the others within that second.

use keyferry_core::{Clocks, ErrorCode, Failure, Timestamp};
use keyferry_store::budgets::{self, Share, Taken};
use keyferry_store::{Db, StoreError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex as Turn;

/// How long a share is sent from.
const LASTS: Duration = Duration::from_secs(1);
/// A share is at most this part of the limit.
const PART: i64 = 64;
/// Beyond so many buckets, those whose share is over are forgotten; what was left of it comes back within 65 seconds.
const MANY: usize = 4096;

#[derive(Default)]
pub(crate) struct Shares(Mutex<HashMap<String, Arc<Bucket>>>);

#[derive(Default)]
struct Bucket {
    held: Mutex<Option<Held>>,
    /// One asks the store for all who wait.
    asking: Turn<()>,
}

#[derive(Clone, Copy)]
struct Held {
    share: Share,
    left: i64,
    until: Timestamp,
}

impl Shares {
    /// Takes one send.
    ///
    /// # Errors
    /// `rate_limited` when the budget is used up, `gateway_unavailable` when that can't be known.
    pub(crate) async fn take(
        &self,
        db: &Db,
        clock: &Clocks,
        bucket: &str,
        per_minute: i64,
    ) -> Result<(), Failure> {
        let own = self.bucket(bucket, clock.now());
        if own.take_held(clock.now()) {
            return Ok(());
        }
        Box::pin(own.ask(db, clock, bucket, per_minute)).await
    }

    /// Nothing is taken before `until`; nothing of what was taken is sent any more.
    pub(crate) async fn drain(&self, db: &Db, bucket: &str, until: Timestamp) -> Result<(), StoreError> {
        if let Some(own) = lock(&self.0).get(bucket) {
            *lock(&own.held) = None;
        }
        budgets::drain_until(db, bucket, until).await
    }

    fn bucket(&self, name: &str, now: Timestamp) -> Arc<Bucket> {
        let mut buckets = lock(&self.0);
        if let Some(known) = buckets.get(name) {
            return Arc::clone(known);
        }
        if buckets.len() >= MANY {
            buckets.retain(|_, bucket| bucket.is_needed(now));
        }
        Arc::clone(buckets.entry(name.to_owned()).or_default())
    }
}

impl Bucket {
    fn take_held(&self, now: Timestamp) -> bool {
        let mut held = lock(&self.held);
        let Some(held) = held.as_mut().filter(|held| held.left > 0 && held.is_good_at(now)) else {
            return false;
        };
        held.left -= 1;
        true
    }

    async fn ask(&self, db: &Db, clock: &Clocks, name: &str, per_minute: i64) -> Result<(), Failure> {
        let _turn = self.asking.lock().await;
        let now = clock.now();
        // Who had the turn before may have brought enough.
        if self.take_held(now) {
            return Ok(());
        }
        let before = lock(&self.held).take();
        let wanted = before.map_or(1, |held| held.used() * 2).clamp(1, (per_minute / PART).max(1));
        let unused = before.map(|held| held.share.less(held.used())).filter(|left| left.sends > 0);
        match budgets::take(db, name, per_minute, (wanted, unused), now).await {
            Ok(Taken::Share(share)) => {
                *lock(&self.held) = Some(Held { share, left: share.sends - 1, until: now + LASTS });
                Ok(())
            }
            Ok(Taken::Wait(wait)) => Err(exhausted(wait)),
            Err(error) => {
                Err(Failure::unavailable("The gateway can't count this send against its budget.", error))
            }
        }
    }

    fn is_needed(&self, now: Timestamp) -> bool {
        self.asking.try_lock().is_err() || lock(&self.held).is_some_and(|held| held.is_good_at(now))
    }
}

impl Held {
    fn is_good_at(&self, now: Timestamp) -> bool {
        now < self.until && self.share.is_good_at(now)
    }

    fn used(&self) -> i64 {
        self.share.sends - self.left
    }
}

fn exhausted(wait: Duration) -> Failure {
    Failure::new(ErrorCode::RateLimited, "The budget of this operation is used up; nothing was sent.")
        .hint("Wait as long as `retryAfterMs` says, then send the same call again.")
        .retry_after(wait)
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change beneath is whole before anything can panic.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyferry_core::{Clock, ManualClock};
    use tempfile::TempDir;

    struct Database {
        db: Db,
        _folder: TempDir,
    }

    async fn database() -> Database {
        let folder = TempDir::new().unwrap();
        let db = Db::open(&format!("sqlite:{}", folder.path().join("a.db").display())).await.unwrap();
        db.migrate().await.unwrap();
        Database { db, _folder: folder }
    }

    async fn taken(
        shares: &Shares,
        database: &Database,
        clock: &ManualClock,
        limit: i64,
        times: usize,
    ) -> usize {
        let clock: Clocks = Arc::new(clock.clone());
        let mut taken = 0;
        for _ in 0..times {
            taken += usize::from(shares.take(&database.db, &clock, "bucket", limit).await.is_ok());
        }
        taken
    }

    #[tokio::test]
    async fn two_replicas_together_send_no_more_than_the_limit_and_no_less() {
        let database = database().await;
        let (clock, one, other) = (ManualClock::new(), Shares::default(), Shares::default());
        assert_eq!(taken(&one, &database, &clock, 640, 400).await, 400);
        let both = taken(&other, &database, &clock, 640, 400).await;
        assert!((230..=240).contains(&both), "{both}: at most a share of ten may be left with the first");
        assert_eq!(taken(&one, &database, &clock, 640, 400).await, 240 - both);
    }

    #[tokio::test]
    async fn what_was_not_used_is_given_back() {
        let database = database().await;
        let (clock, one, other) = (ManualClock::new(), Shares::default(), Shares::default());
        // The last share, of ten, is used by one send only.
        assert_eq!(taken(&one, &database, &clock, 640, 26).await, 26);
        clock.advance(LASTS);
        assert_eq!(taken(&one, &database, &clock, 640, 1).await, 1);
        assert_eq!(taken(&other, &database, &clock, 640, 700).await, 640 - 27 - 1);
    }

    #[tokio::test]
    async fn a_drained_bucket_is_sent_from_no_more() {
        let database = database().await;
        let (clock, shares) = (ManualClock::new(), Shares::default());
        assert_eq!(taken(&shares, &database, &clock, 6400, 10).await, 10);
        shares.drain(&database.db, "bucket", clock.now() + LASTS * 3).await.unwrap();
        assert_eq!(taken(&shares, &database, &clock, 6400, 10).await, 0);
        clock.advance(LASTS * 3);
        assert_eq!(taken(&shares, &database, &clock, 6400, 10).await, 10);
    }
}
