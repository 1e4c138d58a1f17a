//! A span of time in a query, cut into the steps of its granularity.

use super::error::{ApiError, FieldError};
use super::pagination::QueryMap;
use crate::state::{Region, Span};
use axum::extract::Query;
use keyferry_core::Timestamp;
use std::time::Duration;

/// What each granularity allows: minutes of a step, the longest span, and how long ago it may begin.
const GRANULARITIES: [(&str, u64, Duration, Duration); 3] = [
    ("MINUTE", 1, Duration::from_hours(4), Duration::from_hours(48)),
    ("HOUR", 60, Duration::from_hours(14 * 24), Duration::from_hours(30 * 24)),
    ("DAY", 24 * 60, Duration::from_hours(30 * 24), Duration::from_hours(30 * 24)),
];

/// Reads `granularity`, `startTime` and `endTime`, and answers the steps between them.
pub(super) fn steps(region: &Region, query: &QueryMap) -> Result<Vec<Span>, ApiError> {
    let Query(given) = query;
    let name = given.get("granularity").map_or("", String::as_str);
    let granularity = GRANULARITIES.iter().find(|(known, ..)| *known == name);
    let mut faults: Vec<FieldError> = Vec::new();
    if granularity.is_none() {
        faults.push(("granularity".into(), "must be MINUTE, HOUR or DAY".into()));
    }
    let mut time = |name: &str| {
        let read = given.get(name).and_then(|text| text.parse::<jiff::Timestamp>().ok());
        if read.is_none() {
            faults.push((name.into(), "must be an ISO 8601 instant".into()));
        }
        read.map(|time| Timestamp(time.as_microsecond()))
    };
    let (from, to) = (time("startTime"), time("endTime"));
    match (granularity, from, to) {
        (Some((_, minutes, longest, oldest)), Some(from), Some(to)) => {
            let micros = |span: Duration| i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
            if to.micros() - from.micros() > micros(*longest) {
                return Err(ApiError::field("endTime", format!("is too far from startTime for {name}")));
            }
            // A minute of grace: the caller's clock and ours differ.
            if region.now().micros() - from.micros() > micros(*oldest + Duration::from_mins(1)) {
                return Err(ApiError::field("startTime", format!("is too long ago for {name}")));
            }
            Ok(cut(from, to, Duration::from_mins(*minutes)))
        }
        _ => Err(ApiError::input(faults)),
    }
}

/// Steps begin at round times, and the first and the last may be shorter.
fn cut(from: Timestamp, to: Timestamp, step: Duration) -> Vec<Span> {
    let step = i64::try_from(step.as_micros()).unwrap_or(i64::MAX);
    let mut spans = Vec::new();
    let mut begin = from;
    while begin < to {
        let next = Timestamp((begin.micros().div_euclid(step) + 1).saturating_mul(step));
        spans.push(Span { from: begin, to: next.min(to) });
        begin = next;
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_begin_at_round_times() {
        let minute = 60_000_000;
        let spans = cut(Timestamp(30 * minute), Timestamp(130 * minute), Duration::from_mins(60));
        let ends: Vec<(i64, i64)> =
            spans.iter().map(|span| (span.from.micros() / minute, span.to.micros() / minute)).collect();
        assert_eq!(ends, [(30, 60), (60, 120), (120, 130)]);
        assert!(cut(Timestamp(5), Timestamp(5), Duration::from_mins(1)).is_empty());
    }
}
