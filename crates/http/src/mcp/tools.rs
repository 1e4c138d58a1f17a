//! Our ten tools. What they say of themselves stands in `tools.json`; here each becomes a call of the broker.

use super::answer::{Refused, done};
use super::asked::{
    CallAsked, ConnectAsked, IntegrationsAsked, Named, Nothing, SearchAsked, ToolsAsked, read,
};
use super::server::Server;
use crate::api::whoami;
use keyferry_broker::IntegrationsQuery;
use keyferry_broker::ToolFilter;
use keyferry_broker::view::ToolAnswer;
use keyferry_core::{ErrorCode, Failure};
use rmcp::model::{CallToolResult, JsonObject, Tool};
use serde_json::{Map, Value};
use std::sync::{Arc, LazyLock};

static OURS: LazyLock<Vec<Tool>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("tools.json"))
        .expect("tools.json is part of the program, and a test reads it")
});

pub(super) fn ours() -> &'static [Tool] {
    &OURS
}

/// What a call answers, under whichever name the tool was called.
pub(super) fn output_of_a_call() -> Option<Arc<JsonObject>> {
    ours().iter().find(|tool| Ours::named(&tool.name) == Some(Ours::CallTool))?.output_schema.clone()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ours {
    Whoami,
    ListIntegrations,
    SearchTools,
    ListTools,
    DescribeTool,
    PreviewTool,
    CallTool,
    GetCall,
    Connect,
    ListApprovals,
}

impl Ours {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "whoami" => Self::Whoami,
            "list_integrations" => Self::ListIntegrations,
            "search_tools" => Self::SearchTools,
            "list_tools" => Self::ListTools,
            "describe_tool" => Self::DescribeTool,
            "preview_tool" => Self::PreviewTool,
            "call_tool" => Self::CallTool,
            "get_call" => Self::GetCall,
            "connect" => Self::Connect,
            "list_approvals" => Self::ListApprovals,
            _ => return None,
        })
    }
}

/// All but the preview and the call, which are the server's own.
pub(super) async fn answer(
    server: &Server,
    tool: Ours,
    arguments: Map<String, Value>,
) -> Result<CallToolResult, Refused> {
    let broker = &server.doors.broker;
    match tool {
        Ours::SearchTools => {
            let asked: SearchAsked = read(arguments)?;
            let (integration, area) = (slug(asked.integration), slug(asked.area));
            let filter = ToolFilter {
                integration: integration.as_deref(),
                impact: asked.impact,
                area: area.as_deref(),
            };
            done(&broker.search_brief(&asked.query, filter, asked.limit)?)
        }
        Ours::ListTools => {
            let asked: ToolsAsked = read(arguments)?;
            let (integration, area) = (slug(asked.integration), slug(asked.area));
            let filter = ToolFilter {
                integration: integration.as_deref(),
                impact: asked.impact,
                area: area.as_deref(),
            };
            done(&broker.tools_brief(filter)?)
        }
        Ours::DescribeTool => {
            let asked: Named = read(arguments)?;
            done(&ToolAnswer { tool: broker.describe(&server.principal, &asked.name).await? })
        }
        other => of_the_device(server, other, arguments).await,
    }
}

/// What is about the device, its accounts and its calls.
async fn of_the_device(
    server: &Server,
    tool: Ours,
    arguments: Map<String, Value>,
) -> Result<CallToolResult, Refused> {
    let Server { doors, principal, .. } = server;
    let broker = &doors.broker;
    match tool {
        Ours::Whoami => {
            let Nothing {} = read(arguments)?;
            done(&whoami::of(doors, principal).await?)
        }
        Ours::ListIntegrations => done(&broker.integrations(principal, &query(read(arguments)?)).await?),
        Ours::GetCall => {
            let asked: CallAsked = read(arguments)?;
            let id = asked.call_id.parse().map_err(|_| no_call())?;
            done(&broker.call_record(principal, &id).await?)
        }
        Ours::Connect => {
            let asked: ConnectAsked = read(arguments)?;
            let slug = slug(Some(asked.integration)).unwrap_or_default();
            let reuse = asked.reuse_if_connected.unwrap_or(true);
            done(&broker.start_connection(principal, &slug, reuse).await?)
        }
        Ours::ListApprovals => {
            let Nothing {} = read(arguments)?;
            done(&broker.approvals(principal).await?)
        }
        _ => Err(Failure::internal("a tool that is listed and not answered").into()),
    }
}

fn query(asked: IntegrationsAsked) -> IntegrationsQuery {
    IntegrationsQuery {
        query: asked.query,
        connected_only: asked.connected_only.unwrap_or(false),
        supports_action: None,
        page: asked.page,
        page_size: asked.page_size,
    }
}

fn slug(given: Option<String>) -> Option<String> {
    given.map(|slug| slug.trim().to_ascii_lowercase()).filter(|slug| !slug.is_empty())
}

fn no_call() -> Failure {
    Failure::new(ErrorCode::NotFound, "There is no such call.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_that_is_listed_is_one_that_is_answered() {
        assert_eq!(ours().len(), 10);
        for tool in ours() {
            assert!(Ours::named(&tool.name).is_some(), "{}", tool.name);
            assert!(tool.title.is_some() && tool.description.is_some() && tool.output_schema.is_some());
            let hints = tool.annotations.as_ref().unwrap();
            assert!(hints.read_only_hint.is_some() && hints.destructive_hint.is_some(), "{}", tool.name);
            assert!(hints.idempotent_hint.is_some() && hints.open_world_hint.is_some(), "{}", tool.name);
        }
    }
}
