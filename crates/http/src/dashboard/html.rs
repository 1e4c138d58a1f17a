//! Small pieces of HTML that many pages hold. Everything variable in them is escaped or can't need it.

use askama::filters::HtmlSafe;
use keyferry_core::Timestamp;
use std::fmt::{self, Write};
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// An instant, seen from the moment in which the page is made: `3 minutes ago`, with the full time beneath it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct When {
    at: Timestamp,
    now: Timestamp,
}

impl When {
    pub(super) fn new(at: Timestamp, now: Timestamp) -> Self {
        Self { at, now }
    }

    /// An instant as the broker's views spell it.
    pub(super) fn of_text(text: &str, now: Timestamp) -> Option<Self> {
        let instant: jiff::Timestamp = text.parse().ok()?;
        Some(Self { at: Timestamp(instant.as_microsecond()), now })
    }

    /// In words: `in 9 minutes`, `just now`, `2026-01-31`.
    fn words(&self) -> String {
        if self.at > self.now {
            return match counted(self.at.since(self.now)) {
                Some(span) => format!("in {span}"),
                None => "in a moment".to_owned(),
            };
        }
        let ago = self.now.since(self.at);
        if ago.as_secs() >= 30 * DAY {
            return self.at.rfc3339().chars().take("2026-01-31".len()).collect();
        }
        counted(ago).map_or_else(|| "just now".to_owned(), |span| format!("{span} ago"))
    }

    /// `2026-01-31 12:00:00 UTC`
    fn full(&self) -> String {
        let text = self.at.rfc3339().replace('T', " ");
        format!("{} UTC", text.chars().take("2026-01-31 12:00:00".len()).collect::<String>())
    }
}

/// `None` below a minute.
fn counted(span: Duration) -> Option<String> {
    let seconds = span.as_secs();
    let (count, unit) = match seconds {
        0..MINUTE => return None,
        MINUTE..HOUR => (seconds / MINUTE, "minute"),
        HOUR..DAY => (seconds / HOUR, "hour"),
        _ => (seconds / DAY, "day"),
    };
    Some(if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") })
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (iso, full, words) = (self.at.rfc3339(), self.full(), self.words());
        write!(f, r#"<time datetime="{iso}" title="{full}">{words}</time>"#)
    }
}

// Digits, letters and punctuation of our own only.
impl HtmlSafe for When {}

/// A sentence in which what stands between backticks is typed as it is: a command, a tool's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said<'a>(pub(super) &'a str);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_paired = self.0.matches('`').count().is_multiple_of(2);
        if !is_paired {
            return write!(f, "{}", Escaped(self.0));
        }
        for (number, part) in self.0.split('`').enumerate() {
            match number % 2 {
                0 => write!(f, "{}", Escaped(part))?,
                _ => write!(f, "<code>{}</code>", Escaped(part))?,
            }
        }
        Ok(())
    }
}

// Everything that is not a tag of ours is escaped.
impl HtmlSafe for Said<'_> {}

struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|char| match char {
            '<' | '>' | '&' | '"' | '\'' => write!(f, "&#{};", u32::from(char)),
            other => f.write_char(other),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_as_it_is_stands_apart_and_nothing_becomes_a_tag() {
        assert_eq!(
            Said("Run `a <b>` now & then").to_string(),
            "Run <code>a &#60;b&#62;</code> now &#38; then"
        );
        assert_eq!(Said("one ` alone <").to_string(), "one ` alone &#60;");
    }

    fn words(at: i64, now: i64) -> String {
        When::new(Timestamp(at * 1_000_000), Timestamp(now * 1_000_000)).words()
    }

    #[test]
    fn the_past_and_the_future_in_words() {
        assert_eq!(words(1000, 1000), "just now");
        assert_eq!(words(1000, 1061), "1 minute ago");
        assert_eq!(words(0, 7300), "2 hours ago");
        assert_eq!(words(1600, 1000), "in 10 minutes");
        assert_eq!(words(1010, 1000), "in a moment");
        assert_eq!(words(0, 90 * 24 * 3600), "1970-01-01");
    }

    #[test]
    fn a_text_of_the_api_is_read_back() {
        let now = Timestamp(0);
        assert_eq!(
            When::of_text("1970-01-01T00:01:00.000Z", now),
            Some(When::new(Timestamp(60_000_000), now))
        );
        assert_eq!(When::of_text("yesterday", now), None);
    }
}
