//! How many events flow, and what was made to go wrong with them.
//!
//! Counts are made up from rates that are always the same, so that two periods compare as equal unless something was
//! planted between them.

use super::ids::stable_number;
use super::workspace::{Destination, Source};
use keyferry_core::Timestamp;

const MICROS_PER_MINUTE: i64 = 60_000_000;

/// What can be planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// A source sends nothing any more.
    Stopped,
    /// A destination refuses everything.
    Rejecting,
    /// A filter lets nothing through to a destination.
    Filtered,
}

#[derive(Debug, Clone)]
pub(crate) struct Hitch {
    /// The id of the source or destination.
    pub(crate) at: String,
    pub(crate) is: Trouble,
    pub(crate) since: Timestamp,
}

#[derive(Debug, Default)]
pub(crate) struct Pipeline {
    pub(crate) hitches: Vec<Hitch>,
}

/// From a time to a time, the second not within.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

impl Span {
    fn minutes(self) -> u64 {
        u64::try_from((self.to.micros() - self.from.micros()) / MICROS_PER_MINUTE).unwrap_or_default()
    }

    fn before(self, time: Timestamp) -> Self {
        Self { from: self.from, to: self.to.min(time).max(self.from) }
    }
}

/// What became of the events that were on their way to a destination.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Delivered {
    pub(crate) successes: u64,
    pub(crate) failures: u64,
    pub(crate) filtered: u64,
}

impl Pipeline {
    /// Since when something is wrong with a source or destination in this way.
    pub(crate) fn since(&self, at: &str, is: Trouble) -> Option<Timestamp> {
        self.hitches.iter().find(|hitch| hitch.at == at && hitch.is == is).map(|hitch| hitch.since)
    }

    /// Events that a source took in.
    pub(crate) fn received(&self, source: &Source, span: Span) -> u64 {
        if !source.enabled {
            return 0;
        }
        let flowing = self.since(&source.id, Trouble::Stopped).map_or(span, |since| span.before(since));
        flowing.minutes() * (5 + stable_number(&[&source.id, "a minute"], 20))
    }

    /// What became of a source's events at one of its destinations.
    pub(crate) fn delivered(&self, source: &Source, destination: &Destination, span: Span) -> Delivered {
        if !destination.enabled {
            return Delivered::default();
        }
        let all = self.received(source, span);
        let until =
            |is| self.since(&destination.id, is).map(|since| self.received(source, span.before(since)));
        let before_filter = until(Trouble::Filtered).unwrap_or(all);
        let successes = until(Trouble::Rejecting).unwrap_or(all).min(before_filter);
        Delivered { successes, failures: before_filter - successes, filtered: all - before_filter }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Value};

    fn source(enabled: bool) -> Source {
        Source {
            id: "s".into(),
            slug: "s".into(),
            name: "S".into(),
            metadata: Value::Null,
            workspace_id: "w".into(),
            enabled,
            write_keys: Vec::new(),
            settings: Map::new(),
            labels: Vec::new(),
            schema: Value::Null,
            warehouses: Vec::new(),
        }
    }

    fn destination() -> Destination {
        Destination {
            id: "d".into(),
            name: "D".into(),
            enabled: true,
            metadata: Value::Null,
            source_id: "s".into(),
            settings: Map::new(),
        }
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp(minute * MICROS_PER_MINUTE)
    }

    #[test]
    fn a_planted_hitch_counts_from_its_time_on() {
        let span = Span { from: at(0), to: at(60) };
        let healthy = Pipeline::default();
        let all = healthy.received(&source(true), span);
        assert!(all > 0);
        assert_eq!(healthy.received(&source(false), span), 0);
        let with = |of: &str, is| Pipeline { hitches: vec![Hitch { at: of.into(), is, since: at(30) }] };
        assert_eq!(with("s", Trouble::Stopped).received(&source(true), span), all / 2);
        let rejected = with("d", Trouble::Rejecting).delivered(&source(true), &destination(), span);
        assert_eq!((rejected.successes, rejected.failures, rejected.filtered), (all / 2, all / 2, 0));
        let filtered = with("d", Trouble::Filtered).delivered(&source(true), &destination(), span);
        assert_eq!((filtered.successes, filtered.failures, filtered.filtered), (all / 2, 0, all / 2));
    }
}
