//! A call as the journal tells it.

use keyferry_core::Impact;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallRecord {
    pub id: String,
    pub tool: String,
    pub integration: String,
    #[schema(value_type = String, example = "read")]
    pub impact: Impact,
    pub connection_id: Option<i64>,
    /// Absent when a person made it, on the dashboard.
    pub device_id: Option<String>,
    /// The call beneath which this one was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// `intent`, `succeeded`, `failed`, `unknown`, `refused` or `previewed`.
    pub state: String,
    /// The upstream's status.
    pub status: Option<i64>,
    pub error_code: Option<String>,
    pub error_message: Option<String>,
    /// What to read to find out whether it was done: given by `GET /api/calls/{id}` where `state` is `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What is acted on; a keyed hash when it is a person.
    pub object: Option<String>,
    pub confirmation_id: Option<String>,
    pub attempts: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub started_at: String,
    pub finished_at: Option<String>,
    pub duration_ms: Option<u64>,
    /// Given by `GET /api/calls/{id}` only, while they are kept; secret ones are masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallList {
    pub calls: Vec<CallRecord>,
    pub next_cursor: Option<String>,
}
