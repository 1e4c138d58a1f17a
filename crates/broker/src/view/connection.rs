//! Connections as devices and people see them: numbers, labels, health; never a secret.

use crate::AccountHealth;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One connection, in ClawLink's shape.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionRecord {
    /// The connection's number within its team.
    pub id: i64,
    pub integration: String,
    pub connection_label: Option<String>,
    pub account_label: Option<String>,
    pub is_default: bool,
    /// `active` or `needs_reauth`.
    pub auth_state: String,
    pub auth_error: Option<String>,
    /// Always `local`: the credentials are this gateway's own.
    pub auth_backend: String,
    pub region: String,
    pub shared: bool,
    pub slots: Vec<SlotView>,
    pub expires_at: Option<String>,
    pub last_used_at: Option<String>,
    pub last_success_at: Option<String>,
    pub last_error_at: Option<String>,
    pub last_error_code: Option<String>,
    pub last_error_message: Option<String>,
    pub scope_snapshot: Option<Vec<String>>,
    pub capabilities: Option<Vec<String>>,
    pub created_at: String,
    pub updated_at: Option<String>,
}

/// One connection, in our own words.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionView {
    pub number: i64,
    pub integration: String,
    pub label: String,
    pub region: String,
    pub is_default: bool,
    /// Shared by the team, or one person's own.
    pub shared: bool,
    /// `active` or `needs_reauth`.
    pub state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_message: Option<String>,
    pub slots: Vec<SlotView>,
    pub created_at: String,
    pub last_used_at: Option<String>,
    pub last_success_at: Option<String>,
    pub last_error_at: Option<String>,
    pub last_error_message: Option<String>,
}

/// A device that called over a connection.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceUse {
    pub device_id: String,
    pub label: String,
    pub last_used_at: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConnectionList {
    pub connections: Vec<ConnectionView>,
}

/// One credential slot of a connection.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SlotView {
    pub name: String,
    pub label: String,
    pub filled: bool,
    /// Absent when the slot is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<SlotHealthView>,
    /// What belongs to the secret and is none: a space's id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SlotHealthView {
    /// `untested`, `verified`, `unverifiable` or `refused`.
    pub state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    pub tested_at: Option<String>,
}

/// An integration that could be connected or is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationItem {
    pub slug: String,
    pub name: String,
    pub description: String,
    pub connected: bool,
    pub connection_count: usize,
    pub default_connection_id: Option<i64>,
    #[serde(skip)]
    pub health: AccountHealth,
    pub tool_count: usize,
    /// Where a person connects it.
    pub connect_url: String,
}

/// An integration, and the connections to it.
#[derive(Debug, Clone)]
pub struct IntegrationAccounts {
    pub item: IntegrationItem,
    pub connections: Vec<ConnectionRecord>,
}

/// Both shapes that clients ask for, in one answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Integrations {
    pub integrations: Vec<ConnectionRecord>,
    pub items: Vec<IntegrationItem>,
    pub page: usize,
    pub page_size: usize,
    pub total: usize,
}

/// The answer to "connect": an account that is there already, or a link for a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ConnectAnswer {
    #[serde(rename_all = "camelCase")]
    Already { already_connected: bool, integration: String, connection: Box<ConnectionRecord> },
    #[serde(rename_all = "camelCase")]
    Link {
        session_id: String,
        session_token: String,
        display_code: String,
        integration: String,
        connection_id: Option<i64>,
        status: String,
        expires_at: String,
        poll_interval_ms: u64,
        connect_url: String,
        status_url: String,
    },
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectSessionView {
    pub id: String,
    pub token: String,
    pub display_code: String,
    pub integration: String,
    pub connection_id: Option<i64>,
    pub status: String,
    pub flow_type: String,
    pub error_message: Option<String>,
    pub expires_at: String,
    pub completed_at: Option<String>,
    pub created_at: String,
    pub updated_at: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectSessionAnswer {
    pub session: ConnectSessionView,
    pub connection: Option<ConnectionRecord>,
    pub integration_meta: Option<IntegrationMeta>,
}

/// What the connect page asks for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationMeta {
    pub name: String,
    pub slug: String,
    pub description: String,
    /// Always `hosted`: secrets are typed into the gateway's own page.
    pub setup_mode: String,
    pub regions: Vec<String>,
    pub credential_fields: Vec<SlotForm>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SlotForm {
    pub slot: String,
    pub label: String,
    pub help: String,
    pub fields: Vec<SlotFormField>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SlotFormField {
    pub name: String,
    pub label: String,
    pub help: String,
    /// A regular expression, for the form.
    pub pattern: Option<String>,
}

/// What the page that connects an integration asks for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectForm {
    pub slug: String,
    pub name: String,
    pub description: String,
    pub regions: Vec<RegionChoice>,
    pub slots: Vec<SlotForm>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegionChoice {
    pub name: String,
    pub label: String,
}
