//! A plan's rules, and the sources that follow it.

use super::audience_parts::put;
use super::error::ApiError;
use super::fields::Fields;
use super::pagination::{QueryMap, page};
use super::{Answer, data, parents, sources, success};
use crate::state::{Region, Source, Thing, Workspace};
use axum::extract::{Path, Query, State};
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const RULES: &str = "rules";
const SOURCES: &str = "plan-sources";

pub(super) async fn update_rules(
    State(region): State<Arc<Region>>,
    Path(plan): Path<String>,
    body: Bytes,
) -> Answer {
    write_rules(&mut region.workspace(), plan, &body, false)
}

pub(super) async fn replace_rules(
    State(region): State<Arc<Region>>,
    Path(plan): Path<String>,
    body: Bytes,
) -> Answer {
    write_rules(&mut region.workspace(), plan, &body, true)
}

fn write_rules(workspace: &mut Workspace, plan: String, body: &Bytes, others_go: bool) -> Answer {
    let given = Fields::read(body)?.all();
    let rules = given.get("rules").and_then(Value::as_array).cloned();
    let rules = rules.ok_or_else(|| ApiError::field("rules", "must be an array of rules"))?;
    let of = vec![plan];
    parents::exist(workspace, RULES, &of)?;
    let ids: Vec<String> = rules.iter().map(id_of).collect();
    workspace.shelves.retain(RULES, |thing| {
        thing.of != of || !(others_go || ids.iter().any(|id| id == thing.text("_id")))
    });
    for (mut rule, id) in rules.into_iter().zip(ids) {
        rule["_id"] = json!(id);
        put(workspace, RULES, of.clone(), rule)?;
    }
    success()
}

/// What tells one rule from another.
fn id_of(rule: &Value) -> String {
    let text = |name: &str| {
        rule.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    ["type", "key", "version"].map(|name| text(name).unwrap_or_default()).join("/")
}

/// `rules.0.type=TRACK&rules.0.key=…&rules.0.version=1`, dotted or bracketed.
pub(super) async fn remove_rules(
    State(region): State<Arc<Region>>,
    Path(plan): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Answer {
    let mut named: BTreeMap<String, Value> = BTreeMap::new();
    for (name, value) in &query {
        let plain = name.replace(['[', ']'], ".").replace("..", ".");
        let parts: Vec<&str> = plain.trim_end_matches('.').split('.').collect();
        if let ["rules", index, field] = parts[..] {
            named.entry(index.to_owned()).or_insert_with(|| json!({}))[field] = json!(value);
        }
    }
    let ids: Vec<String> = named.values().map(id_of).collect();
    let mut workspace = region.workspace();
    let of = [plan];
    parents::exist(&workspace, RULES, &of)?;
    workspace.shelves.retain(RULES, |thing| thing.of != of || !ids.iter().any(|id| id == thing.text("_id")));
    success()
}

pub(super) async fn list_sources(
    State(region): State<Arc<Region>>,
    Path(plan): Path<String>,
    query: QueryMap,
) -> Answer {
    let workspace = region.workspace();
    let of = [plan];
    parents::exist(&workspace, SOURCES, &of)?;
    let following: Vec<&Source> =
        workspace.shelves.of(SOURCES, &of).filter_map(|thing| workspace.source(thing.id())).collect();
    let (sources, pagination) = page(&query, &following)?;
    data(json!({ "sources": sources, "pagination": pagination }))
}

pub(super) async fn add_source(
    State(region): State<Arc<Region>>,
    Path(plan): Path<String>,
    body: Bytes,
) -> Answer {
    let mut fields = Fields::read(&body)?;
    let id = fields.text("sourceId").unwrap_or_default();
    fields.done()?;
    let mut workspace = region.workspace();
    let of = vec![plan];
    parents::exist(&workspace, SOURCES, &of)?;
    sources::found(&workspace, &id)?;
    // A source follows one plan.
    workspace.shelves.retain(SOURCES, |thing| thing.id() != id);
    put(&mut workspace, SOURCES, of, json!({ "id": id }))?;
    success()
}

pub(super) async fn remove_source(
    State(region): State<Arc<Region>>,
    Path(plan): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Answer {
    let id = query.get("sourceId").ok_or_else(|| ApiError::field("sourceId", "is required"))?;
    let mut workspace = region.workspace();
    if !workspace.shelves.take(SOURCES, &[plan], id) {
        return Err(sources::unknown(id));
    }
    success()
}

/// The plan that a source follows.
pub(super) fn plan_of(workspace: &Workspace, source: &str) -> Value {
    let follows = |plan: &&Thing| workspace.shelves.get(SOURCES, &[plan.id().to_owned()], source).is_some();
    workspace.shelves.of("tracking-plans", &[]).find(follows).map_or(Value::Null, |plan| json!(plan.id()))
}
