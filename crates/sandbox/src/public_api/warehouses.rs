//! Warehouses, and those that a source fills.

use super::error::ApiError;
use super::pagination::{QueryMap, page};
use super::{Answer, data, sources};
use crate::state::Region;
use axum::extract::{Path, State};
use serde_json::json;
use std::sync::Arc;

pub(super) async fn list(State(region): State<Arc<Region>>, query: QueryMap) -> Answer {
    let (warehouses, pagination) = page(&query, &region.workspace().warehouses)?;
    data(json!({ "warehouses": warehouses, "pagination": pagination }))
}

pub(super) async fn get(State(region): State<Arc<Region>>, Path(id): Path<String>) -> Answer {
    let workspace = region.workspace();
    let warehouse = workspace.warehouses.iter().find(|warehouse| warehouse.id == id);
    let unknown = || ApiError::not_found(format!("The warehouse {id} was not found"));
    data(json!({ "warehouse": warehouse.ok_or_else(unknown)? }))
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
