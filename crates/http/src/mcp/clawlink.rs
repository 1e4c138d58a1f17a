//! ClawLink's eleven MCP tools, `clawlink.*`, in its words and shapes. A call that is not done is `blocked` or `failed`
//! in the answer, and no error of the tool.

use super::answer::{Refused, done};
use super::asked::{Nothing, read};
use crate::api::whoami;
use crate::canonical::connections::BeginAsked;
use crate::canonical::{actions, connections, executions, integrations};
use crate::state::Doors;
use axum::Json;
use keyferry_core::{ErrorCode, Failure, Principal, RequestId};
use rmcp::model::{CallToolRequestParams, CallToolResponse, CallToolResult, Tool};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

static TOOLS: LazyLock<Vec<Tool>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("clawlink_tools.json"))
        .expect("clawlink_tools.json is part of the program, and a test reads it")
});

/// `GET /api/mcp`: what is here, for whoever looks with a browser.
pub(super) async fn describe() -> Json<Value> {
    let tools: Vec<&str> = TOOLS.iter().map(|tool| tool.name.as_ref()).collect();
    Json(
        json!({"name": ClawLink::NAME, "transport": "streamable-http", "endpoint": "/api/mcp", "tools": tools}),
    )
}

/// One request's server.
#[derive(Clone)]
pub(super) struct ClawLink {
    doors: Doors,
    principal: Principal,
    request: RequestId,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SearchAsked {
    query: String,
    connected_only: Option<bool>,
    limit: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfIntegration {
    integration_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfAction {
    integration_id: String,
    action_id: String,
}

#[derive(Debug, Deserialize)]
struct ConnectAsked {
    integration_id: String,
    #[serde(flatten)]
    how: BeginAsked,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfExecution {
    execution_id: String,
}

impl ClawLink {
    pub(super) const NAME: &str = "clawlink";

    pub(super) fn new(doors: Doors, principal: Principal, request: RequestId) -> Self {
        Self { doors, principal, request }
    }

    pub(super) fn tools(&self) -> &[Tool] {
        &TOOLS
    }

    pub(super) async fn call_tool(&self, asked: CallToolRequestParams) -> CallToolResponse {
        let answered = self.answered(&asked.name, asked.arguments.unwrap_or_default()).await;
        answered.unwrap_or_else(|refused| refused.answer(&self.request)).into()
    }

    async fn answered(&self, name: &str, given: Map<String, Value>) -> Result<CallToolResult, Refused> {
        let (doors, principal) = (&self.doors, &self.principal);
        match name {
            "clawlink.whoami" => {
                let Nothing {} = read(given)?;
                done(&whoami::of(doors, principal).await?)
            }
            "clawlink.search" => {
                let SearchAsked { query, connected_only, limit } = read(given)?;
                let connected = connected_only.unwrap_or(false);
                done(&actions::search(doors, principal, &query, connected, limit).await?)
            }
            "clawlink.list_integrations" => done(&integrations::list(doors, principal, read(given)?).await?),
            "clawlink.get_integration" => {
                let OfIntegration { integration_id } = read(given)?;
                done(&integrations::get(doors, principal, &integration_id).await?)
            }
            "clawlink.list_actions" => done(&actions::list(doors, principal, read(given)?).await?),
            "clawlink.get_action" => {
                let OfAction { integration_id, action_id } = read(given)?;
                done(&actions::get(doors, principal, &integration_id, &action_id).await?)
            }
            _ => self.acted(name, given).await,
        }
    }

    /// What is about accounts and calls.
    async fn acted(&self, name: &str, given: Map<String, Value>) -> Result<CallToolResult, Refused> {
        let (doors, principal) = (&self.doors, &self.principal);
        match name {
            "clawlink.get_connection" => {
                let OfIntegration { integration_id } = read(given)?;
                done(&connections::get(doors, principal, &integration_id).await?)
            }
            "clawlink.connect_app" | "clawlink.begin_connection" => {
                let ConnectAsked { integration_id, how } = read(given)?;
                done(&connections::begin(doors, principal, &integration_id, &how).await?)
            }
            "clawlink.execute" => {
                done(&executions::execute(doors, principal, read(given)?, &self.request).await)
            }
            "clawlink.get_execution" => {
                let OfExecution { execution_id } = read(given)?;
                let unknown = |_| Failure::new(ErrorCode::NotFound, "There is no such execution.");
                let id = execution_id.parse().map_err(unknown)?;
                done(&executions::get(doors, principal, &id).await?)
            }
            _ => Err(Failure::internal("a tool that is listed and not answered").into()),
        }
    }
}
