//! Who may do what in the workspace: members of groups, and permissions.

use super::audience_parts::put;
use super::error::ApiError;
use super::fields::Fields;
use super::{Answer, data, parents, success};
use crate::state::{Region, Thing, Workspace};
use axum::extract::{Path, Query, State};
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) async fn add_to_group(
    State(region): State<Arc<Region>>,
    Path(group): Path<String>,
    body: Bytes,
) -> Answer {
    join(&region, &group, &emails(&body)?, false)
}

pub(super) async fn replace_in_group(
    State(region): State<Arc<Region>>,
    Path(group): Path<String>,
    body: Bytes,
) -> Answer {
    join(&region, &group, &emails(&body)?, true)
}

pub(super) async fn remove_from_group(
    State(region): State<Arc<Region>>,
    Path(group): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Answer {
    let mut workspace = region.workspace();
    let of = [group];
    parents::exist(&workspace, "group-users", &of)?;
    let named: Vec<&String> =
        query.iter().filter(|(name, _)| name.starts_with("emails")).map(|(_, one)| one).collect();
    let leaves = |thing: &Thing| thing.of == of && named.iter().any(|email| *email == thing.text("email"));
    workspace.shelves.retain("group-users", |thing| !leaves(thing));
    success()
}

fn emails(body: &Bytes) -> Result<Vec<String>, ApiError> {
    let given = Fields::read(body)?.all();
    let emails = given.get("emails").and_then(Value::as_array);
    let emails = emails.ok_or_else(|| ApiError::field("emails", "must be an array of email addresses"))?;
    Ok(emails.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

fn join(region: &Region, group: &str, emails: &[String], others_leave: bool) -> Answer {
    let mut workspace = region.workspace();
    let of = vec![group.to_owned()];
    parents::exist(&workspace, "group-users", &of)?;
    if others_leave {
        workspace.shelves.retain("group-users", |thing| thing.of != of);
    }
    for email in emails {
        let is_in = workspace.shelves.of("group-users", &of).any(|thing| thing.text("email") == email);
        let person = workspace.shelves.of("users", &[]).find(|thing| thing.text("email") == email);
        if let Some(shown) = person.filter(|_| !is_in).map(Thing::shown) {
            let value = json!({ "id": shown["id"], "name": shown["name"], "email": shown["email"] });
            put(&mut workspace, "group-users", of.clone(), value)?;
        }
    }
    let shown = workspace.shelves.get("groups", &[], group).map(Thing::shown);
    data(json!({ "userGroup": shown }))
}

pub(super) async fn permit_group(
    State(region): State<Arc<Region>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    permit(&mut region.workspace(), "groups", &id, &body, false)
}

pub(super) async fn replace_of_group(
    State(region): State<Arc<Region>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    permit(&mut region.workspace(), "groups", &id, &body, true)
}

pub(super) async fn permit_user(
    State(region): State<Arc<Region>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    permit(&mut region.workspace(), "users", &id, &body, false)
}

pub(super) async fn replace_of_user(
    State(region): State<Arc<Region>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    permit(&mut region.workspace(), "users", &id, &body, true)
}

fn permit(workspace: &mut Workspace, shelf: &str, id: &str, body: &Bytes, others_go: bool) -> Answer {
    let given = Fields::read(body)?.all();
    let more = given.get("permissions").and_then(Value::as_array).cloned();
    let more = more.ok_or_else(|| ApiError::field("permissions", "must be an array"))?;
    let unknown = || ApiError::not_found(format!("{id} was not found among the {shelf}"));
    let thing = workspace.shelves.get_mut(shelf, &[], id).ok_or_else(unknown)?;
    let known = thing.value.get("permissions").and_then(Value::as_array).cloned().unwrap_or_default();
    let kept = if others_go { Vec::new() } else { known };
    let now: Vec<Value> = kept.into_iter().chain(more).collect();
    thing.value.insert("permissions".into(), json!(now));
    data(json!({ "permissions": now }))
}
