//! The answer to a preview: what would be sent, and what it would change.

use super::call::{Meta, Mode};
use keyferry_core::Consent;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewAnswer {
    /// Always `true`.
    pub ok: bool,
    pub tool_name: String,
    pub integration: String,
    pub connection_id: Option<i64>,
    pub mode: Mode,
    pub args: Value,
    pub requires_confirmation: bool,
    pub data: PreviewData,
    pub meta: Meta,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewData {
    /// Always `true`.
    pub preview: bool,
    /// Always `false`.
    pub will_execute: bool,
    pub confirmation_required: bool,
    pub connection_id: Option<i64>,
    pub policy_reason: Option<String>,
    /// Method, url, headers and body as they would be sent, with secrets as `***`.
    pub request: Value,
    /// The state that the call would change, or `null` when the tool has none or it could not be read.
    pub before: Value,
    /// The state after the call, as far as it can be told from the arguments.
    pub after: Value,
    /// Why `before` is `null` although the tool has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_unavailable: Option<String>,
    pub changes: Vec<Change>,
    pub affected: Vec<Affected>,
    /// Why what else is touched could not be listed in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affected_unavailable: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<LimitView>,
    pub confirmation: ConfirmationView,
}

/// One field that the call would change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// JSON pointer into the state; the empty pointer is the whole of it.
    pub path: String,
    pub from: Value,
    pub to: Value,
}

/// Something else that the call touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Affected {
    pub kind: String,
    pub id: String,
    pub name: String,
    pub effect: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LimitView {
    pub per_minute: i64,
}

/// What a call with the same arguments will find.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfirmationView {
    /// Absent when the call needs none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    #[schema(value_type = String, example = "preview")]
    pub needs: Consent,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_url: Option<String>,
}
