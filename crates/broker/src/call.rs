//! The one flow: tool → connection → rule → digest → idempotency → consent → claim → upstream → outcome.

use crate::Broker;
use crate::beneath::Beneath;
use crate::failed::Failed;
use crate::idempotency::Kept;
use crate::plan::Plan;
use crate::request::{CallRequest, Caller};
use crate::select::Select;
use crate::trail::Trail;
use crate::view::{CallAnswer, Meta, Mode};
use futures::FutureExt;
use keyferry_core::{Consent, ErrorCode, Failure, Principal};
use keyferry_store::calls::Call;
use keyferry_upstream::Answer;
use serde_json::Value;

/// What a call is answered with.
pub(crate) enum Answered {
    Now(Answer),
    /// By an earlier call with the same idempotency key.
    Replayed(Box<Call>, Kept),
}

impl Broker {
    /// Calls a tool. It goes on when the one who asked hangs up.
    ///
    /// # Errors
    /// Every code of the API; the failure says who mends it and how.
    pub async fn call(
        &self,
        principal: &Principal,
        tool: &str,
        request: CallRequest,
    ) -> Result<CallAnswer, Failed> {
        let (broker, principal, tool) = (self.clone(), principal.clone(), tool.to_owned());
        let began = self.now();
        let id = request.request_id.clone();
        let work = async move { broker.call_now(&principal, &tool, &request).await };
        self.finish(work.boxed()).await.unwrap_or_else(|failure| {
            Err(Failed { failure, meta: Box::new(Trail::begin(began, None).meta(id, self.now())) })
        })
    }

    async fn call_now(
        &self,
        principal: &Principal,
        tool: &str,
        request: &CallRequest,
    ) -> Result<CallAnswer, Failed> {
        let mut trail = Trail::begin(self.now(), None);
        let called = self.called(principal, tool, request, &mut trail).await;
        self.answered(principal, &mut trail, request, called)
    }

    async fn called(
        &self,
        principal: &Principal,
        tool: &str,
        request: &CallRequest,
        trail: &mut Trail,
    ) -> Result<CallAnswer, Failure> {
        self.must_be_heard()?;
        let select = request.select.as_deref().map(Select::parse).transpose()?;
        let beneath = Beneath::new(Caller::of(principal)?, trail.id.clone());
        let plan = self.plan(tool, request, trail, &beneath).boxed().await?;
        let claimed = plan.doing.tool.impact.changes() || request.idempotency_key.is_some();
        let answered = if claimed {
            self.call_claimed(&beneath, &plan, request, trail).boxed().await?
        } else {
            Answered::Now(self.send_read(&beneath.caller, &plan.doing, trail).boxed().await?)
        };
        let meta = trail.meta(request.request_id.clone(), self.now());
        let (body, meta) = told(answered, meta)?;
        let result = match select {
            Some(select) => select.within_limits(&body, &plan.doing.tool)?,
            None => body,
        };
        Ok(call_answer(&plan, result, meta))
    }
}

/// The body of the answer; a replayed failure fails again.
fn told(answered: Answered, meta: Meta) -> Result<(Value, Meta), Failure> {
    match answered {
        Answered::Now(answer) => Ok((answer.body, Meta { provider_request_id: answer.request_id, ..meta })),
        Answered::Replayed(call, kept) => {
            let (body, provider_request_id) = replayed(&call, kept)?;
            Ok((body, Meta { provider_request_id, ..meta }))
        }
    }
}

fn replayed(call: &Call, kept: Kept) -> Result<(Value, Option<String>), Failure> {
    let code: Option<ErrorCode> = call.error_code.as_deref().and_then(|code| code.parse().ok());
    match (kept, code) {
        (Kept::Result { body, provider_request_id }, _) => Ok((body, provider_request_id)),
        (Kept::Nothing, None) => Ok((Value::Null, None)),
        (Kept::Failure { message, hint, details, faults }, Some(code)) => {
            let mut failure = Failure::new(code, message).details(details).faults(faults);
            failure.hint = hint;
            Err(failure)
        }
        (_, code) => {
            let message = call.error_message.clone().unwrap_or_default();
            Err(Failure::new(code.unwrap_or(ErrorCode::Internal), message))
        }
    }
}

fn call_answer(plan: &Plan, result: Value, meta: Meta) -> CallAnswer {
    CallAnswer {
        ok: true,
        tool_name: plan.doing.tool.name.clone(),
        integration: plan.doing.tool.integration.clone(),
        connection_id: Some(plan.doing.account.connection.number),
        mode: Mode::Direct,
        tool: None,
        args: plan.shown.clone(),
        requires_confirmation: plan.consent != Consent::None,
        result,
        meta,
    }
}
