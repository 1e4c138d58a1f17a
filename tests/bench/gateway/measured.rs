//! One turn of one way, in figures.

use crate::load::Ran;
use crate::report::Figure;
use crate::world::Spent;
use std::time::Duration;

/// What the processes had taken of the processor at one moment.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SpentBy {
    pub(super) way: Spent,
    pub(super) database: Spent,
}

impl SpentBy {
    /// Microseconds a request of the way's process, and of the database's.
    pub(super) fn a_request(self, earlier: Self, ran: &Ran) -> (f64, f64) {
        let each = |spent: Duration| spent.as_secs_f64() * 1e6 / ran.requests.max(1) as f64;
        (each(self.way.since(earlier.way)), each(self.database.since(earlier.database)))
    }
}

pub(super) fn figure(ran: &Ran, (cpu, database_cpu): (f64, f64), resident: f64) -> Figure {
    Figure {
        a_second: ran.requests as f64 / ran.took.as_secs_f64(),
        p50: ran.p50.as_secs_f64() * 1e3,
        p99: ran.p99.as_secs_f64() * 1e3,
        cpu,
        database_cpu,
        resident,
        errors: ran.errors,
    }
}
