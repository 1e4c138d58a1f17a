//! How long the upstream asks to wait.
//!
//! `Retry-After` is seconds or a date. `X-RateLimit-Reset` is a date in Segment's Public API and seconds in its
//! tracking API; systems elsewhere put seconds since 1970 there. All are understood wherever they come from.

use http::HeaderMap;
use keyferry_core::Timestamp;
use std::time::Duration;

/// No answer of an upstream holds a budget back for longer than this.
const LONGEST: Duration = Duration::from_secs(3600);

/// Seconds beyond this are counted from 1970, not from now.
const EPOCH_SECONDS: u64 = 1_000_000_000;

/// The wait that the headers ask for; `Retry-After` comes before `X-RateLimit-Reset`.
pub(crate) fn wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    ["retry-after", "x-ratelimit-reset"]
        .into_iter()
        .filter_map(|name| headers.get(name)?.to_str().ok())
        .find_map(|text| read(text.trim(), now))
        .map(|wait| wait.min(LONGEST))
}

fn read(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(match seconds {
            EPOCH_SECONDS.. => Timestamp(i64::try_from(seconds).ok()?.checked_mul(1_000_000)?).since(now),
            _ => Duration::from_secs(seconds),
        });
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp(date.timestamp().as_microsecond()).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    /// 2026-11-20T20:00:00Z
    const NOW: Timestamp = Timestamp(1_795_204_800_000_000);

    #[rstest]
    #[case::seconds("retry-after", "7", Some(7))]
    #[case::date("retry-after", "Fri, 20 Nov 2026 20:00:30 GMT", Some(30))]
    #[case::past_date("retry-after", "Fri, 20 Nov 2026 19:00:00 GMT", Some(0))]
    #[case::reset_as_date("x-ratelimit-reset", "Fri, 20 Nov 2026 20:01:00 +0000", Some(60))]
    #[case::reset_as_seconds("x-ratelimit-reset", "12", Some(12))]
    #[case::reset_since_1970("x-ratelimit-reset", "1795204805", Some(5))]
    #[case::beyond_reason("retry-after", "999999", Some(3600))]
    #[case::overflow("retry-after", "18446744073709551615", None)]
    #[case::nonsense("retry-after", "soon", None)]
    #[case::negative("retry-after", "-3", None)]
    fn a_header_asks_for_a_wait(
        #[case] name: &'static str,
        #[case] text: &str,
        #[case] seconds: Option<u64>,
    ) {
        let headers = HeaderMap::from_iter([(
            http::HeaderName::from_static(name),
            http::HeaderValue::from_str(text).expect("a header value"),
        )]);
        assert_eq!(wait(&headers, NOW), seconds.map(Duration::from_secs));
    }

    proptest! {
        /// Digits, dates and whatever else fits into a header.
        #[test]
        fn whatever_a_header_says_the_wait_has_an_end(
            text in prop_oneof![
                "[ -~]{0,60}",
                "[0-9]{1,40}",
                "(Mon|Fri|Xyz), [0-9]{1,2} (Jan|Nov|Foo) [0-9]{1,6} [0-9]{2}:[0-9]{2}:[0-9]{2} (GMT|[+-][0-9]{4})",
            ],
            now in any::<i64>(),
        ) {
            let headers = HeaderMap::from_iter([(
                http::header::RETRY_AFTER,
                http::HeaderValue::from_str(&text).expect("a header value"),
            )]);
            prop_assert!(wait(&headers, Timestamp(now)).is_none_or(|wait| wait <= LONGEST));
        }
    }

    #[test]
    fn retry_after_comes_before_reset() {
        let mut headers = HeaderMap::new();
        headers.insert("x-ratelimit-reset", http::HeaderValue::from_static("50"));
        headers.insert("retry-after", http::HeaderValue::from_static("3"));
        assert_eq!(wait(&headers, NOW), Some(Duration::from_secs(3)));
        headers.insert("retry-after", http::HeaderValue::from_static("later"));
        assert_eq!(wait(&headers, NOW), Some(Duration::from_secs(50)));
    }
}
