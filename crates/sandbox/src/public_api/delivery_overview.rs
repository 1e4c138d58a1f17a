//! `/delivery-overview/*`: how many events came in, were dropped and arrived, over time. Beta and alpha only.

use super::error::ApiError;
use super::pagination::{QueryMap, page};
use super::{Answer, data, destinations, sources, span};
use crate::state::{Region, Span, Workspace};
use axum::extract::{Query, State};
use serde_json::{Value, json};
use std::sync::Arc;

/// How the events of any source are made up.
const NAMES: [(&str, u64); 3] = [("Product Viewed", 70), ("Order Completed", 20), ("Signed Up", 10)];

/// One of the six.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Received,
    RefusedOnIngest,
    FilteredAtSource,
    FilteredAtDestination,
    Failed,
    Delivered,
}

pub(super) async fn list(stage: Stage, State(region): State<Arc<Region>>, query: QueryMap) -> Answer {
    let steps = span::steps(&region, &query)?;
    let workspace = region.workspace();
    let counts: Vec<(Span, u64)> = steps
        .into_iter()
        .map(|step| Ok((step, count(stage, &workspace, &query, step)?)))
        .collect::<Result<_, ApiError>>()?;
    let total: u64 = counts.iter().map(|(_, count)| count).sum();
    let rows = if total == 0 { Vec::new() } else { rows(stage, &query, &counts) };
    let (dataset, pagination) = page(&query, &rows)?;
    data(json!({ "total": total, "dataset": dataset, "pagination": pagination }))
}

fn count(stage: Stage, workspace: &Workspace, query: &QueryMap, step: Span) -> Result<u64, ApiError> {
    let source = sources::found(workspace, asked(query, "sourceId")?)?;
    match stage {
        Stage::Received => return Ok(workspace.pipeline.received(source, step)),
        Stage::RefusedOnIngest | Stage::FilteredAtSource => return Ok(0),
        Stage::FilteredAtDestination | Stage::Failed | Stage::Delivered => {}
    }
    let id = asked(query, "destinationConfigId")?;
    let fed = |one: &&crate::state::Destination| one.id == id && one.source_id == source.id;
    let destination = workspace.destinations.iter().find(fed).ok_or_else(|| destinations::unknown(id))?;
    let delivered = workspace.pipeline.delivered(source, destination, step);
    Ok(match stage {
        Stage::FilteredAtDestination => delivered.filtered,
        Stage::Failed => delivered.failures,
        _ => delivered.successes,
    })
}

fn asked<'q>(Query(query): &'q QueryMap, name: &str) -> Result<&'q str, ApiError> {
    query.get(name).map(String::as_str).ok_or_else(|| ApiError::field(name, "is required"))
}

/// One row for all, or one for each name of an event.
fn rows(stage: Stage, query: &QueryMap, counts: &[(Span, u64)]) -> Vec<Value> {
    let by = grouped_by(query);
    let parts: Vec<(Option<&str>, u64)> = if by.contains(&"eventName") {
        NAMES.iter().map(|(name, share)| (Some(*name), *share)).collect()
    } else {
        vec![(None, 100)]
    };
    let row = |(name, share): (Option<&str>, u64)| {
        let series: Vec<Value> = counts
            .iter()
            .map(|(step, count)| json!({ "time": step.from.rfc3339(), "count": count * share / 100 }))
            .collect();
        let total: u64 = counts.iter().map(|(_, count)| count * share / 100).sum();
        let mut row = json!({ "total": total, "series": series });
        if let Some(name) = name {
            row["eventName"] = json!(name);
        }
        if by.contains(&"eventType") {
            row["eventType"] = json!("track");
        }
        if by.contains(&"discardReason") {
            row["discardReason"] = json!(reason(stage));
        }
        row
    };
    parts.into_iter().map(row).collect()
}

fn reason(stage: Stage) -> &'static str {
    match stage {
        Stage::Failed => "destination_responded_401_unauthorized",
        Stage::FilteredAtDestination => "filtered_by_destination_filter",
        Stage::Received | Stage::RefusedOnIngest | Stage::FilteredAtSource | Stage::Delivered => "",
    }
}

/// `groupBy.0=eventName`, dotted, bracketed or plain.
pub(super) fn grouped_by(Query(query): &QueryMap) -> Vec<&str> {
    query.iter().filter(|(name, _)| name.starts_with("groupBy")).map(|(_, value)| value.as_str()).collect()
}
