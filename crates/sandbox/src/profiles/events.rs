//! `…/events`: what a profile did in the last 14 days; track calls only.

use super::Answer;
use super::asked::Asked;
use super::cursor::{QueryMap, given, names, page};
use super::error::ApiError;
use crate::state::{Profile, Region, TrackedEvent};
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use keyferry_core::Timestamp;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

const KEPT: Duration = Duration::from_hours(14 * 24);

pub(super) async fn list(State(region): State<Arc<Region>>, asked: Asked, query: QueryMap) -> Answer {
    let filter = Filter::read(&query, region.now())?;
    let people = region.people();
    let profile = asked.of(&people)?;
    let mut events: Vec<_> = profile.events.iter().filter(|event| filter.takes(event)).collect();
    events.sort_by_key(|event| event.timestamp);
    if !ascending(&query)? {
        events.reverse();
    }
    let (events, cursor) = page(&asked, &query, events)?;
    let events: Vec<_> = events.into_iter().map(|event| shown(profile, event)).collect();
    Ok(Json(json!({ "data": events, "cursor": cursor })).into_response())
}

struct Filter<'a> {
    start: Timestamp,
    end: Timestamp,
    include: Option<HashSet<&'a str>>,
    exclude: HashSet<&'a str>,
}

impl<'a> Filter<'a> {
    fn read(query: &'a QueryMap, now: Timestamp) -> Result<Self, ApiError> {
        let oldest = now - KEPT;
        Ok(Self {
            start: instant(query, "start")?.map_or(oldest, |start| start.max(oldest)),
            end: instant(query, "end")?.unwrap_or(Timestamp(i64::MAX)),
            include: names(query, "include"),
            exclude: names(query, "exclude").unwrap_or_default(),
        })
    }

    fn takes(&self, event: &TrackedEvent) -> bool {
        (self.start..=self.end).contains(&event.timestamp)
            && self.include.as_ref().is_none_or(|names| names.contains(event.name.as_str()))
            && !self.exclude.contains(event.name.as_str())
    }
}

fn instant(query: &QueryMap, name: &str) -> Result<Option<Timestamp>, ApiError> {
    let Some(text) = given(query, name) else { return Ok(None) };
    let instant: jiff::Timestamp =
        text.parse().map_err(|_| ApiError::validation(format!("{name} must be an ISO 8601 instant")))?;
    Ok(Some(Timestamp(instant.as_microsecond())))
}

fn ascending(query: &QueryMap) -> Result<bool, ApiError> {
    match given(query, "sort") {
        None | Some("desc") => Ok(false),
        Some("asc") => Ok(true),
        Some(_) => Err(ApiError::validation("sort must be asc or desc")),
    }
}

fn shown(profile: &Profile, event: &TrackedEvent) -> Value {
    json!({
        "external_ids": profile.external_ids,
        "context": event.context,
        "type": "track",
        "message_id": event.message_id,
        "source_id": event.source_id,
        "timestamp": event.timestamp.rfc3339(),
        "properties": event.properties,
        "event": event.name,
        "related": null,
    })
}
