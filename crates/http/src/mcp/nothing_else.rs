//! Our servers have tools. Of prompts and resources they have none: the lists are there, empty, as ClawLink's are and as
//! clients ask for them in any case, and whoever asks for one is told so. Completions are not there at all.

use rmcp::model::ServerCapabilities;

pub(super) fn capabilities() -> ServerCapabilities {
    ServerCapabilities::builder().enable_tools().enable_prompts().enable_resources().build()
}

macro_rules! nothing_else {
    () => {
        async fn get_prompt(
            &self,
            _: rmcp::model::GetPromptRequestParams,
            _: rmcp::service::RequestContext<rmcp::RoleServer>,
        ) -> Result<rmcp::model::GetPromptResponse, rmcp::ErrorData> {
            Err(rmcp::ErrorData::invalid_params("There is no such prompt.", None))
        }

        async fn read_resource(
            &self,
            asked: rmcp::model::ReadResourceRequestParams,
            _: rmcp::service::RequestContext<rmcp::RoleServer>,
        ) -> Result<rmcp::model::ReadResourceResponse, rmcp::ErrorData> {
            let place = serde_json::json!({"uri": asked.uri});
            Err(rmcp::ErrorData::resource_not_found("There is no such resource.", Some(place)))
        }

        async fn complete(
            &self,
            _: rmcp::model::CompleteRequestParams,
            _: rmcp::service::RequestContext<rmcp::RoleServer>,
        ) -> Result<rmcp::model::CompleteResult, rmcp::ErrorData> {
            Err(rmcp::ErrorData::method_not_found::<rmcp::model::CompleteRequestMethod>())
        }
    };
}
