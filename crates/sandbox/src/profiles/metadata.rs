//! `…/metadata`: when a profile was first and last heard of.

use super::Answer;
use super::asked::Asked;
use super::cursor::{QueryMap, flag};
use crate::state::Region;
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use serde_json::json;
use std::sync::Arc;

pub(super) async fn get(State(region): State<Arc<Region>>, asked: Asked, query: QueryMap) -> Answer {
    flag(&query, "verbose")?;
    let people = region.people();
    let profile = asked.of(&people)?;
    let metadata = json!({
        "created_at": profile.first.at.rfc3339(),
        "updated_at": profile.last.at.rfc3339(),
        "expires_at": null,
        "first_message_id": profile.first.message_id,
        "first_source_id": profile.first.source_id,
        "last_message_id": profile.last.message_id,
        "last_source_id": profile.last.source_id,
    });
    Ok(Json(json!({ "metadata": metadata })).into_response())
}
