//! `…/links`: the accounts of a user, the users of an account.

use super::Answer;
use super::asked::Asked;
use super::cursor::{QueryMap, limit};
use crate::state::Region;
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use serde_json::{Value, json};
use std::sync::Arc;

const DEFAULT: usize = 20;

pub(super) async fn list(State(region): State<Arc<Region>>, asked: Asked, query: QueryMap) -> Answer {
    let limit = limit(&query, DEFAULT)?;
    let people = region.people();
    let linked = asked.of(&people)?.links.iter().take(limit);
    let links: Vec<Value> = linked
        .map(|(collection, kind, id)| {
            let known = people.find(*collection, kind, id);
            let ids = known.map(|profile| &profile.external_ids[..]).unwrap_or_default();
            json!({ "to_collection": collection, "external_ids": ids })
        })
        .collect();
    Ok(Json(json!({ "data": links })).into_response())
}
