//! Destinations; their settings hold other parties' secrets in the clear, as Segment's may.

use super::error::ApiError;
use super::fields::Fields;
use super::pagination::{QueryMap, page};
use super::{Answer, data, shelf, sources, success};
use crate::state::Region;
use axum::extract::{Path, State};
use bytes::Bytes;
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

pub(super) async fn update(State(region): State<Arc<Region>>, Path(id): Path<String>, body: Bytes) -> Answer {
    let mut fields = Fields::read(&body)?;
    let (name, enabled, settings) = (fields.text("name"), fields.flag("enabled"), fields.object("settings"));
    fields.done()?;
    let mut workspace = region.workspace();
    let destination =
        workspace.destinations.iter_mut().find(|one| one.id == id).ok_or_else(|| unknown(&id))?;
    destination.name = name.unwrap_or_else(|| destination.name.clone());
    destination.enabled = enabled.unwrap_or(destination.enabled);
    destination.settings.extend(settings.unwrap_or_default());
    data(json!({ "destination": destination }))
}

pub(super) async fn delete(State(region): State<Arc<Region>>, Path(id): Path<String>) -> Answer {
    let mut workspace = region.workspace();
    if !workspace.destinations.iter().any(|one| one.id == id) {
        return Err(unknown(&id));
    }
    workspace.destinations.retain(|one| one.id != id);
    for shelf in ["subscriptions", "destination-filters"] {
        workspace.shelves.retain(shelf, |thing| thing.of != [id.clone()]);
    }
    success()
}

/// What a subscription is changed to stands under `input`.
pub(super) async fn update_subscription(
    State(region): State<Arc<Region>>,
    Path((destination, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let mut fields = Fields::read(&body)?;
    let input = fields.object("input").unwrap_or_default();
    fields.done()?;
    let mut workspace = region.workspace();
    let thing = workspace.shelves.get_mut("subscriptions", &[destination], &id);
    let thing = thing.ok_or_else(|| ApiError::not_found(format!("The subscription {id} was not found")))?;
    shelf::merge(&mut thing.value, input);
    data(json!({ "subscription": thing.shown() }))
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
