//! The code that a mobile source's apps run.

use super::audience_parts::put;
use super::error::ApiError;
use super::fields::Fields;
use super::{Answer, data, parents, success};
use crate::state::Region;
use axum::extract::{Path, State};
use bytes::Bytes;
use serde_json::json;
use std::sync::Arc;

const SHELF: &str = "live-plugins";

pub(super) async fn latest(State(region): State<Arc<Region>>, Path(source): Path<String>) -> Answer {
    let workspace = region.workspace();
    let of = [source];
    parents::exist(&workspace, SHELF, &of)?;
    let plugin = workspace.shelves.of(SHELF, &of).last();
    let plugin = plugin.ok_or_else(|| ApiError::not_found("The source has no live plugin"))?;
    data(json!({ "livePlugin": plugin.shown() }))
}

pub(super) async fn create(
    State(region): State<Arc<Region>>,
    Path(source): Path<String>,
    body: Bytes,
) -> Answer {
    let mut fields = Fields::read(&body)?;
    let code = fields.text("code").unwrap_or_default();
    fields.done()?;
    let mut workspace = region.workspace();
    let of = vec![source];
    parents::exist(&workspace, SHELF, &of)?;
    let plugin = json!({
        "id": region.new_id("lp_"), "sourceId": of[0], "version": workspace.shelves.of(SHELF, &of).count() + 1,
        "code": code, "downloadURL": "https://cdn.ferry.example/live-plugin.js",
        "createdAt": region.now().rfc3339(), "createdBy": "usr_ada",
    });
    put(&mut workspace, SHELF, of, plugin.clone())?;
    data(json!({ "livePlugin": plugin }))
}

pub(super) async fn delete(State(region): State<Arc<Region>>, Path(source): Path<String>) -> Answer {
    let mut workspace = region.workspace();
    let of = [source];
    parents::exist(&workspace, SHELF, &of)?;
    workspace.shelves.retain(SHELF, |thing| thing.of != of);
    success()
}
