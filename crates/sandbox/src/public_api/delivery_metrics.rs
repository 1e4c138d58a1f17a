//! `GET /destinations/{id}/delivery-metrics`, which exists as beta and alpha only.

use super::error::ApiError;
use super::pagination::QueryMap;
use super::{Answer, data, destinations, sources};
use crate::state::{Region, Trouble, Workspace, stable_number};
use axum::extract::{Path, Query, State};
use serde_json::{Value, json};
use std::sync::Arc;

const GRANULARITIES: [(&str, u64); 3] = [("MINUTE", 1_000), ("HOUR", 100_000), ("DAY", 3_000_000)];

pub(super) async fn list(
    State(region): State<Arc<Region>>,
    Path(id): Path<String>,
    query: QueryMap,
) -> Answer {
    let (source_id, scale) = asked(&query)?;
    let workspace = region.workspace();
    let destination = workspace.destinations.iter().find(|one| one.id == id);
    let destination = destination.ok_or_else(|| destinations::unknown(&id))?;
    if destination.source_id != source_id {
        return Err(sources::unknown(&source_id));
    }
    data(json!({ "deliveryMetricsSummary": {
        "sourceId": source_id,
        "destinationMetadataId": destination.metadata["id"],
        "metrics": metrics(&id, scale, hitch(&workspace, &id)),
    } }))
}

/// The source, and how many events the default span of the granularity has room for.
fn asked(Query(query): &QueryMap) -> Result<(String, u64), ApiError> {
    let mut faults = Vec::new();
    let source_id = query.get("sourceId").cloned().unwrap_or_default();
    if source_id.is_empty() {
        faults.push(("sourceId".to_owned(), "is required".to_owned()));
    }
    let granularity = query.get("granularity").map_or("MINUTE", String::as_str);
    let scale = GRANULARITIES.iter().find(|(name, _)| *name == granularity).map(|(_, scale)| *scale);
    if scale.is_none() {
        faults.push(("granularity".to_owned(), "must be MINUTE, HOUR or DAY".to_owned()));
    }
    for time in ["startTime", "endTime"] {
        if query.get(time).is_some_and(|given| given.parse::<jiff::Timestamp>().is_err()) {
            faults.push((time.to_owned(), "must be an ISO 8601 instant".to_owned()));
        }
    }
    match scale {
        Some(scale) if faults.is_empty() => Ok((source_id, scale)),
        _ => Err(ApiError::input(faults)),
    }
}

fn hitch(workspace: &Workspace, destination: &str) -> Option<Trouble> {
    let is = |trouble: &Trouble| workspace.pipeline.since(destination, *trouble).is_some();
    [Trouble::Rejecting, Trouble::Filtered].into_iter().find(is)
}

/// What is planted counts for the whole span.
fn metrics(destination: &str, scale: u64, hitch: Option<Trouble>) -> Value {
    let count = |name| stable_number(&[destination, name], scale);
    let (first, retried) = (count("first") + scale, count("retried") / 20);
    let (discarded, expired) = (count("discarded") / 50, count("expired") / 200);
    let (first, retried, discarded) = match hitch {
        None => (first, retried, discarded),
        Some(Trouble::Rejecting) => (0, 0, first),
        Some(_) => (0, 0, 0),
    };
    json!([
        {"metricName": "successes", "total": first + retried, "breakdown": [
            {"metricName": "successes_on_first_attempt", "value": first},
            {"metricName": "successes_after_retry", "value": retried},
        ]},
        {"metricName": "discarded", "total": discarded, "breakdown": []},
        {"metricName": "expired", "total": expired, "breakdown": []},
    ])
}
