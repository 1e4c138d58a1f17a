//! The one flow: tool → connection → rule → digest → idempotency → consent → claim → upstream → outcome.

use crate::Broker;
use crate::beneath::Beneath;
use crate::counted;
use crate::failed::Failed;
use crate::idempotency::Kept;
use crate::plan::Plan;
use crate::request::{CallRequest, Caller};
use crate::select::Select;
use crate::trail::Trail;
use crate::unknown::answer_not_kept;
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
        let (broker, caller, tool) = (self.clone(), principal.clone(), tool.to_owned());
        let began = self.now();
        let id = request.request_id.clone();
        let work = async move { broker.call_now(&caller, &tool, &request).await };
        self.finish(principal, work.boxed()).await.unwrap_or_else(|failure| {
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
        counted::call(&trail, called.as_ref().err().map(|failure| failure.code));
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
        let answer = told(answered, &plan, meta)?;
        match select.filter(|_| answer.meta.answer_kept.is_none()) {
            Some(select) => {
                let (result, hint) = select.within_limits(&answer.result, &plan.doing.tool)?;
                Ok(CallAnswer { result, hint, ..answer })
            }
            None => Ok(answer),
        }
    }
}

/// The answer before a part of it is selected; a replayed failure fails again.
fn told(answered: Answered, plan: &Plan, meta: Meta) -> Result<CallAnswer, Failure> {
    match answered {
        Answered::Now(Answer { body, request_id, .. }) => {
            Ok(call_answer(plan, body, Meta { provider_request_id: request_id, ..meta }))
        }
        Answered::Replayed(call, kept) => replayed(&call, kept, plan, meta),
    }
}

fn replayed(call: &Call, kept: Kept, plan: &Plan, meta: Meta) -> Result<CallAnswer, Failure> {
    let code: Option<ErrorCode> = call.error_code.as_deref().and_then(|code| code.parse().ok());
    match (kept, code) {
        (Kept::Result { body, provider_request_id }, _) => {
            Ok(call_answer(plan, body, Meta { provider_request_id, ..meta }))
        }
        (Kept::Nothing, None) => {
            let hint = Some(answer_not_kept(&plan.doing.tool));
            let meta = Meta { answer_kept: Some(false), ..meta };
            Ok(CallAnswer { hint, ..call_answer(plan, Value::Null, meta) })
        }
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
        hint: None,
        meta,
    }
}
