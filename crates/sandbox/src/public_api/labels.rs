//! Labels. A source can only be given labels that the workspace has.

use super::error::{ApiError, FieldError};
use super::fields::Fields;
use super::{Answer, data, sources};
use crate::state::{Label, Region};
use axum::extract::{Path, State};
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) async fn list(State(region): State<Arc<Region>>) -> Answer {
    data(json!({ "labels": region.workspace().labels }))
}

pub(super) async fn add_to_source(
    State(region): State<Arc<Region>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    let mut workspace = region.workspace();
    sources::found(&workspace, &id)?;
    let labels = read(&body, &workspace.labels)?;
    let source = workspace.source_mut(&id).ok_or_else(|| sources::unknown(&id))?;
    for label in labels {
        if !source.labels.contains(&label) {
            source.labels.push(label);
        }
    }
    data(json!({ "labels": source.labels }))
}

fn read(body: &Bytes, known: &[Label]) -> Result<Vec<Label>, ApiError> {
    let mut fields = Fields::read(body)?;
    let given = match fields.take("labels") {
        Some(Value::Array(given)) if !given.is_empty() => given,
        _ => return Err(ApiError::field("labels", "must be an array with at least one label")),
    };
    let mut labels = Vec::new();
    let mut faults = Vec::new();
    for (index, label) in given.into_iter().enumerate() {
        match existing(index, label, known) {
            Ok(label) => labels.push(label),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(labels) } else { Err(ApiError::input(faults)) }
}

fn existing(index: usize, label: Value, known: &[Label]) -> Result<Label, FieldError> {
    let at = format!("labels.{index}");
    let Ok(label) = serde_json::from_value::<Label>(label) else {
        return Err((at, "must be an object with key and value, both strings".to_owned()));
    };
    let existing = known.iter().find(|known| (&known.key, &known.value) == (&label.key, &label.value));
    existing.cloned().ok_or_else(|| (at, format!("the workspace has no label {}:{}", label.key, label.value)))
}
