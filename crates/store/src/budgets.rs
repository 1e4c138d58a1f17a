//! How often an outside system may be called, counted for all replicas together.
//!
//! A bucket counts by slots of five seconds. What was taken in the slot of now and in the twelve before it is at most the
//! limit, so no sixty seconds ever see more, wherever they begin; what an upstream with a limit per minute counts is never
//! exceeded by us. A limit that is used up comes back within 65 seconds.

use crate::bind::binds;
use crate::row::{FromRow, Row};
use crate::{Db, StoreError, Tx, Via};
use keyferry_core::Timestamp;
use std::time::Duration;

/// In microseconds.
const SLOT: i64 = 5_000_000;
/// The slot of now, which has only begun, and a whole minute before it.
const SLOTS: usize = 13;

/// Sends that were taken, and the slot in which they count: they are to be made before it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    pub sends: i64,
    slot: i64,
}

impl Share {
    /// Whether what is sent now is sent in the slot that it was taken from.
    #[must_use]
    pub fn is_good_at(&self, now: Timestamp) -> bool {
        slot_of(now) <= self.slot
    }

    /// What is left of it after so many sends.
    #[must_use]
    pub fn less(self, sends: i64) -> Self {
        Self { sends: self.sends - sends, ..self }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// At least one send.
    Share(Share),
    /// Nothing was taken. It is worth asking again after so long, and not before.
    Wait(Duration),
}

/// Takes `wanted` sends of the bucket's `per_minute`, or as many as there are. Of any number of takers at once, as many
/// get one as there are. What was not used of an earlier share is given back first.
pub async fn take(
    db: &Db,
    bucket: &str,
    per_minute: i64,
    (wanted, unused): (i64, Option<Share>),
    now: Timestamp,
) -> Result<Taken, StoreError> {
    const SQL: &str = "UPDATE budgets SET slot = $2, taken = $3 WHERE bucket = $1";
    let mut tx = db.begin().await?;
    let mut budget = hold(&mut tx, bucket).await?;
    budget.advance(slot_of(now));
    if let Some(unused) = unused {
        budget.give_back(unused);
    }
    let taken = match budget.room_after(per_minute, now) {
        Some(wait) => Taken::Wait(wait),
        None => Taken::Share(budget.share(wanted, per_minute)),
    };
    tx.via().execute(SQL, binds![bucket, budget.slot, budget.text()]).await?;
    tx.commit().await?;
    Ok(taken)
}

/// The upstream says that the bucket is empty until then: nothing is taken before. A later end that is already known
/// stays.
pub async fn drain_until(db: &Db, bucket: &str, until: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE budgets SET blocked_until = $2 WHERE bucket = $1 AND blocked_until < $2";
    let mut tx = db.begin().await?;
    hold(&mut tx, bucket).await?;
    tx.via().execute(SQL, binds![bucket, until]).await?;
    tx.commit().await
}

/// Deletes buckets that nothing was taken from since `before` and that are not held back, at most `limit`: a new one says
/// the same. Of a deleted credential nothing is taken any more.
pub async fn prune<'a>(via: impl Into<Via<'a>>, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM budgets WHERE bucket IN (SELECT o.bucket FROM budgets o \
         WHERE o.blocked_until < $1 AND o.slot < $2 LIMIT $3) AND blocked_until < $1 AND slot < $2";
    via.into().execute(SQL, binds![before, slot_of(before), limit]).await
}

/// The bucket as it is; other takers wait until the transaction ends.
async fn hold(tx: &mut Tx, bucket: &str) -> Result<Budget, StoreError> {
    const SQL: &str = "INSERT INTO budgets (bucket, slot, taken, blocked_until) \
         VALUES ($1, CAST(0 AS BIGINT), '', CAST(0 AS BIGINT)) ON CONFLICT (bucket) DO UPDATE SET slot = budgets.slot RETURNING slot, taken, blocked_until";
    let held: Option<Budget> = tx.via().optional_changed(SQL, binds![bucket]).await?;
    held.ok_or_else(|| StoreError::corrupt(Budget::TABLE, "holding a bucket answered no row"))
}

fn slot_of(now: Timestamp) -> i64 {
    now.micros().div_euclid(SLOT)
}

struct Budget {
    /// The latest slot.
    slot: i64,
    /// What was taken in the latest slot, and in those before it.
    taken: [i64; SLOTS],
    blocked_until: Timestamp,
}

impl FromRow for Budget {
    const TABLE: &'static str = "budgets";

    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let text: String = row.column(Self::TABLE, "taken")?;
        let mut taken = [0; SLOTS];
        for (slot, number) in taken.iter_mut().zip(text.split_whitespace()) {
            let number = number.parse();
            *slot = number.map_err(|_| StoreError::corrupt(Self::TABLE, "column `taken`: not numbers"))?;
        }
        let blocked_until = row.column(Self::TABLE, "blocked_until")?;
        Ok(Self { slot: row.column(Self::TABLE, "slot")?, taken, blocked_until })
    }
}

impl Budget {
    /// Makes `slot` the latest. A replica whose clock is behind counts in the slot that is the latest already.
    fn advance(&mut self, slot: i64) {
        let by = usize::try_from(slot.saturating_sub(self.slot)).unwrap_or(0).min(SLOTS);
        self.taken.rotate_right(by % SLOTS);
        self.taken[..by].fill(0);
        self.slot = self.slot.max(slot);
    }

    /// What was taken in a slot that has left the window counts no more anyway.
    fn give_back(&mut self, unused: Share) {
        let ago = usize::try_from(self.slot.saturating_sub(unused.slot));
        if let Some(taken) = ago.ok().and_then(|ago| self.taken.get_mut(ago)) {
            *taken = taken.saturating_sub(unused.sends).max(0);
        }
    }

    /// There is room for one.
    fn share(&mut self, wanted: i64, per_minute: i64) -> Share {
        let room = per_minute - self.taken.iter().sum::<i64>();
        let sends = wanted.min(room).max(1);
        self.taken[0] += sends;
        Share { sends, slot: self.slot }
    }

    /// `None`: there is room for one. Otherwise how long until there is, if nobody takes any meanwhile; at least a
    /// millisecond, so that nobody spins.
    fn room_after(&self, per_minute: i64, now: Timestamp) -> Option<Duration> {
        let at = self.room_at(per_minute).max(self.blocked_until);
        (at > now).then(|| at.since(now).max(Duration::from_millis(1)))
    }

    /// When so many of the oldest slots have left the window that fewer than the limit are taken in the others.
    fn room_at(&self, per_minute: i64) -> Timestamp {
        let mut taken: i64 = self.taken.iter().sum();
        let mut leaving = SLOTS;
        while taken >= per_minute && leaving > 0 {
            leaving -= 1;
            taken -= self.taken[leaving];
        }
        if leaving == SLOTS {
            return Timestamp(0);
        }
        let slots = i64::try_from(SLOTS - leaving).unwrap_or(0);
        Timestamp((self.slot + slots) * SLOT)
    }

    fn text(&self) -> String {
        self.taken.map(|number| number.to_string()).join(" ")
    }
}
