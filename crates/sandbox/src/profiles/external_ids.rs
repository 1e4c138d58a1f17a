//! `…/external_ids`: the ids that a profile goes by.

use super::Answer;
use super::asked::Asked;
use super::cursor::{QueryMap, names, page};
use crate::state::{ExternalId, Region};
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use serde_json::json;
use std::sync::Arc;

pub(super) async fn list(State(region): State<Arc<Region>>, asked: Asked, query: QueryMap) -> Answer {
    let include = names(&query, "include");
    let people = region.people();
    let wanted = |id: &&ExternalId| include.as_ref().is_none_or(|names| names.contains(id.kind));
    let ids = asked.of(&people)?.external_ids.iter().filter(wanted).collect();
    let (ids, cursor) = page(&asked, &query, ids)?;
    Ok(Json(json!({ "data": ids, "cursor": cursor })).into_response())
}
