//! What hangs on an audience besides its plain parts.

use super::error::ApiError;
use super::fields::Fields;
use super::pagination::{QueryMap, page};
use super::{Answer, data, destinations, parents, success};
use crate::state::{Region, Thing};
use axum::extract::{Path, State};
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::Arc;

const CONNECTIONS: &str = "audience-connections";

/// The audiences whose condition names the trait of this one.
pub(super) async fn consumers(
    State(region): State<Arc<Region>>,
    Path((space, id)): Path<(String, String)>,
    query: QueryMap,
) -> Answer {
    let workspace = region.workspace();
    let of = [space, id.clone()];
    parents::exist(&workspace, "activations", &of)?;
    let key = workspace.shelves.get("audiences", &of[..1], &id).map_or("", |one| one.text("key"));
    let named = format!("trait('{key}')");
    let uses = |thing: &&Thing| {
        let condition = thing.value.get("definition").and_then(|definition| definition.get("query"));
        condition.and_then(Value::as_str).is_some_and(|condition| condition.contains(&named))
    };
    let users: Vec<Value> =
        workspace.shelves.of("audiences", &of[..1]).filter(uses).map(Thing::shown).collect();
    let (audiences, pagination) = page(&query, &users)?;
    data(json!({ "audiences": audiences, "pagination": pagination }))
}

pub(super) async fn run(
    State(region): State<Arc<Region>>,
    Path((space, id)): Path<(String, String)>,
) -> Answer {
    parents::exist(&region.workspace(), "activations", &[space, id])?;
    data(json!({ "run": { "id": region.new_id("run_") } }))
}

pub(super) async fn connect(
    State(region): State<Arc<Region>>,
    Path((space, audience)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let given = Fields::read(&body)?.all();
    let of = vec![space, audience];
    let mut workspace = region.workspace();
    parents::exist(&workspace, CONNECTIONS, &of)?;
    let id =
        given.get("destination").and_then(|one| one.get("id")).and_then(Value::as_str).unwrap_or_default();
    let destination = workspace.destinations.iter().find(|one| one.id == id);
    let destination = destination.ok_or_else(|| destinations::unknown(id))?;
    let value = json!({
        "id": region.new_id("ii_"), "name": destination.name, "sourceId": destination.source_id, "enabled": true,
        "destinationId": destination.id, "metadata": destination.metadata, "settings": destination.settings,
        "idSyncConfiguration": given.get("idSyncConfiguration").cloned().unwrap_or_else(|| json!([])),
        "connectionSettings": given.get("connectionSettings"),
        "createdAt": region.now().rfc3339(), "updatedAt": region.now().rfc3339(),
    });
    let answer = json!({
        "connection": { "id": value["id"] }, "idSyncConfiguration": value["idSyncConfiguration"],
        "connectionSettings": value["connectionSettings"],
    });
    put(&mut workspace, CONNECTIONS, of, value)?;
    data(answer)
}

/// `destination-connections/{destinationId}`: the connection is named by its destination.
pub(super) async fn disconnect(
    State(region): State<Arc<Region>>,
    Path((space, audience, destination)): Path<(String, String, String)>,
) -> Answer {
    let mut workspace = region.workspace();
    let of = [space, audience];
    parents::exist(&workspace, CONNECTIONS, &of)?;
    let is_it = |thing: &Thing| thing.of == of && thing.text("destinationId") == destination;
    let connection = workspace.shelves.of(CONNECTIONS, &of).find(|thing| is_it(thing));
    let id = connection.ok_or_else(|| destinations::unknown(&destination))?.id().to_owned();
    workspace.shelves.retain(CONNECTIONS, |thing| !is_it(thing));
    workspace.shelves.retain("activations", |thing| thing.of != of || thing.text("connectionId") != id);
    success()
}

pub(super) async fn activate(
    State(region): State<Arc<Region>>,
    Path((space, audience, connection)): Path<(String, String, String)>,
    body: Bytes,
) -> Answer {
    let mut value = Fields::read(&body)?.all();
    let of = vec![space, audience];
    let mut workspace = region.workspace();
    parents::exist(&workspace, CONNECTIONS, &of)?;
    if workspace.shelves.get(CONNECTIONS, &of, &connection).is_none() {
        return Err(ApiError::not_found(format!("The connection {connection} was not found")));
    }
    let known = [
        ("id", region.new_id("act_")),
        ("workspaceId", workspace.id.clone()),
        ("spaceId", of[0].clone()),
        ("audienceId", of[1].clone()),
        ("connectionId", connection),
    ];
    value.extend(known.map(|(name, text)| (name.to_owned(), json!(text))));
    let shown = json!({ "activation": value });
    put(&mut workspace, "activations", of, Value::Object(value))?;
    data(shown)
}

pub(super) fn put(
    workspace: &mut crate::state::Workspace,
    shelf: &str,
    of: Vec<String>,
    value: Value,
) -> Result<(), ApiError> {
    let value = value.as_object().cloned().unwrap_or_default();
    if workspace.shelves.put(shelf, Thing { of, value }) {
        return Ok(());
    }
    Err(ApiError::new(http::StatusCode::CONFLICT, "The sandbox holds no more of these"))
}
