//! A length of time in words: `400 days`, `5 seconds`.

use serde::{Deserialize, Deserializer, de};
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimeSpan(Duration);

impl TimeSpan {
    pub(crate) const ZERO: Self = Self(Duration::ZERO);

    pub(crate) fn days(days: u64) -> Self {
        Self(Duration::from_secs(days * 24 * 60 * 60))
    }

    pub(crate) fn duration(self) -> Duration {
        self.0
    }
}

impl<'de> Deserialize<'de> for TimeSpan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || {
            de::Error::custom(format!(
                "`{text}` is not a length of time; write `30 days`, `36 hours` or `5 seconds`"
            ))
        };
        let span: jiff::Span = text.parse().map_err(|_| wrong())?;
        let length = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
        Duration::try_from(length).map(Self).map_err(|_| wrong())
    }
}
