//! What comes back, as far as a caller acts on it. `Reply::raw` has the rest.

use serde::Deserialize;
use serde_json::Value;

/// One connection of the list of integrations.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Integration {
    pub id: i64,
    pub integration: String,
    pub connection_label: Option<String>,
    pub is_default: bool,
    pub auth_state: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Tools {
    pub tools: Vec<Tool>,
}

/// A tool as `?view=brief` tells it.
#[derive(Debug, Clone, Deserialize)]
pub struct Tool {
    pub name: String,
    pub impact: String,
    pub summary: String,
    /// Why a search found it.
    pub why: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    pub number: i64,
    pub integration: String,
    pub label: String,
    pub region: String,
    pub is_default: bool,
    pub state: String,
    pub slots: Vec<Slot>,
}

/// One of a connection's keys; the key itself is never told.
#[derive(Debug, Clone, Deserialize)]
pub struct Slot {
    pub name: String,
    pub filled: bool,
    pub health: Option<SlotHealth>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct SlotHealth {
    /// `untested`, `verified`, `unverifiable` or `refused`.
    pub state: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    pub tool_name: String,
    pub result: Value,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    pub tool_name: String,
    pub data: PreviewData,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreviewData {
    /// The request as it would be sent, secrets masked.
    pub request: Value,
    pub before_unavailable: Option<String>,
    #[serde(default)]
    pub changes: Vec<Change>,
    #[serde(default)]
    pub affected: Vec<Value>,
    pub affected_unavailable: Option<String>,
    pub confirmation: Option<PreviewConfirmation>,
}

/// One field that a call would change.
#[derive(Debug, Clone, Deserialize)]
pub struct Change {
    pub path: String,
    pub from: Value,
    pub to: Value,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreviewConfirmation {
    /// Like `expires_at` absent when the call needs none.
    pub id: Option<String>,
    pub expires_at: Option<String>,
    /// `none`, `preview` or `person`.
    pub needs: String,
    pub approval_url: Option<String>,
}

/// One of the device's own requests for a person's approval.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    pub id: String,
    /// `pending`, `approved`, `denied`, `used`, `void` or `expired`.
    pub status: String,
    pub tool: String,
    pub object: Option<String>,
    pub object_name: Option<String>,
    pub connection_label: String,
    pub expires_at: String,
    pub approval_url: String,
    /// Why a person said no.
    pub reason: Option<String>,
}

/// A part of the device's journal, the newest call first.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Calls {
    pub calls: Vec<Call>,
    /// There are older ones.
    pub next_cursor: Option<String>,
}

/// One call of the journal.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    pub id: String,
    pub tool: String,
    pub integration: String,
    pub impact: String,
    pub connection_id: Option<i64>,
    /// `intent`, `succeeded`, `failed`, `unknown`, `refused` or `previewed`.
    pub state: String,
    /// The upstream's.
    pub status: Option<i64>,
    pub error_code: Option<String>,
    pub error_message: Option<String>,
    pub object: Option<String>,
    pub attempts: i64,
    pub started_at: String,
    pub duration_ms: Option<u64>,
    /// This and the answer come with one call only, while they are kept.
    pub arguments: Option<Value>,
    pub result: Option<Value>,
}

/// Where a person connects an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectLink {
    pub connect_url: String,
    pub expires_at: String,
}
