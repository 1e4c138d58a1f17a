//! Our server: its tools, and what a call of one of them becomes.

use super::answer::Refused;
use super::elicit;
use super::progress;
use super::tools::{self, Ours};
use crate::api::call_body;
use crate::state::Doors;
use keyferry_broker::view::PreviewAnswer;
use keyferry_core::{Consent, ErrorCode, Failure, Principal, RequestId};
use rmcp::RoleServer;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ElicitationAction, InputResponses, Tool,
};
use rmcp::service::RequestContext;
use serde_json::{Map, Value};
use std::sync::Arc;

/// One request's server.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) doors: Doors,
    pub(super) principal: Principal,
    request: RequestId,
    exposed: Arc<[Tool]>,
}

/// A call of a tool of the catalog, under whichever name it came.
struct Call {
    tool: String,
    body: Map<String, Value>,
    responses: Option<InputResponses>,
}

impl Server {
    pub(super) const INSTRUCTIONS: &str = "Calls people's accounts without holding their keys. Find a tool with \
        search_tools, read it with describe_tool, show what a write would do with preview_tool, then call_tool with the \
        same arguments. Where an answer has an approvalUrl or a connect link, give it to the person and wait; nothing \
        here approves, and no key is ever to be asked for.";

    pub(super) fn new(doors: Doors, principal: Principal, request: RequestId, exposed: Arc<[Tool]>) -> Self {
        Self { doors, principal, request, exposed }
    }

    pub(super) fn tools(&self) -> impl Iterator<Item = &Tool> {
        tools::ours().iter().chain(self.exposed.iter())
    }

    pub(super) async fn call_tool(
        &self,
        asked: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> CallToolResponse {
        let answered = self.answered(asked, context).await;
        answered.unwrap_or_else(|refused| refused.answer(&self.request).into())
    }

    async fn answered(
        &self,
        asked: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, Refused> {
        let (body, responses) = (asked.arguments.unwrap_or_default(), asked.input_responses);
        match Ours::named(&asked.name) {
            Some(Ours::CallTool) => {
                let (tool, body) = super::asked::named_call(body)?;
                self.call(Call { tool, body, responses }, context).await
            }
            Some(Ours::PreviewTool) => Ok(progress::told(context, self.preview(body)).await?.into()),
            Some(other) => Ok(tools::answer(self, other, body).await?.into()),
            None => self.call(Call { tool: asked.name.into_owned(), body, responses }, context).await,
        }
    }

    async fn preview(&self, body: Map<String, Value>) -> Result<CallToolResult, Refused> {
        let (tool, body) = super::asked::named_call(body)?;
        let request = call_body::read(body, &self.request)?;
        super::answer::done(&self.doors.broker.preview(&self.principal, &tool, request).await?)
    }

    async fn call(
        &self,
        call: Call,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, Refused> {
        let action = elicit::action(call.responses.as_ref());
        let is_asked = action.is_some();
        if action.is_some_and(|action| action != ElicitationAction::Accept) {
            return Err(declined().into());
        }
        let shows = elicit::shows(context);
        // Also when it was previewed before: a question that was left, or answered with something else, is no yes.
        if shows.forms && !is_asked && self.is_shown_first(&call.tool).await? {
            let preview = progress::told(context, self.previewed(&call)).await?;
            if preview.data.confirmation.needs == Consent::Preview {
                return Ok(elicit::preview(&preview).into());
            }
        }
        let request = call_body::read(call.body.clone(), &self.request)?;
        let calling = self.doors.broker.call(&self.principal, &call.tool, request);
        let failed = match progress::told(context, calling).await {
            Ok(answer) => return Ok(super::answer::done(&answer)?.into()),
            Err(failed) => failed,
        };
        // Asked once: who was asked already is told what is missing.
        match (failed.failure.code, failed.failure.approval_url.as_deref()) {
            (ErrorCode::ConfirmationRequired, _) if shows.forms && !is_asked => {
                Ok(elicit::preview(&progress::told(context, self.previewed(&call)).await?).into())
            }
            (ErrorCode::ApprovalRequired, Some(link)) if shows.links && !is_asked => {
                Ok(elicit::approval(&failed.failure, link).into())
            }
            _ => Err(failed.into()),
        }
    }

    /// Whether the device's rule wants a preview before this tool is called.
    async fn is_shown_first(&self, tool: &str) -> Result<bool, Refused> {
        let described = self.doors.broker.describe(&self.principal, tool).await?;
        Ok(self.principal.rule().consent(described.item.impact) == Some(Consent::Preview))
    }

    async fn previewed(&self, call: &Call) -> Result<PreviewAnswer, Refused> {
        let request = call_body::read(call.body.clone(), &self.request)?;
        Ok(self.doors.broker.preview(&self.principal, &call.tool, request).await?)
    }
}

fn declined() -> Failure {
    Failure::new(
        ErrorCode::ConfirmationRequired,
        "The person who was shown the preview did not say yes; nothing was sent.",
    )
    .hint("Ask the person what to do instead.")
}
