//! What both doors have in common as the protocol knows it. One type for both, since all that the library makes of a
//! handler stands in the program once for each.
//!
//! There are tools. Of prompts and resources there are none: the lists are there, empty, as ClawLink's are and as clients
//! ask for them in any case, and whoever asks for one is told so. Completions are not there at all.

use super::clawlink::ClawLink;
use super::server::Server;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CompleteRequestMethod, CompleteRequestParams, CompleteResult,
    GetPromptRequestParams, GetPromptResponse, Implementation, ListToolsResult, PaginatedRequestParams,
    ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::json;

/// One request's server.
#[derive(Clone)]
pub(super) enum Handler {
    Ours(Server),
    ClawLink(ClawLink),
}

impl Handler {
    fn tools(&self) -> Vec<&Tool> {
        match self {
            Self::Ours(server) => server.tools().collect(),
            Self::ClawLink(server) => server.tools().iter().collect(),
        }
    }
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_prompts().enable_resources();
        let info = ServerConfig::new(capabilities.build());
        let version = env!("CARGO_PKG_VERSION");
        match self {
            Self::Ours(_) => info
                .with_server_info(Implementation::new("keyferry", version).with_title("Keyferry"))
                .with_instructions(Server::INSTRUCTIONS),
            Self::ClawLink(_) => info.with_server_info(Implementation::new(ClawLink::NAME, version)),
        }
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.tools().into_iter().cloned().collect()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.tools().into_iter().find(|tool| tool.name == name).cloned()
    }

    async fn call_tool(
        &self,
        asked: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if !self.tools().iter().any(|tool| tool.name == asked.name) {
            let message = "There is no tool of this name here; tools/list has them.";
            return Err(ErrorData::invalid_params(message, None));
        }
        Ok(match self {
            Self::Ours(server) => server.call_tool(asked, &context).await,
            Self::ClawLink(server) => server.call_tool(asked).await,
        })
    }

    async fn get_prompt(
        &self,
        _: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        Err(ErrorData::invalid_params("There is no such prompt.", None))
    }

    async fn read_resource(
        &self,
        asked: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        Err(ErrorData::resource_not_found("There is no such resource.", Some(json!({"uri": asked.uri}))))
    }

    async fn complete(
        &self,
        _: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        Err(ErrorData::method_not_found::<CompleteRequestMethod>())
    }
}
