//! Preview: the same flow as a call, stopped before the claim.

use crate::Broker;
use crate::beneath::Beneath;
use crate::difference;
use crate::failed::Failed;
use crate::limits::QUEUED_ARGUMENTS;
use crate::outcome;
use crate::plan::Plan;
use crate::request::{CallRequest, Caller};
use crate::state::State;
use crate::trail::Trail;
use crate::view::{Affected, Change, ConfirmationView, LimitView, Mode, PreviewAnswer, PreviewData};
use crate::visible::visible;
use futures::FutureExt;
use keyferry_catalog::Before;
use keyferry_core::{Consent, Failure, Principal};
use keyferry_store::confirmations::Confirmation;
use keyferry_upstream::{Always, Exchange, Made};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What was shown: kept sealed with the confirmation, so that the person who decides sees the same.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown {
    pub(crate) arguments: Value,
    pub(crate) request: Value,
    pub(crate) before: Value,
    pub(crate) after: Value,
    pub(crate) before_unavailable: Option<String>,
    pub(crate) changes: Vec<Change>,
    pub(crate) affected: Vec<Affected>,
    pub(crate) affected_unavailable: Option<String>,
}

impl Broker {
    /// What a call with these arguments would send and change. A tool that needs consent leaves a confirmation for
    /// the call to find.
    ///
    /// # Errors
    /// As [`Broker::call`], up to consent; `rate_limited` when the device has too many open previews or approvals.
    pub async fn preview(
        &self,
        principal: &Principal,
        tool: &str,
        request: CallRequest,
    ) -> Result<PreviewAnswer, Failed> {
        let (broker, caller, tool) = (self.clone(), principal.clone(), tool.to_owned());
        let began = self.now();
        let id = request.request_id.clone();
        let work = async move { broker.preview_now(&caller, &tool, &request).await };
        self.finish(principal, work.boxed()).await.unwrap_or_else(|failure| {
            Err(Failed { failure, meta: Box::new(Trail::begin(began, None).meta(id, self.now())) })
        })
    }

    async fn preview_now(
        &self,
        principal: &Principal,
        tool: &str,
        request: &CallRequest,
    ) -> Result<PreviewAnswer, Failed> {
        let mut trail = Trail::begin(self.now(), None);
        let previewed = self.previewed(principal, tool, request, &mut trail).await;
        self.answered(principal, &mut trail, request, previewed)
    }

    async fn previewed(
        &self,
        principal: &Principal,
        tool: &str,
        request: &CallRequest,
        trail: &mut Trail,
    ) -> Result<PreviewAnswer, Failure> {
        self.must_be_heard()?;
        let beneath = Beneath::new(Caller::of(principal)?, trail.id.clone());
        let plan = self.plan(tool, request, trail, &beneath).await?;
        self.keep_arguments(&beneath.caller, &plan.doing, trail, QUEUED_ARGUMENTS).await?;
        let (shown, state) = self.shown(&beneath, &plan).await?;
        let confirmation = match plan.consent {
            Consent::None => None,
            Consent::Preview | Consent::Person => {
                Some(self.leave_confirmation(&beneath.caller, &plan, &shown, &state, trail).await?)
            }
        };
        let row = trail.row(&beneath.caller, self.now());
        let row = row.ok_or_else(|| Failure::internal("a preview without a tool"))?;
        self.journal().note(row, outcome::previewed(self.now()))?;
        trail.held = true;
        Ok(self.preview_answer(&plan, shown, confirmation, trail, request))
    }

    /// What would be sent and changed, with every deceiving character made visible.
    pub(crate) async fn shown(&self, beneath: &Beneath, plan: &Plan) -> Result<(Shown, State), Failure> {
        let request = self.rendered(plan).await?;
        // A handle that stands for nothing is told now, before a person is asked; the values are wiped at once.
        drop(self.reveal_handles(beneath, &plan.doing).await?);
        let mut state = self.look(beneath, &plan.doing).await;
        if let Some(failure) = state.fatal() {
            return Err(failure);
        }
        let before = state.before.clone().unwrap_or_default();
        let (after, changes) = match (&plan.doing.tool.before, &state.before) {
            (Some(how), Some(before)) => changed(how, before, &plan.shown),
            _ => (Value::Null, Vec::new()),
        };
        let shown = Shown {
            arguments: plan.shown.clone(),
            request,
            before,
            after,
            before_unavailable: why(state.before_failure.as_ref()),
            changes,
            affected: state.affected.clone(),
            affected_unavailable: why(state.affected_failure.as_ref()),
        };
        let text = serde_json::to_value(&shown).map_err(Failure::internal)?;
        Ok((serde_json::from_value(visible(text)).map_err(Failure::internal)?, state))
    }

    async fn rendered(&self, plan: &Plan) -> Result<Value, Failure> {
        let team = &plan.doing.account.connection.team;
        let handles = self.handle_key(team, &plan.doing.tool).await?;
        let now = self.now();
        let exchange = Exchange {
            tool: &plan.doing.tool,
            arguments: &plan.doing.arguments,
            to: plan.doing.destination(),
            made: &Made::when_sent(),
            revealed: &[],
            handles: handles.as_ref(),
            deadline: now + plan.doing.tool.timeout,
            still_allowed: &Always,
        };
        self.upstream().render(&exchange).map(|rendered| rendered.masked())
    }

    fn preview_answer(
        &self,
        plan: &Plan,
        shown: Shown,
        confirmation: Option<Confirmation>,
        trail: &Trail,
        request: &CallRequest,
    ) -> PreviewAnswer {
        let tool = &plan.doing.tool;
        let connection_id = Some(plan.doing.account.connection.number);
        let needed = plan.consent != Consent::None;
        let data = PreviewData {
            preview: true,
            will_execute: false,
            confirmation_required: needed,
            connection_id,
            policy_reason: needed.then(|| plan.policy_reason.clone()),
            request: shown.request,
            before: shown.before,
            after: shown.after,
            before_unavailable: shown.before_unavailable,
            changes: shown.changes,
            affected: shown.affected,
            affected_unavailable: shown.affected_unavailable,
            limit: tool.limit.map(|limit| LimitView { per_minute: i64::from(limit.per_minute) }),
            confirmation: self.confirmation_view(plan.consent, confirmation.as_ref()),
        };
        PreviewAnswer {
            ok: true,
            tool_name: tool.name.clone(),
            integration: tool.integration.clone(),
            connection_id,
            mode: Mode::Preview,
            args: shown.arguments,
            requires_confirmation: needed,
            data,
            meta: trail.meta(request.request_id.clone(), self.now()),
        }
    }

    fn confirmation_view(&self, needs: Consent, confirmation: Option<&Confirmation>) -> ConfirmationView {
        let until = confirmation.map(|one| one.use_until.unwrap_or(one.expires_at).rfc3339());
        ConfirmationView {
            id: confirmation.map(|one| one.id.to_string()),
            expires_at: until,
            needs,
            approval_url: confirmation
                .filter(|_| needs == Consent::Person)
                .map(|one| self.approval_url(&one.id)),
        }
    }

    /// Ends a walk: journals what was refused on the way, and gives the failure its place in the answer.
    pub(crate) fn answered<T>(
        &self,
        principal: &Principal,
        trail: &mut Trail,
        request: &CallRequest,
        result: Result<T, Failure>,
    ) -> Result<T, Failed> {
        result.map_err(|failure| {
            self.journal_refused(principal, trail, &failure);
            Failed { meta: Box::new(trail.meta(request.request_id.clone(), self.now())), failure }
        })
    }

    fn journal_refused(&self, principal: &Principal, trail: &Trail, failure: &Failure) {
        let Ok(caller) = Caller::of(principal) else { return };
        if trail.held {
            return;
        }
        let Some(row) = trail.row(&caller, trail.began) else { return };
        if let Err(full) = self.journal().note(row, outcome::refused(failure, self.now())) {
            let why = crate::failed::chain(&full);
            tracing::warn!(call = %trail.id, error = %why, "a refused call is not in the journal");
        }
    }
}

/// The state after the call, and where it differs. Arguments are those that are shown, so that a secret stands there as
/// its handle, as it does in the state.
fn changed(how: &Before, before: &Value, arguments: &Value) -> (Value, Vec<Change>) {
    let fields = how.fields.iter().filter_map(|(field, name)| Some((field.as_str(), arguments.get(name)?)));
    let after = difference::after(how.change, before, fields);
    let changes = difference::changes(before, &after);
    (after, changes)
}

fn why(failure: Option<&Failure>) -> Option<String> {
    failure.map(|failure| format!("{} ({})", failure.message, failure.code))
}
