//! Deletion and suppression: a request is kept and counts as running; a suppression shows at once.

use super::audience_parts::put;
use super::error::ApiError;
use super::fields::Fields;
use super::pagination::{QueryMap, page};
use super::{Answer, data, sources};
use crate::state::{Region, Thing};
use axum::extract::{Path, State};
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::Arc;

const SHELF: &str = "regulations";
/// Subjects of one request, as documented.
const MOST_SUBJECTS: usize = 5_000;

pub(super) async fn list(State(region): State<Arc<Region>>, query: QueryMap) -> Answer {
    let workspace = region.workspace();
    let all: Vec<Value> = workspace.shelves.of(SHELF, &[]).map(Thing::shown).collect();
    let (regulations, pagination) = page(&query, &all)?;
    data(json!({ "regulations": regulations, "pagination": pagination }))
}

pub(super) async fn of_source(
    State(region): State<Arc<Region>>,
    Path(source): Path<String>,
    query: QueryMap,
) -> Answer {
    let workspace = region.workspace();
    sources::found(&workspace, &source)?;
    let of_it = workspace.shelves.of(SHELF, &[]).filter(|thing| thing.text("_source") == source);
    let all: Vec<Value> = of_it.map(Thing::shown).collect();
    let (regulations, pagination) = page(&query, &all)?;
    data(json!({ "regulations": regulations, "pagination": pagination }))
}

pub(super) async fn get(State(region): State<Arc<Region>>, Path(id): Path<String>) -> Answer {
    let workspace = region.workspace();
    let thing = workspace.shelves.get(SHELF, &[], &id);
    let thing = thing.ok_or_else(|| ApiError::not_found(format!("The regulation {id} was not found")))?;
    data(json!({ "regulation": {
        "id": id, "workspaceId": workspace.id, "overallStatus": thing.text("status"),
        "createdAt": thing.text("createdAt"), "finishedAt": thing.value.get("finishedAt"), "streamStatus": [],
    } }))
}

pub(super) async fn create(State(region): State<Arc<Region>>, body: Bytes) -> Answer {
    request(&region, "", &body)
}

pub(super) async fn create_for_source(
    State(region): State<Arc<Region>>,
    Path(source): Path<String>,
    body: Bytes,
) -> Answer {
    sources::found(&region.workspace(), &source)?;
    request(&region, &source, &body)
}

fn request(region: &Region, source: &str, body: &Bytes) -> Answer {
    let mut fields = Fields::read(body)?;
    let (kind, subject) = (fields.text("regulationType"), fields.text("subjectType"));
    let subjects: Vec<String> = match fields.take("subjectIds") {
        Some(Value::Array(ids)) if (1..=MOST_SUBJECTS).contains(&ids.len()) => {
            ids.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => fields.fault("subjectIds", "must be an array of 1 to 5000 ids").unwrap_or_default(),
    };
    fields.done()?;
    let (kind, id) = (kind.unwrap_or_default(), region.new_id("reg_"));
    let mut workspace = region.workspace();
    if source.is_empty() && kind.starts_with("SUPPRESS") {
        let new: Vec<_> =
            subjects.iter().filter(|one| !workspace.suppressed.contains(one)).cloned().collect();
        workspace.suppressed.extend(new);
    } else if source.is_empty() && kind == "UNSUPPRESS" {
        workspace.suppressed.retain(|one| !subjects.contains(one));
    }
    let value = json!({
        "id": id, "subjectType": subject, "subjects": subjects, "status": "RUNNING", "regulationType": kind,
        "createdAt": region.now().rfc3339(), "_source": source,
    });
    put(&mut workspace, SHELF, Vec::new(), value)?;
    data(json!({ "regulateId": id }))
}
