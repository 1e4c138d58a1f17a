//! How often an outside system may be called, counted for all replicas together.
//!
//! A bucket holds what was taken in this minute and in the one before. The minute before counts by the share of it that
//! lies within the last sixty seconds, so no sixty seconds see noticeably more than the limit, wherever they begin.

use crate::bind::binds;
use crate::row::{FromRow, Number, Row};
use crate::{Db, StoreError, Via};
use keyferry_core::Timestamp;
use std::time::Duration;

/// In microseconds.
const MINUTE: i64 = 60_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Yes,
    /// Nothing was taken. It is worth asking again after so long, and not before.
    Wait(Duration),
}

/// Takes one of `per_minute` from the bucket. One statement: of any number of takers at once, as many get one as there
/// is room for.
pub async fn take(db: &Db, bucket: &str, per_minute: i64, now: Timestamp) -> Result<Taken, StoreError> {
    const SQL: &str = "INSERT INTO budgets (bucket, minute, used, previous, blocked_until) \
         VALUES ($1, $2, CAST(1 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT)) \
         ON CONFLICT (bucket) DO UPDATE SET \
         previous = CASE WHEN budgets.minute >= $2 THEN budgets.previous \
             WHEN budgets.minute = $2 - 1 THEN budgets.used ELSE 0 END, \
         used = CASE WHEN budgets.minute >= $2 THEN budgets.used + 1 ELSE 1 END, \
         minute = CASE WHEN budgets.minute > $2 THEN budgets.minute ELSE $2 END \
         WHERE budgets.blocked_until <= $3 AND CASE \
             WHEN budgets.minute >= $2 THEN budgets.previous * $4 + (budgets.used + 1) * 60000000 \
             WHEN budgets.minute = $2 - 1 THEN budgets.used * $4 + 60000000 \
             ELSE 60000000 END <= $5 * 60000000 \
         RETURNING used AS n";
    let minute = now.micros().div_euclid(MINUTE);
    let rest = MINUTE - now.micros().rem_euclid(MINUTE);
    let binds = binds![bucket, minute, now, rest, per_minute];
    let taken: Option<Number> = Via::from(db).optional_changed(SQL, binds).await?;
    if taken.is_some() {
        return Ok(Taken::Yes);
    }
    let budget = read(db, bucket).await?;
    Ok(Taken::Wait(budget.map_or(Duration::from_millis(1), |budget| budget.wait(per_minute, now))))
}

/// The upstream says that the bucket is empty until then: nothing is taken before. A later end that is already known
/// stays.
pub async fn drain_until(db: &Db, bucket: &str, until: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO budgets (bucket, minute, used, previous, blocked_until) \
         VALUES ($1, CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), $2) \
         ON CONFLICT (bucket) DO UPDATE SET blocked_until = excluded.blocked_until \
         WHERE budgets.blocked_until < excluded.blocked_until";
    Via::from(db).execute(SQL, binds![bucket, until]).await.map(|_| ())
}

async fn read(db: &Db, bucket: &str) -> Result<Option<Budget>, StoreError> {
    const SQL: &str = "SELECT minute, used, previous, blocked_until FROM budgets WHERE bucket = $1";
    Via::from(db).optional(SQL, binds![bucket]).await
}

struct Budget {
    minute: i64,
    used: i64,
    previous: i64,
    blocked_until: Timestamp,
}

impl FromRow for Budget {
    const TABLE: &'static str = "budgets";

    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            minute: row.column(Self::TABLE, "minute")?,
            used: row.column(Self::TABLE, "used")?,
            previous: row.column(Self::TABLE, "previous")?,
            blocked_until: row.column(Self::TABLE, "blocked_until")?,
        })
    }
}

impl Budget {
    /// Until there is room for one, if nobody takes any meanwhile. At least a millisecond, so that nobody spins.
    fn wait(&self, per_minute: i64, now: Timestamp) -> Duration {
        let room = Timestamp(self.room_at(per_minute, now));
        room.max(self.blocked_until).since(now).max(Duration::from_millis(1))
    }

    fn room_at(&self, per_minute: i64, now: Timestamp) -> i64 {
        let start = self.minute * MINUTE;
        let free = per_minute - 1;
        let counted = if now.micros() < start + MINUTE {
            // In this minute, the one before fades away; when even its end leaves no room, the next minute goes on.
            match fade(self.previous, free - self.used) {
                Some(after) => return start + after,
                None => self.used,
            }
        } else {
            self.used
        };
        start + MINUTE + fade(counted, free).unwrap_or(MINUTE)
    }
}

/// How long into a minute until what was `taken` in the one before counts as no more than `room`; `None`: not before its
/// end.
fn fade(taken: i64, room: i64) -> Option<i64> {
    match (taken, room) {
        (_, room) if room < 0 => None,
        (taken, room) if taken <= room => Some(0),
        (taken, room) => Some(MINUTE - (MINUTE * room) / taken),
    }
}
