//! `GET /events/volume`: events of all sources, over time.

use super::delivery_overview::grouped_by;
use super::pagination::{QueryMap, page};
use super::{Answer, data, span};
use crate::state::{Region, Source, Span};
use axum::extract::{Query, State};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) async fn list(State(region): State<Arc<Region>>, query: QueryMap) -> Answer {
    let steps = span::steps(&region, &query)?;
    let workspace = region.workspace();
    let Query(given) = &query;
    let only: Vec<&String> =
        given.iter().filter(|(name, _)| name.starts_with("sourceId")).map(|(_, value)| value).collect();
    let wanted = |source: &&Source| only.is_empty() || only.contains(&&source.id);
    let asked: Vec<&Source> = workspace.sources.iter().filter(wanted).collect();
    let received = |sources: &[&Source], step: &Span| -> u64 {
        sources.iter().map(|source| workspace.pipeline.received(source, *step)).sum()
    };
    let row = |sources: &[&Source]| -> Value {
        let series: Vec<Value> = steps
            .iter()
            .map(|step| json!({ "time": step.from.rfc3339(), "count": received(sources, step) }))
            .collect();
        let total: u64 = steps.iter().map(|step| received(sources, step)).sum();
        json!({ "total": total, "series": series })
    };
    let rows: Vec<Value> = if grouped_by(&query).contains(&"source") {
        let of_one = |source: &&Source| {
            let mut row = row(&[source]);
            row["source"] = json!({ "id": source.id, "name": source.name, "slug": source.slug });
            row
        };
        asked.iter().map(of_one).collect()
    } else {
        vec![row(&asked)]
    };
    let (result, pagination) = page(&query, &rows)?;
    let shown = json!({
        "workspaceId": workspace.id, "granularity": given.get("granularity"),
        "startTime": given.get("startTime"), "endTime": given.get("endTime"),
    });
    data(json!({ "path": "/events/volume", "query": shown, "result": result, "pagination": pagination }))
}
