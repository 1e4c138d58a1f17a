//! An execution as it is asked for and as it is told.

use super::words::{Status, Word};
use crate::slug::Slug;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::time::Duration;
use utoipa::ToSchema;

#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Execution {
    #[schema(value_type = String, example = "segment")]
    pub(crate) integration_id: Slug,
    #[schema(example = "list_sources")]
    pub(crate) action_id: String,
    /// The action's arguments, as its `input_schema` has them.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(crate) input: Map<String, Value>,
    /// Taken because clients send it; it proves nothing and changes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) confirm: Option<bool>,
    /// 1 to 128 characters: the same execution with the same key is done once; with another it is meant once more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 128)]
    pub(crate) idempotency_key: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExecutionSummary {
    /// The call's id in the journal; of one that is running or unknown under the same key, that one's.
    pub(super) execution_id: Option<String>,
    pub(super) status: Status,
    pub(super) integration_id: String,
    pub(super) action_id: String,
    pub(super) started_at: Option<String>,
    pub(super) finished_at: Option<String>,
    /// The answer; of a blocked write, `{preview}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    pub(super) output: Option<Value>,
    pub(super) display: Display,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error_code: Option<Word>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
    /// What to do: it has the link where a person has to approve or to connect, and what to read where the end is
    /// unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recommended_next_action: Option<NextAction>,
    #[serde(skip)]
    pub(super) retry_after: Option<Duration>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Display {
    pub(super) title: String,
    pub(super) summary: String,
}

/// A tool of `/api/mcp`, and what to give it. Over HTTP, the route of the same name takes the same.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NextAction {
    /// `clawlink.execute`, `clawlink.get_execution` or `clawlink.begin_connection`.
    tool: &'static str,
    #[schema(value_type = Object)]
    input: Value,
}

impl NextAction {
    /// The same once more.
    pub(super) fn execute(asked: &Execution) -> Self {
        Self { tool: "clawlink.execute", input: json!(asked) }
    }

    pub(super) fn get_execution(id: &str) -> Self {
        Self { tool: "clawlink.get_execution", input: json!({"execution_id": id}) }
    }

    /// `reuse`: whether an account that is connected already is good enough.
    pub(super) fn begin_connection(integration: &Slug, reuse: bool) -> Self {
        let mut input = json!({"integration_id": integration});
        if !reuse {
            input["reuse_if_connected"] = false.into();
        }
        Self { tool: "clawlink.begin_connection", input }
    }
}

impl ExecutionSummary {
    /// The status over HTTP, as ClawLink's: what is blocked is 409; what failed is 400 if the agent can mend it, else 500.
    /// What is unknown is no 5xx, as those are sent again by themselves.
    pub(crate) fn http_status(&self) -> StatusCode {
        match self.status {
            Status::Succeeded => StatusCode::OK,
            Status::Running => StatusCode::ACCEPTED,
            Status::Blocked | Status::Unknown => StatusCode::CONFLICT,
            Status::Failed => match self.error_code {
                Some(Word::ValidationError | Word::IntegrationNotFound | Word::ActionNotFound) => {
                    StatusCode::BAD_REQUEST
                }
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            },
        }
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}
