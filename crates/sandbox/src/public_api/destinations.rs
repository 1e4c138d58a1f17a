//! Destinations; their settings hold other parties' secrets in the clear, as Segment's may.

use super::error::ApiError;
use super::pagination::{QueryMap, page};
use super::{Answer, data, sources};
use crate::state::Region;
use axum::extract::{Path, State};
use serde_json::json;
use std::sync::Arc;

pub(super) async fn list(State(region): State<Arc<Region>>, query: QueryMap) -> Answer {
    let (destinations, pagination) = page(&query, &region.workspace().destinations)?;
    data(json!({ "destinations": destinations, "pagination": pagination }))
}

pub(super) async fn get(State(region): State<Arc<Region>>, Path(id): Path<String>) -> Answer {
    let workspace = region.workspace();
    let destination = workspace.destinations.iter().find(|destination| destination.id == id);
    data(json!({ "destination": destination.ok_or_else(|| unknown(&id))? }))
}

pub(super) async fn of_source(
    State(region): State<Arc<Region>>,
    Path(id): Path<String>,
    query: QueryMap,
) -> Answer {
    let workspace = region.workspace();
    sources::found(&workspace, &id)?;
    let connected: Vec<_> =
        workspace.destinations.iter().filter(|destination| destination.source_id == id).collect();
    let (destinations, pagination) = page(&query, &connected)?;
    data(json!({ "destinations": destinations, "pagination": pagination }))
}

pub(super) fn unknown(id: &str) -> ApiError {
    ApiError::not_found(format!("The destination {id} was not found"))
}
