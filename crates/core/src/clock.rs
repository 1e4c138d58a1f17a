//! Time: one type for instants, one trait for asking what time it is, so that a test can move it.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, Sub};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

/// An instant: microseconds since 1970-01-01T00:00:00Z. It is what the store keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this is; zero when it is not after.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// RFC 3339 in UTC with milliseconds, as every answer of the API spells an instant.
    #[must_use]
    pub fn rfc3339(self) -> String {
        let millis = self.0.div_euclid(1000);
        jiff::Timestamp::from_millisecond(millis)
            .map(|instant| format!("{instant:.3}"))
            .unwrap_or_else(|_| format!("{millis} ms"))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, later: Duration) -> Self {
        let micros = SignedDuration::try_from(later)
            .map_or(i64::MAX, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX));
        Self(self.0.saturating_add(micros))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, earlier: Duration) -> Self {
        Self(self.0.saturating_sub(micros(earlier)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// What time it is.
pub trait Clock: Send + Sync + fmt::Debug {
    fn now(&self) -> Timestamp;

    /// How long this process has run, about. Unlike `now`, nobody sets it back: for how long ago something was.
    fn ran(&self) -> Duration;
}

/// The clock that the rooms share.
pub type Clocks = Arc<dyn Clock>;

#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_microsecond())
    }

    fn ran(&self) -> Duration {
        static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
        BEGAN.elapsed()
    }
}

/// A clock that a test sets by hand. It starts at the real time.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Hands>);

#[derive(Debug)]
struct Hands {
    now: AtomicI64,
    ran: AtomicU64,
}

impl ManualClock {
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it reads the real clock once")]
    pub fn new() -> Self {
        Self(Arc::new(Hands { now: AtomicI64::new(SystemClock.now().0), ran: AtomicU64::new(0) }))
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.0.now.fetch_add(micros(by), Ordering::SeqCst);
        self.0.ran.fetch_add(micros(by).unsigned_abs(), Ordering::SeqCst);
    }

    /// Sets the time back, as an operator or a time server does; none passes.
    pub fn set_back(&self, by: Duration) {
        self.0.now.fetch_sub(micros(by), Ordering::SeqCst);
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.now.load(Ordering::SeqCst))
    }

    fn ran(&self) -> Duration {
        Duration::from_micros(self.0.ran.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_spelled_with_milliseconds_in_utc() {
        assert_eq!(Timestamp(1_700_000_000_123_456).rfc3339(), "2023-11-14T22:13:20.123Z");
        assert_eq!(Timestamp(0).rfc3339(), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn time_moves_both_ways_and_never_overflows() {
        let start = Timestamp(5_000_000);
        assert_eq!((start + Duration::from_secs(2)) - Duration::from_secs(3), Timestamp(4_000_000));
        assert_eq!(start + Duration::MAX, Timestamp(i64::MAX));
        assert_eq!(Timestamp(1).since(start), Duration::ZERO);
    }
}
