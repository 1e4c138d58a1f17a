//! The answer to a call that was done.

use super::tool::ToolDescription;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The tool was called.
    Direct,
    /// Nothing was sent; the answer says what would be.
    Preview,
}

/// What is said about every answer.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    pub started_at: String,
    pub ended_at: String,
    pub duration_ms: u64,
    /// The id of the HTTP request; the log has it too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The call in the journal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
    /// The upstream's own id of the exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_request_id: Option<String>,
    /// The answer is that of an earlier call with the same idempotency key.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub replayed: bool,
    /// `false`: the earlier call's answer was not kept; `hint` says what to read instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_kept: Option<bool>,
    /// `false`: the call was done, but its outcome could not be written yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<bool>,
}

/// A call that was done.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallAnswer {
    /// Always `true`.
    pub ok: bool,
    pub tool_name: String,
    pub integration: String,
    /// The connection's number.
    pub connection_id: Option<i64>,
    pub mode: Mode,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<Box<ToolDescription>>,
    /// The arguments as they were understood; secret ones are masked.
    pub args: Value,
    pub requires_confirmation: bool,
    pub result: Value,
    /// What the caller has to know besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    pub meta: Meta,
}
