//! Instants as people tell them: by the clock of the place, and by what is left.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The instant that is now, and the clock on the wall.
#[derive(Debug, Clone)]
pub(crate) struct Now {
    instant: Timestamp,
    zone: TimeZone,
}

impl Now {
    pub(crate) fn here() -> Self {
        Self { instant: Timestamp::now(), zone: TimeZone::system() }
    }

    /// An instant of UTC, for tests.
    #[cfg(test)]
    pub(crate) fn at(instant: &str) -> Self {
        Self { instant: instant.parse().unwrap(), zone: TimeZone::UTC }
    }

    /// `2026-11-21 12:00:00`, of an instant that is told in RFC 3339.
    pub(crate) fn shown(&self, instant: &str) -> String {
        let Ok(instant) = instant.parse::<Timestamp>() else { return instant.to_owned() };
        instant.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// `within 10 minutes`, of an instant that is told in RFC 3339.
    pub(crate) fn left_until(&self, until: &str) -> String {
        let Ok(until) = until.parse::<Timestamp>() else { return format!("until {until}") };
        match (until.as_second() - self.instant.as_second() + 59) / 60 {
            minutes if minutes > 1 => format!("within {minutes} minutes"),
            _ => "within a minute".to_owned(),
        }
    }
}
