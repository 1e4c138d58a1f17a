//! `GET /usage/api-calls/sources/daily`: one entry for each source and day of a month. Counts are strings, as Segment's
//! big integers are.

use super::error::ApiError;
use super::pagination::{QueryMap, page};
use super::{Answer, data};
use crate::state::{Region, Trouble, stable_number};
use axum::extract::{Query, State};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;

const BUSIEST_DAY: u64 = 250_000;

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Day {
    source_id: String,
    api_calls: String,
    timestamp: String,
}

pub(super) async fn api_calls_by_source(State(region): State<Arc<Region>>, query: QueryMap) -> Answer {
    let month = period(&query)?;
    let workspace = region.workspace();
    let mut days = Vec::new();
    for date in dates(month, today(&region)) {
        for source in &workspace.sources {
            let stopped = workspace.pipeline.since(&source.id, Trouble::Stopped);
            let is_silent = stopped.is_some_and(|since| begin(date) >= since.micros());
            let calls = stable_number(&[&source.id, &date.to_string()], BUSIEST_DAY);
            let calls = if is_silent { 0 } else { calls };
            days.push(Day {
                source_id: source.id.clone(),
                api_calls: calls.to_string(),
                timestamp: format!("{date}T00:00:00.000Z"),
            });
        }
    }
    let (days, pagination) = page(&query, &days)?;
    data(json!({ "dailyPerSourceAPICallsUsage": days, "pagination": pagination }))
}

fn period(Query(query): &QueryMap) -> Result<Date, ApiError> {
    let given = query.get("period").ok_or_else(|| ApiError::field("period", "is required"))?;
    match given.parse::<Date>() {
        Ok(date) if date.day() == 1 => Ok(date),
        _ => Err(ApiError::field("period", "must be the first day of a month, such as 2021-02-01")),
    }
}

/// The month's days that have begun.
fn dates(month: Date, today: Date) -> impl Iterator<Item = Date> {
    let last = month.last_of_month().min(today);
    month.series(1.day()).take_while(move |date| *date <= last)
}

fn begin(date: Date) -> i64 {
    date.to_zoned(TimeZone::UTC).map_or(i64::MAX, |zoned| zoned.timestamp().as_microsecond())
}

fn today(region: &Region) -> Date {
    jiff::Timestamp::from_microsecond(region.now().micros())
        .unwrap_or_default()
        .to_zoned(TimeZone::UTC)
        .date()
}
