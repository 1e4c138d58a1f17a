//! Approvals: the short line that a device sees, and everything that the person who decides sees.

use super::preview::{Affected, Change};
use keyferry_core::Impact;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalSummary {
    pub id: String,
    /// `pending`, `approved`, `denied`, `used`, `void` or `expired`.
    pub status: String,
    pub tool: String,
    pub title: String,
    /// The id of what it is about; a keyed hash where that is a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Its name, as it was when the device asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_name: Option<String>,
    /// What the device calls itself.
    pub device_label: String,
    /// Whose device it is.
    pub requested_by: String,
    pub connection_label: String,
    #[schema(value_type = String, example = "high_impact")]
    pub impact: Impact,
    pub connection_id: Option<i64>,
    pub created_at: String,
    /// Until when a person may decide; once approved, until when it may be used.
    pub expires_at: String,
    pub approval_url: String,
    /// Why a person said no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApprovalList {
    pub approvals: Vec<ApprovalSummary>,
}

/// The call that used an approval, and what became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalUse {
    pub call_id: String,
    /// As the journal has it; `None` when it no longer does.
    pub state: Option<String>,
    pub error_message: Option<String>,
}

/// What the person who decides sees. Control and bidirectional characters are made visible.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalView {
    #[serde(flatten)]
    pub summary: ApprovalSummary,
    pub device_id: String,
    pub integration: String,
    pub region: String,
    pub arguments: Value,
    pub request: Value,
    pub before: Value,
    pub after: Value,
    pub before_unavailable: Option<String>,
    pub changes: Vec<Change>,
    pub affected: Vec<Affected>,
    pub affected_unavailable: Option<String>,
    pub ask_before: Vec<String>,
    /// Deciding takes a sign-in of the last ten minutes.
    pub needs_fresh_sign_in: bool,
    pub decided_by: Option<String>,
    pub decided_at: Option<String>,
    pub used: Option<ApprovalUse>,
    /// The id of the newer request for the same call that stands in its place.
    pub replaced_by: Option<String>,
}
