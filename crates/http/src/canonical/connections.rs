//! `get_connection`, `begin_connection`, `connect_app`.

use crate::slug::Slug;
use crate::state::Doors;
use keyferry_broker::AccountHealth;
use keyferry_broker::view::{ConnectAnswer, ConnectionRecord, IntegrationAccounts};
use keyferry_core::{Failure, Principal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CanonicalConnection {
    integration_id: String,
    connected: bool,
    /// `not_connected`, `healthy`, `stale_auth`, or `error`: several accounts, and none is the default.
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
    slug: &Slug,
) -> Result<CanonicalConnection, Failure> {
    Ok(shown(doors.broker.integration(principal, slug).await?))
}

fn shown(IntegrationAccounts { item, connections }: IntegrationAccounts) -> CanonicalConnection {
    let numbers = || connections.iter().map(|one| one.id.to_string()).collect::<Vec<_>>().join(", ");
    let ambiguous = (item.health == AccountHealth::Ambiguous).then(|| {
        format!("There are several accounts ({}) and none is the default. A person makes one of them the default, on the Connections page.", numbers())
    });
    let default = connections.iter().find(|one| Some(one.id) == item.default_connection_id);
    CanonicalConnection {
        connected: item.connected,
        state: item.health.as_str(),
        can_execute: item.health == AccountHealth::Healthy,
        needs_reauth: item.health == AccountHealth::StaleAuth,
        account_label: default.and_then(|one| one.connection_label.clone()),
        last_checked_at: default.and_then(last_checked),
        health_reason: ambiguous.or_else(|| default.and_then(|one| one.auth_error.clone())),
        integration_id: item.slug,
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
    slug: &Slug,
    asked: &BeginAsked,
) -> Result<Begun, Failure> {
    let integration_id = slug.to_string();
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
