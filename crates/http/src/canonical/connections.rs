//! `get_connection`, `begin_connection`, `connect_app`.

use crate::state::Doors;
use keyferry_broker::IntegrationsQuery;
use keyferry_broker::view::{ConnectAnswer, ConnectionRecord};
use keyferry_core::{ErrorCode, Failure, Principal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CanonicalConnection {
    integration_id: String,
    connected: bool,
    /// `not_connected`, `healthy` or `stale_auth`.
    state: &'static str,
    account_label: Option<String>,
    /// When it was last used, or else when a key of it was last tested.
    last_checked_at: Option<String>,
    can_execute: bool,
    needs_reauth: bool,
    health_reason: Option<String>,
}

/// The account that a call without a number would use.
pub(crate) async fn get(
    doors: &Doors,
    principal: &Principal,
    slug: &str,
) -> Result<CanonicalConnection, Failure> {
    let asked = IntegrationsQuery { query: Some(slug.to_owned()), ..IntegrationsQuery::default() };
    let found = doors.broker.integrations(principal, &asked).await?;
    let item = found.items.into_iter().find(|item| item.slug == slug);
    let item = item.ok_or_else(|| Failure::new(ErrorCode::NotFound, "There is no such integration."))?;
    let default = |connection: &ConnectionRecord| Some(connection.id) == item.default_connection_id;
    Ok(shown(slug, found.integrations.into_iter().find(default)))
}

fn shown(slug: &str, connection: Option<ConnectionRecord>) -> CanonicalConnection {
    let state = state_of(connection.as_ref());
    CanonicalConnection {
        integration_id: slug.to_owned(),
        connected: connection.is_some(),
        state,
        can_execute: state == HEALTHY,
        needs_reauth: state == STALE,
        account_label: connection.as_ref().and_then(|one| one.connection_label.clone()),
        last_checked_at: connection.as_ref().and_then(last_checked),
        health_reason: connection.and_then(|one| one.auth_error),
    }
}

const HEALTHY: &str = "healthy";
const STALE: &str = "stale_auth";

/// ClawLink's word for how an account does.
pub(super) fn state_of(connection: Option<&ConnectionRecord>) -> &'static str {
    match connection {
        None => "not_connected",
        Some(connection) if connection.auth_state == "needs_reauth" => STALE,
        Some(_) => HEALTHY,
    }
}

fn last_checked(connection: &ConnectionRecord) -> Option<String> {
    let tested = || connection.slots.iter().filter_map(|slot| slot.health.as_ref()?.tested_at.clone()).max();
    connection.last_used_at.clone().or_else(tested)
}

/// How one asks for a link.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct BeginAsked {
    /// Answer the account that is connected already, if there is one. `true` when absent.
    pub(crate) reuse_if_connected: Option<bool>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Begun {
    integration_id: String,
    /// `requires_user_action` or `already_connected`.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_session_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connect_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    instructions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<Box<ConnectionRecord>>,
}

pub(crate) async fn begin(
    doors: &Doors,
    principal: &Principal,
    slug: &str,
    asked: &BeginAsked,
) -> Result<Begun, Failure> {
    let integration_id = slug.to_owned();
    let reuse = asked.reuse_if_connected.unwrap_or(true);
    Ok(match doors.broker.start_connection(principal, slug, reuse).await? {
        ConnectAnswer::Already { connection, .. } => Begun {
            integration_id,
            status: "already_connected",
            connection_session_id: None,
            connect_url: None,
            expires_at: None,
            instructions: Vec::new(),
            connection: Some(connection),
        },
        ConnectAnswer::Link { session_id, expires_at, connect_url, .. } => Begun {
            integration_id,
            status: "requires_user_action",
            connection_session_id: Some(session_id),
            instructions: vec![format!("Ask the person to open {connect_url} and to type the key in there.")],
            connect_url: Some(connect_url),
            expires_at: Some(expires_at),
            connection: None,
        },
    })
}
