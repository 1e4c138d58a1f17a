//! What signs in with a stored credential.

use super::error::ApiError;
use super::pagination::{QueryMap, page};
use super::{Answer, data};
use crate::state::Region;
use axum::extract::{Path, Query, State};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) async fn consumers(
    State(region): State<Arc<Region>>,
    Path(id): Path<String>,
    query: QueryMap,
) -> Answer {
    let workspace = region.workspace();
    let credential = workspace.shelves.get("credentials", &[], &id);
    let credential =
        credential.ok_or_else(|| ApiError::not_found(format!("The credential {id} was not found")))?;
    let named = |list: &str, id: &str| {
        let ids = credential.value.get(list).and_then(Value::as_array).into_iter().flatten();
        ids.filter_map(Value::as_str).any(|one| one == id)
    };
    let warehouses: Vec<_> =
        workspace.warehouses.iter().filter(|one| named("_warehouses", &one.id)).collect();
    let sources: Vec<_> = workspace.sources.iter().filter(|one| named("_sources", &one.id)).collect();
    let (warehouses, of_warehouses) = page(&paging(&query, "warehousesPagination"), &warehouses)?;
    let (sources, of_sources) = page(&paging(&query, "sourcesPagination"), &sources)?;
    data(json!({
        "warehouses": warehouses, "warehousesPagination": of_warehouses,
        "sources": sources, "sourcesPagination": of_sources,
    }))
}

/// The two lists are paged apart, each under a name of its own.
fn paging(Query(query): &QueryMap, name: &str) -> QueryMap {
    let of_it = query.iter().filter_map(|(key, value)| Some((key.strip_prefix(name)?, value)));
    Query(of_it.map(|(rest, value)| (format!("pagination{rest}"), value.clone())).collect())
}
