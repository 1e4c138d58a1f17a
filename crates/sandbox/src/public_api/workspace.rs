//! `GET /`: the one read that every token may make.

use super::{Answer, data};
use crate::state::Region;
use axum::extract::State;
use serde_json::json;
use std::sync::Arc;

pub(super) async fn get(State(region): State<Arc<Region>>) -> Answer {
    let workspace = region.workspace();
    data(json!({ "workspace": {"id": workspace.id, "slug": workspace.slug, "name": workspace.name} }))
}
