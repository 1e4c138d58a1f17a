//! Kinds of things that are listed, made, read, changed and deleted all in the same way.

use super::error::ApiError;
use super::fields::Fields;
use super::pagination::{QueryMap, page};
use super::version::{self, Versions};
use super::{Answer, data, parents, success};
use crate::state::{Region, Thing};
use axum::Router;
use axum::extract::{Query, RawPathParams, State};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, patch, post};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// One kind, and what can be done with it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shelf {
    /// The path of the list. Its parameters say what a thing belongs to.
    pub(super) path: &'static str,
    /// In the workspace.
    pub(super) name: &'static str,
    /// In an answer: of one, of several.
    pub(super) shown: [&'static str; 2],
    /// Of an id that is given out.
    pub(super) prefix: &'static str,
    /// `l`ist, `c`reate, `g`et, `u`pdate, `d`elete.
    pub(super) can: &'static str,
    /// A query parameter, and the field that has to equal it.
    pub(super) by: Option<(&'static str, &'static str)>,
    /// What making one answers.
    pub(super) made: StatusCode,
}

/// The routes of all these shelves, as operations of these versions.
pub(super) fn routes(versions: Versions, shelves: &'static [Shelf]) -> Router<Arc<Region>> {
    let mut router = Router::new();
    for shelf in shelves {
        for (path, method) in methods(shelf) {
            router = router.route(&path, method);
        }
    }
    router.layer(from_fn(move |request, next| version::negotiate(versions, request, next)))
}

fn methods(shelf: &'static Shelf) -> Vec<(String, MethodRouter<Arc<Region>>)> {
    let one = format!("{}/{{id}}", shelf.path);
    let mut methods = Vec::new();
    for verb in shelf.can.chars() {
        let (path, method) = match verb {
            'l' => (shelf.path.to_owned(), get(move |region, path, query| list(shelf, region, path, query))),
            'c' => (shelf.path.to_owned(), post(move |region, path, body| create(shelf, region, path, body))),
            'g' => (one.clone(), get(move |region, path| read(shelf, region, path))),
            'u' => (one.clone(), patch(move |region, path, body| update(shelf, region, path, body))),
            _ => (one.clone(), delete(move |region, path| remove(shelf, region, path))),
        };
        methods.push((path, method));
    }
    methods
}

/// The values of the path's parameters, in their order.
pub(super) fn values(path: &RawPathParams) -> Vec<String> {
    path.iter().map(|(_, value)| value.to_owned()).collect()
}

async fn list(
    shelf: &Shelf,
    State(region): State<Arc<Region>>,
    path: RawPathParams,
    query: QueryMap,
) -> Answer {
    let workspace = region.workspace();
    let of = values(&path);
    parents::exist(&workspace, shelf.name, &of)?;
    let wanted = wanted(shelf, &query)?;
    let fits = |thing: &&Thing| wanted.is_none_or(|(field, value)| thing.text(field) == value);
    let things: Vec<Value> = workspace.shelves.of(shelf.name, &of).filter(fits).map(Thing::shown).collect();
    let (things, pagination) = page(&query, &things)?;
    data(json!({ shelf.shown[1]: things, "pagination": pagination }))
}

fn wanted<'q>(
    shelf: &Shelf,
    Query(query): &'q QueryMap,
) -> Result<Option<(&'static str, &'q str)>, ApiError> {
    let Some((parameter, field)) = shelf.by else { return Ok(None) };
    let value = query.get(parameter).ok_or_else(|| ApiError::field(parameter, "is required"))?;
    Ok(Some((field, value)))
}

async fn create(
    shelf: &Shelf,
    State(region): State<Arc<Region>>,
    path: RawPathParams,
    body: Bytes,
) -> Answer {
    let of = values(&path);
    let mut value = Fields::read(&body)?.all();
    let mut workspace = region.workspace();
    parents::exist(&workspace, shelf.name, &of)?;
    let id = region.new_id(shelf.prefix);
    value.insert("id".into(), json!(id));
    for time in ["createdAt", "updatedAt"] {
        value.insert(time.into(), json!(region.now().rfc3339()));
    }
    let thing = Thing { of, value };
    let shown = thing.shown();
    if !workspace.shelves.put(shelf.name, thing) {
        return Err(ApiError::new(StatusCode::CONFLICT, "The sandbox holds no more of these"));
    }
    Ok((shelf.made, answered(shelf, &shown)?).into_response())
}

async fn read(shelf: &Shelf, State(region): State<Arc<Region>>, path: RawPathParams) -> Answer {
    let (of, id) = split(&path);
    let workspace = region.workspace();
    let thing = workspace.shelves.get(shelf.name, &of, &id).ok_or_else(|| unknown(shelf, &id))?;
    answered(shelf, &thing.shown())
}

async fn update(
    shelf: &Shelf,
    State(region): State<Arc<Region>>,
    path: RawPathParams,
    body: Bytes,
) -> Answer {
    let (of, id) = split(&path);
    let changes = Fields::read(&body)?.all();
    let now = region.now().rfc3339();
    let mut workspace = region.workspace();
    let thing = workspace.shelves.get_mut(shelf.name, &of, &id).ok_or_else(|| unknown(shelf, &id))?;
    merge(&mut thing.value, changes);
    thing.value.insert("updatedAt".into(), json!(now));
    let shown = thing.shown();
    answered(shelf, &shown)
}

async fn remove(shelf: &Shelf, State(region): State<Arc<Region>>, path: RawPathParams) -> Answer {
    let (of, id) = split(&path);
    if !region.workspace().shelves.take(shelf.name, &of, &id) {
        return Err(unknown(shelf, &id));
    }
    if shelf.name == "space-filters" { data(json!({ "deleted": true })) } else { success() }
}

/// Objects are changed name by name, one level deep; anything else is replaced.
pub(super) fn merge(value: &mut Map<String, Value>, changes: Map<String, Value>) {
    for (name, change) in changes.into_iter().filter(|(name, _)| name != "id" && !name.starts_with('_')) {
        match (value.get_mut(&name), change) {
            (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
            (_, change) => drop(value.insert(name, change)),
        }
    }
}

fn split(path: &RawPathParams) -> (Vec<String>, String) {
    let mut of = values(path);
    let id = of.pop().unwrap_or_default();
    (of, id)
}

fn answered(shelf: &Shelf, shown: &Value) -> Result<Response, ApiError> {
    data(json!({ shelf.shown[0]: shown }))
}

pub(super) fn unknown(shelf: &Shelf, id: &str) -> ApiError {
    ApiError::not_found(format!("The {} {id} was not found", shelf.shown[0]))
}
