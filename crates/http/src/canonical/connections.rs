//! `get_connection`, `connect_app`.

use crate::state::Doors;
use keyferry_broker::IntegrationsQuery;
use keyferry_broker::view::{ConnectAnswer, ConnectionRecord};
use keyferry_core::{ErrorCode, Failure, Principal};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct CanonicalConnection {
    integration_id: String,
    connected: bool,
    state: &'static str,
    account_label: Option<String>,
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
    let found = doors.broker.integrations(principal, &IntegrationsQuery::default()).await?;
    if !found.items.iter().any(|item| item.slug == slug) {
        return Err(Failure::new(ErrorCode::NotFound, "There is no such integration."));
    }
    let mut own: Vec<ConnectionRecord> =
        found.integrations.into_iter().filter(|connection| connection.integration == slug).collect();
    own.sort_by_key(|connection| !connection.is_default);
    Ok(shown(slug, own.into_iter().next()))
}

fn shown(slug: &str, connection: Option<ConnectionRecord>) -> CanonicalConnection {
    let needs_reauth = connection.as_ref().is_some_and(|one| one.auth_state == "needs_reauth");
    CanonicalConnection {
        integration_id: slug.to_owned(),
        connected: connection.is_some(),
        state: match &connection {
            None => "not_connected",
            Some(_) if needs_reauth => "stale_auth",
            Some(_) => "healthy",
        },
        can_execute: connection.is_some() && !needs_reauth,
        needs_reauth,
        account_label: connection.as_ref().and_then(|one| one.connection_label.clone()),
        last_checked_at: connection.as_ref().and_then(|one| one.last_used_at.clone()),
        health_reason: connection.and_then(|one| one.auth_error),
    }
}

#[derive(Debug, Serialize)]
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
    reuse: bool,
) -> Result<Begun, Failure> {
    let integration_id = slug.to_owned();
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
