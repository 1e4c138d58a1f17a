//! How often one caller may ask: fixed windows, as Segment's counters are described.

use keyferry_core::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Requests a window. A test sets its own.
#[derive(Debug, Clone, Copy)]
pub struct SandboxLimits {
    /// A minute, for each token and operation. Segment publishes no number; this one stays out of a load test's way.
    pub public_api_per_minute: u32,
    /// A second, for the workspace; Segment recommends to stay under 1000.
    pub tracking_per_second: u32,
    /// A second, for the space: Segment documents 100.
    pub profiles_per_second: u32,
}

impl Default for SandboxLimits {
    fn default() -> Self {
        Self { public_api_per_minute: 60_000, tracking_per_second: 1_000, profiles_per_second: 100 }
    }
}

/// How a window stands after one request was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) allowed: bool,
    pub(crate) consumed: u32,
    pub(crate) remaining: u32,
    pub(crate) resets_at: Timestamp,
}

impl Standing {
    /// Whole seconds until the window ends, at least one.
    pub(crate) fn seconds_left(&self, now: Timestamp) -> u64 {
        self.resets_at.since(now).as_micros().div_ceil(1_000_000).max(1).try_into().unwrap_or(u64::MAX)
    }
}

/// Counters of one API, by whatever its limit is told apart by. The keys are few: they are made of known credentials and
/// of operations.
#[derive(Debug)]
pub(crate) struct Windows {
    limit: u32,
    length: Duration,
    open: Mutex<HashMap<String, (Timestamp, u32)>>,
}

impl Windows {
    pub(crate) fn new(limit: u32, length: Duration) -> Self {
        Self { limit, length, open: Mutex::default() }
    }

    pub(crate) fn count(&self, key: &str, now: Timestamp) -> Standing {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let (opened, consumed) = open.entry(key.to_owned()).or_insert((now, 0));
        if now.since(*opened) >= self.length {
            (*opened, *consumed) = (now, 0);
        }
        *consumed = consumed.saturating_add(1);
        Standing {
            allowed: *consumed <= self.limit,
            consumed: *consumed,
            remaining: self.limit.saturating_sub(*consumed),
            resets_at: *opened + self.length,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_fills_refuses_and_opens_again() {
        let windows = Windows::new(2, Duration::from_secs(60));
        let start = Timestamp(0);
        let later = start + Duration::from_secs(59);
        assert_eq!([1, 2, 3].map(|_| windows.count("a", start).allowed), [true, true, false]);
        let refused = windows.count("a", later);
        assert!(!refused.allowed);
        assert_eq!((refused.remaining, refused.seconds_left(later)), (0, 1));
        assert!(windows.count("b", later).allowed, "another key has a window of its own");
        assert!(windows.count("a", start + Duration::from_secs(60)).allowed);
    }
}
