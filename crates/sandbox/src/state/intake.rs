//! What the Tracking API took in, and the message ids of the last 24 hours. One for both regions: Segment documents that
//! ids are deduplicated globally, neither per source nor per workspace.

use super::event::EventKind;
use crate::place::Area;
use keyferry_core::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const MOST_EVENTS: usize = 10_000;
const MOST_IDS: usize = 200_000;
const REMEMBERED: Duration = Duration::from_hours(24);

/// One event as `GET /__sandbox/events` shows it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Noted {
    /// Given by `Intake::note`.
    pub(crate) n: u64,
    pub(crate) region: Area,
    pub(crate) received_at: String,
    /// Null for a write key that nobody has.
    pub(crate) source_id: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<EventKind>,
    pub(crate) message_id: Option<String>,
    /// Segment's discard code; null when it was ingested.
    pub(crate) discarded: Option<&'static str>,
    pub(crate) timestamp: Option<String>,
    pub(crate) event: Value,
}

#[derive(Debug, Default)]
pub(crate) struct Intake(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    last: u64,
    events: VecDeque<Noted>,
    seen: HashSet<String>,
    order: VecDeque<(Timestamp, String)>,
}

impl Intake {
    /// False for a message id that was seen in the last 24 hours.
    pub(crate) fn is_new(&self, message_id: &str, now: Timestamp) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.forget_old(now);
        if !kept.seen.insert(message_id.to_owned()) {
            return false;
        }
        kept.order.push_back((now, message_id.to_owned()));
        true
    }

    pub(crate) fn note(&self, mut event: Noted) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.last += 1;
        event.n = kept.last;
        kept.events.push_back(event);
        if kept.events.len() > MOST_EVENTS {
            kept.events.pop_front();
        }
    }

    pub(crate) fn after(&self, n: u64) -> Vec<Noted> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.events.iter().filter(|event| event.n > n).cloned().collect()
    }

    /// Empties the list; message ids stay known.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).events.clear();
    }
}

impl Kept {
    fn forget_old(&mut self, now: Timestamp) {
        while let Some((at, _)) = self.order.front() {
            if now.since(*at) < REMEMBERED && self.order.len() < MOST_IDS {
                break;
            }
            if let Some((_, id)) = self.order.pop_front() {
                self.seen.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_for_a_day() {
        let intake = Intake::default();
        let start = Timestamp(0);
        assert!(intake.is_new("a", start));
        assert!(!intake.is_new("a", start + Duration::from_secs(86_399)));
        assert!(intake.is_new("a", start + Duration::from_secs(86_400)));
    }
}
