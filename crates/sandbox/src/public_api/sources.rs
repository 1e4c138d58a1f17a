//! Sources. Every answer that shows one shows its write keys in the clear, as Segment's do.

use super::error::ApiError;
use super::fields::Fields;
use super::pagination::{QueryMap, page};
use super::{Answer, data, success, tracking_plans};
use crate::state::{Region, Source, Workspace};
use axum::extract::{Path, State};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Longest id that Segment's documents allow in a path.
const LONGEST_ID: usize = 255;

pub(super) async fn list(State(region): State<Arc<Region>>, query: QueryMap) -> Answer {
    let (sources, pagination) = page(&query, &region.workspace().sources)?;
    data(json!({ "sources": sources, "pagination": pagination }))
}

pub(super) async fn get(State(region): State<Arc<Region>>, Path(id): Path<String>) -> Answer {
    let workspace = region.workspace();
    let plan = tracking_plans::plan_of(&workspace, &id);
    data(json!({ "source": found(&workspace, &id)?, "trackingPlanId": plan }))
}

pub(super) async fn delete(State(region): State<Arc<Region>>, Path(id): Path<String>) -> Answer {
    let mut workspace = region.workspace();
    found(&workspace, &id)?;
    workspace.delete_source(&id);
    success()
}

pub(super) async fn schema_settings(State(region): State<Arc<Region>>, Path(id): Path<String>) -> Answer {
    let workspace = region.workspace();
    let source = found(&workspace, &id)?;
    data(json!({ "sourceId": source.id, "settings": source.schema }))
}

/// What a PATCH changes; what it leaves out stays.
struct Update {
    name: Option<String>,
    enabled: Option<bool>,
    slug: Option<String>,
    settings: Option<Map<String, Value>>,
}

impl Update {
    fn read(body: &Bytes) -> Result<Self, ApiError> {
        let mut fields = Fields::read(body)?;
        let update = Self {
            name: fields.text("name"),
            enabled: fields.flag("enabled"),
            slug: fields.text("slug"),
            settings: fields.object("settings"),
        };
        fields.done()?;
        Ok(update)
    }

    fn apply(self, source: &mut Source) {
        source.name = self.name.unwrap_or_else(|| source.name.clone());
        source.enabled = self.enabled.unwrap_or(source.enabled);
        source.slug = self.slug.unwrap_or_else(|| source.slug.clone());
        source.settings.extend(self.settings.unwrap_or_default());
    }
}

pub(super) async fn update(State(region): State<Arc<Region>>, Path(id): Path<String>, body: Bytes) -> Answer {
    let mut workspace = region.workspace();
    found(&workspace, &id)?;
    let update = Update::read(&body)?;
    if workspace.sources.iter().any(|other| other.id != id && Some(&other.slug) == update.slug.as_ref()) {
        return Err(ApiError::new(StatusCode::CONFLICT, "Another source has this slug"));
    }
    let source = workspace.source_mut(&id).ok_or_else(|| unknown(&id))?;
    update.apply(source);
    data(json!({ "source": source }))
}

pub(super) fn found<'a>(workspace: &'a Workspace, id: &str) -> Result<&'a Source, ApiError> {
    if id.chars().count() > LONGEST_ID {
        return Err(ApiError::field("sourceId", format!("must have 1 to {LONGEST_ID} characters")));
    }
    workspace.source(id).ok_or_else(|| unknown(id))
}

pub(super) fn unknown(id: &str) -> ApiError {
    ApiError::not_found(format!("The source {id} was not found"))
}
