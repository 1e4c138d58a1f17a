//! What changed lately, so that a cache can tell whether an entry was read before or after.
//!
//! A cache that only dropped entries would miss the one that is being read while the change arrives, and keep it
//! for its whole life. So an entry remembers the epoch at which its reading began, and counts for as long as nothing
//! that it was made of changed after that.

use keyferry_core::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a change is remembered. Caches keep nothing longer than [`crate::CACHED_AT_MOST`], a sixth of it.
const REMEMBERED: Duration = Duration::from_secs(60);
/// Beyond this many, old marks are looked for and dropped.
const MANY: usize = 1024;

/// A point in the row of changes that this process has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(u64);

#[derive(Debug, Default)]
pub(crate) struct Changed(Mutex<Marks>);

#[derive(Debug, Default)]
struct Marks {
    epoch: u64,
    by_id: HashMap<String, Mark>,
}

#[derive(Debug)]
struct Mark {
    epoch: u64,
    at: Timestamp,
}

impl Changed {
    pub(crate) fn epoch(&self) -> Epoch {
        Epoch(self.marks().epoch)
    }

    pub(crate) fn mark(&self, id: &str, now: Timestamp) {
        let mut marks = self.marks();
        marks.epoch += 1;
        let epoch = marks.epoch;
        if marks.by_id.len() >= MANY {
            marks.by_id.retain(|_, mark| now.since(mark.at) < REMEMBERED);
        }
        marks.by_id.insert(id.to_owned(), Mark { epoch, at: now });
    }

    pub(crate) fn any_since(&self, ids: &[&str], epoch: Epoch) -> bool {
        let marks = self.marks();
        ids.iter().any(|id| marks.by_id.get(*id).is_some_and(|mark| mark.epoch > epoch.0))
    }

    fn marks(&self) -> MutexGuard<'_, Marks> {
        // Each change of the map is one insertion, so that a panic elsewhere leaves it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_stale_and_what_was_read_after_is_not() {
        let changed = Changed::default();
        let before = changed.epoch();
        changed.mark("dev_1", Timestamp(0));
        assert!(changed.any_since(&["team_1", "dev_1"], before));
        assert!(!changed.any_since(&["dev_2"], before));
        assert!(!changed.any_since(&["dev_1"], changed.epoch()));
    }

    #[test]
    fn old_marks_are_forgotten_and_recent_ones_kept() {
        let changed = Changed::default();
        let before = changed.epoch();
        for number in 0..MANY {
            changed.mark(&format!("old_{number}"), Timestamp(0));
        }
        let later = Timestamp(0) + REMEMBERED;
        changed.mark("new_1", later);
        changed.mark("new_2", later);
        assert_eq!(changed.marks().by_id.len(), 2);
        assert!(changed.any_since(&["new_1"], before));
    }
}
