//! Tools as an agent sees them: in a list, found by a search, described in full.

use super::connection::ConnectionRecord;
use keyferry_core::Impact;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// `{name, impact, summary[, why]}`: what it takes to choose.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BriefTool {
    pub name: String,
    #[schema(value_type = String, example = "read")]
    pub impact: Impact,
    pub summary: String,
    /// Why a search found it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BriefTools {
    pub tools: Vec<BriefTool>,
    pub count: usize,
}

/// A tool in a list: no schema.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ToolListItem {
    pub integration: String,
    pub integration_name: String,
    pub name: String,
    pub title: String,
    pub summary: String,
    pub description: String,
    #[schema(value_type = String, example = "write")]
    pub impact: Impact,
    /// `read`, `write` or `destructive`.
    pub access_level: String,
    pub mode: String,
    /// `safe`, `confirm` or `high_impact`.
    pub risk: String,
    pub guidance_available: bool,
    pub requires_confirmation: bool,
    pub preview_available: bool,
    pub default_connection_id: Option<i64>,
    pub connection_count: usize,
    pub canonical: CanonicalTool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// The names of ClawLink's documented API for the same thing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CanonicalTool {
    pub integration_id: String,
    pub action: String,
    pub default_connection_state: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Tools {
    pub tools: Vec<ToolListItem>,
    pub count: usize,
    pub integration: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FoundTools {
    pub tools: Vec<ToolListItem>,
    pub count: usize,
    pub query: String,
    pub integration: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Example {
    /// What a person might say.
    pub user: String,
    pub args: Value,
}

/// Everything that there is to know about a tool.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ToolDescription {
    #[serde(flatten)]
    pub item: ToolListItem,
    pub input_schema: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
    pub tags: Vec<String>,
    pub policy_reason: Option<String>,
    pub connections: Vec<ConnectionRecord>,
    pub requires_scopes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requires_feature: Option<String>,
    pub stability: String,
    pub idempotent: bool,
    pub supports_dry_run: bool,
    pub supports_batch: bool,
    pub recommended_timeout_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_per_minute: Option<i64>,
    /// What a longer time allows: `120 a day`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<String>,
    /// What it is about, within its integration; lists can be narrowed to it.
    pub area: String,
    /// Why a preview shows no state before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_before: Option<String>,
    /// Why a preview shows nothing else that is touched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_affected: Option<String>,
    pub when_to_use: Vec<String>,
    pub ask_before: Vec<String>,
    pub safe_defaults: Map<String, Value>,
    pub examples: Vec<Example>,
    pub prerequisites: Vec<String>,
    pub followups: Vec<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ToolAnswer {
    pub tool: ToolDescription,
}
