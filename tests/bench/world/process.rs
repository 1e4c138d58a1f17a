//! What a process costs, read from `/proc`.

use std::iter::Sum;
use std::time::Duration;

/// Linux counts a process' time in hundredths of a second, whatever the machine.
const TICK: Duration = Duration::from_millis(10);

/// What a process and its children took of the processor since they began.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent(Duration);

impl Spent {
    /// By a process and its children; those that ended are counted by the parent that waited for them.
    pub(crate) fn by(process: u32) -> Self {
        Self(TICK * ticks(process))
    }

    fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// By a way and by the database behind it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SpentBy {
    pub(crate) own: Spent,
    pub(crate) database: Spent,
}

impl SpentBy {
    pub(crate) fn since(self, earlier: Self) -> (Duration, Duration) {
        (self.own.since(earlier.own), self.database.since(earlier.database))
    }
}

impl Sum for Spent {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        Self(all.map(|one| one.0).sum())
    }
}

fn ticks(id: u32) -> u32 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // The name, in brackets, may hold blanks. After it the state is the first field, so utime, stime and both of the
    // children's are these.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let own: u32 = fields.skip(11).take(4).filter_map(|field| field.parse::<u32>().ok()).sum();
    own + children(id).map(ticks).sum::<u32>()
}

fn children(id: u32) -> impl Iterator<Item = u32> {
    let path = format!("/proc/{id}/task/{id}/children");
    let list = std::fs::read_to_string(path).unwrap_or_default();
    list.split_whitespace().filter_map(|child| child.parse().ok()).collect::<Vec<_>>().into_iter()
}

/// The memory that a process keeps, in MiB.
pub(crate) fn resident(id: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells it");
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().expect("a number of KiB");
    kib / 1024.0
}
