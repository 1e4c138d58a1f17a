//! Warehouses, and those that a source fills.

use super::audience_parts::put;
use super::error::ApiError;
use super::fields::Fields;
use super::pagination::{QueryMap, page};
use super::{Answer, data, sources, success};
use crate::state::{Region, Thing, Warehouse, Workspace};
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;

const SYNC_TIMES: &str = "sync-times";

pub(super) async fn list(State(region): State<Arc<Region>>, query: QueryMap) -> Answer {
    let (warehouses, pagination) = page(&query, &region.workspace().warehouses)?;
    data(json!({ "warehouses": warehouses, "pagination": pagination }))
}

pub(super) async fn get(State(region): State<Arc<Region>>, Path(id): Path<String>) -> Answer {
    let workspace = region.workspace();
    let warehouse = workspace.warehouses.iter().find(|warehouse| warehouse.id == id);
    data(json!({ "warehouse": warehouse.ok_or_else(|| unknown(&id))? }))
}

pub(super) async fn update(State(region): State<Arc<Region>>, Path(id): Path<String>, body: Bytes) -> Answer {
    let mut fields = Fields::read(&body)?;
    let (name, enabled, settings) = (fields.text("name"), fields.flag("enabled"), fields.object("settings"));
    fields.done()?;
    let mut workspace = region.workspace();
    let warehouse = workspace.warehouses.iter_mut().find(|one| one.id == id).ok_or_else(|| unknown(&id))?;
    warehouse.enabled = enabled.unwrap_or(warehouse.enabled);
    warehouse.settings.extend(settings.unwrap_or_default());
    warehouse.settings.extend(name.map(|name| ("name".to_owned(), json!(name))));
    data(json!({ "warehouse": warehouse }))
}

pub(super) async fn delete(State(region): State<Arc<Region>>, Path(id): Path<String>) -> Answer {
    let mut workspace = region.workspace();
    found(&workspace, &id)?;
    workspace.warehouses.retain(|one| one.id != id);
    workspace.sources.iter_mut().for_each(|source| source.warehouses.retain(|one| *one != id));
    success()
}

pub(super) async fn sources_of(
    State(region): State<Arc<Region>>,
    Path(id): Path<String>,
    query: QueryMap,
) -> Answer {
    let workspace = region.workspace();
    found(&workspace, &id)?;
    let connected: Vec<_> =
        workspace.sources.iter().filter(|source| source.warehouses.contains(&id)).collect();
    let (sources, pagination) = page(&query, &connected)?;
    data(json!({ "sources": sources, "pagination": pagination }))
}

pub(super) async fn connect(
    State(region): State<Arc<Region>>,
    Path((id, source)): Path<(String, String)>,
) -> Answer {
    let mut workspace = region.workspace();
    found(&workspace, &id)?;
    let source = workspace.source_mut(&source).ok_or_else(|| sources::unknown(&source))?;
    if !source.warehouses.contains(&id) {
        source.warehouses.push(id);
    }
    Ok((StatusCode::CREATED, success()?).into_response())
}

pub(super) async fn disconnect(
    State(region): State<Arc<Region>>,
    Path((id, source)): Path<(String, String)>,
) -> Answer {
    let mut workspace = region.workspace();
    found(&workspace, &id)?;
    let source = workspace.source_mut(&source).ok_or_else(|| sources::unknown(&source))?;
    source.warehouses.retain(|one| *one != id);
    success()
}

pub(super) async fn sync_times(State(region): State<Arc<Region>>, Path(id): Path<String>) -> Answer {
    let workspace = region.workspace();
    found(&workspace, &id)?;
    let times = workspace.shelves.get(SYNC_TIMES, &[], &id).map(Thing::shown);
    let Some(Value::Object(mut times)) = times else { return data(json!({ "enabled": false })) };
    times.remove("id");
    data(times.into())
}

pub(super) async fn replace_sync_times(
    State(region): State<Arc<Region>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    let mut given = Fields::read(&body)?.all();
    let mut workspace = region.workspace();
    found(&workspace, &id)?;
    workspace.shelves.retain(SYNC_TIMES, |thing| thing.id() != id);
    let shown = json!(given);
    given.insert("id".into(), json!(id));
    put(&mut workspace, SYNC_TIMES, Vec::new(), given.into())?;
    data(shown)
}

pub(super) async fn connection_state(State(region): State<Arc<Region>>, Path(id): Path<String>) -> Answer {
    let workspace = region.workspace();
    let warehouse = found(&workspace, &id)?;
    data(json!({ "connectionState": if warehouse.enabled { "CONNECTED" } else { "FAILED" } }))
}

fn found<'w>(workspace: &'w Workspace, id: &str) -> Result<&'w Warehouse, ApiError> {
    workspace.warehouses.iter().find(|warehouse| warehouse.id == id).ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> ApiError {
    ApiError::not_found(format!("The warehouse {id} was not found"))
}

pub(super) async fn of_source(
    State(region): State<Arc<Region>>,
    Path(id): Path<String>,
    query: QueryMap,
) -> Answer {
    let workspace = region.workspace();
    let source = sources::found(&workspace, &id)?;
    let connected: Vec<_> =
        workspace.warehouses.iter().filter(|one| source.warehouses.contains(&one.id)).collect();
    let (warehouses, pagination) = page(&query, &connected)?;
    data(json!({ "warehouses": warehouses, "pagination": pagination }))
}
