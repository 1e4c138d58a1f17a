//! How long the journal is kept.

use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Rows of calls (`journal.keep`).
    pub calls: Duration,
    /// Arguments, states and answers (`journal.keep_bodies`).
    pub bodies: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self { calls: 400 * DAY, bodies: 30 * DAY }
    }
}
