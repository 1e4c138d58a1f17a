//! The figures of all turns, and what is typical of them.

use crate::load::Ran;
use std::fmt;
use std::time::Duration;

/// One way in one round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figure {
    /// Requests.
    pub(crate) a_second: f64,
    /// Milliseconds in which half of the requests are answered, and 99 in a hundred.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// Microseconds of the processor for one request: the way's own process, and the database.
    pub(crate) cpu: f64,
    pub(crate) database_cpu: f64,
    /// MiB.
    pub(crate) resident: f64,
    pub(crate) errors: u64,
}

impl Figure {
    /// What a load came to, and what it took of the processor: of the way's own processes, and of the database.
    pub(crate) fn of(ran: &Ran, (own, database): (Duration, Duration), resident: f64) -> Self {
        let a_request = |spent: Duration| spent.as_secs_f64() * 1e6 / ran.requests.max(1) as f64;
        Self {
            a_second: ran.requests as f64 / ran.took.as_secs_f64(),
            p50: ran.p50.as_secs_f64() * 1e3,
            p99: ran.p99.as_secs_f64() * 1e3,
            cpu: a_request(own),
            database_cpu: a_request(database),
            resident,
            errors: ran.errors,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>8.0}/s  p50 {:>7.3} ms  p99 {:>8.3} ms  CPU {:>6.1} µs + {:>6.1} µs  {:>6.1} MiB  {} errors",
            self.a_second, self.p50, self.p99, self.cpu, self.database_cpu, self.resident, self.errors
        )
    }
}

#[derive(Debug)]
struct Turn {
    way: String,
    connections: usize,
    round: usize,
    figure: Figure,
}

/// All turns of a run.
#[derive(Debug)]
pub(crate) struct Figures {
    beside: String,
    turns: Vec<Turn>,
}

/// What is typical of a way at a number of connections: medians over the rounds. The ratios are those of each round.
#[derive(Debug, Clone)]
pub(super) struct Typical {
    pub(super) way: String,
    pub(super) figure: Figure,
    /// Requests a second and processor time, as parts of what the other one's were in the same round.
    pub(super) speed_ratio: f64,
    pub(super) cpu_ratio: f64,
}

impl Figures {
    /// Each way is compared with this one.
    pub(crate) fn beside(way: &str) -> Self {
        Self { beside: way.to_owned(), turns: Vec::new() }
    }

    pub(crate) fn add(&mut self, way: &str, connections: usize, round: usize, figure: Figure) {
        self.turns.push(Turn { way: way.to_owned(), connections, round, figure });
    }

    /// In the order in which they were measured.
    pub(super) fn connections(&self) -> Vec<usize> {
        in_order(self.turns.iter().map(|turn| turn.connections))
    }

    /// The ways at this number of connections, in the order in which they were measured.
    pub(super) fn typical(&self, connections: usize) -> Vec<Typical> {
        let ways = in_order(self.turns.iter().map(|turn| &turn.way));
        ways.into_iter().filter_map(|way| self.typical_of(way, connections)).collect()
    }

    fn typical_of(&self, way: &str, connections: usize) -> Option<Typical> {
        let turns: Vec<&Turn> =
            self.turns.iter().filter(|turn| turn.way == way && turn.connections == connections).collect();
        let of = |what: fn(&Figure) -> f64| median(turns.iter().map(|turn| what(&turn.figure)));
        let ratio = |what: fn(&Figure) -> f64| {
            median(turns.iter().filter_map(|turn| Some(what(&turn.figure) / what(self.other(turn)?))))
        };
        let figure = Figure {
            a_second: of(|figure| figure.a_second)?,
            p50: of(|figure| figure.p50)?,
            p99: of(|figure| figure.p99)?,
            cpu: of(|figure| figure.cpu)?,
            database_cpu: of(|figure| figure.database_cpu)?,
            resident: of(|figure| figure.resident)?,
            errors: turns.iter().map(|turn| turn.figure.errors).sum(),
        };
        Some(Typical {
            way: way.to_owned(),
            figure,
            speed_ratio: ratio(|figure| figure.a_second)?,
            cpu_ratio: ratio(|figure| figure.cpu)?,
        })
    }

    /// What a turn is compared with.
    fn other(&self, turn: &Turn) -> Option<&Figure> {
        let same = |other: &&Turn| {
            other.way == self.beside && other.round == turn.round && other.connections == turn.connections
        };
        self.turns.iter().find(same).map(|turn| &turn.figure)
    }
}

/// The middle one; of an even number, the mean of the two.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let (last, half) = (values.len().checked_sub(1)?, values.len() / 2);
    Some((values[half] + values[last - half]) / 2.0)
}

fn in_order<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = Vec::new();
    for value in values {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}
