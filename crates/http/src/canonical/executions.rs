//! `execute`, `get_execution`: a call and its end in ClawLink's shape. Its clients know no preview: a write that needs
//! one is blocked with the preview in the answer, and done when the same is asked again.

use super::actions::{action_id, tool_name};
use super::{error_code, is_blocked};
use crate::rejection;
use crate::state::Doors;
use axum::http::StatusCode;
use keyferry_broker::view::{CallAnswer, CallRecord, Meta, PreviewAnswer};
use keyferry_broker::{CallRequest, Failed};
use keyferry_core::{CallId, ErrorCode, Failure, Principal, RequestId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::time::Duration;
use utoipa::ToSchema;

#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Execution {
    #[schema(example = "segment")]
    pub(crate) integration_id: String,
    #[schema(example = "list_sources")]
    pub(crate) action_id: String,
    /// The action's arguments, as its `input_schema` has them.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(crate) input: Map<String, Value>,
    /// Taken because clients send it; it proves nothing and changes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) confirm: Option<bool>,
    /// 1 to 128 characters: the same execution with the same key is done once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 128)]
    pub(crate) idempotency_key: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExecutionSummary {
    /// The call's id in the journal.
    execution_id: Option<String>,
    /// `succeeded`, `blocked`, `failed` or `running`.
    status: &'static str,
    integration_id: String,
    action_id: String,
    started_at: Option<String>,
    finished_at: Option<String>,
    /// The answer; of a blocked write, `{preview}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    output: Option<Value>,
    display: Display,
    /// `unauthorized`, `forbidden`, `integration_not_found`, `action_not_found`, `integration_not_connected`,
    /// `reauth_required`, `validation_error`, `policy_blocked`, `rate_limited`, `timeout` or `execution_failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// What to do: it has the link where a person has to approve or to connect.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recommended_next_action: Option<NextAction>,
    #[serde(skip)]
    retry_after: Option<Duration>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Display {
    title: String,
    summary: String,
}

/// A tool of `/api/mcp`, and what to give it. Over HTTP, the route of the same name takes the same.
#[derive(Debug, Serialize, ToSchema)]
struct NextAction {
    /// `clawlink.execute` or `clawlink.begin_connection`.
    tool: &'static str,
    #[schema(value_type = Object)]
    input: Value,
}

impl ExecutionSummary {
    /// The status over HTTP, as ClawLink's: what is blocked is 409; what failed is 400 if the agent can mend it, else 500.
    pub(crate) fn http_status(&self) -> StatusCode {
        match (self.status, self.error_code) {
            ("succeeded" | "running", _) => StatusCode::OK,
            ("blocked", _) => StatusCode::CONFLICT,
            (_, Some("validation_error" | "integration_not_found" | "action_not_found")) => {
                StatusCode::BAD_REQUEST
            }
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

/// Calls the tool. What is not done is told in the summary, never as an error.
pub(crate) async fn execute(
    doors: &Doors,
    principal: &Principal,
    asked: Execution,
    request: &RequestId,
) -> ExecutionSummary {
    let tool = match tool_name(doors, &asked.integration_id, &asked.action_id) {
        Ok(tool) => tool,
        Err(unknown) => return not_found(&asked, &unknown),
    };
    let call = || CallRequest {
        arguments: Value::Object(asked.input.clone()),
        confirmed: asked.confirm,
        idempotency_key: asked.idempotency_key.clone(),
        request_id: Some(request.to_string()),
        ..CallRequest::default()
    };
    let failed = match doors.broker.call(principal, &tool, call()).await {
        Ok(answer) => return done(answer),
        Err(failed) => failed,
    };
    if failed.failure.code != ErrorCode::ConfirmationRequired {
        rejection::log_cause(&failed.failure, request);
        return not_done(&asked, failed);
    }
    match doors.broker.preview(principal, &tool, call()).await {
        Ok(preview) => previewed(&asked, preview, failed.failure),
        Err(failed) => {
            rejection::log_cause(&failed.failure, request);
            not_done(&asked, failed)
        }
    }
}

/// What became of a call of this device.
pub(crate) async fn get(
    doors: &Doors,
    principal: &Principal,
    id: &CallId,
) -> Result<ExecutionSummary, Failure> {
    Ok(recorded(doors.broker.call_record(principal, id).await?))
}

fn done(answer: CallAnswer) -> ExecutionSummary {
    let summary = if answer.meta.replayed { "Done before; this is its answer." } else { "Done." };
    ExecutionSummary {
        action_id: action_id(&answer.integration, &answer.tool_name),
        execution_id: answer.meta.call_id,
        status: "succeeded",
        display: Display { title: answer.tool_name, summary: summary.to_owned() },
        integration_id: answer.integration,
        started_at: Some(answer.meta.started_at),
        finished_at: Some(answer.meta.ended_at),
        output: Some(answer.result),
        error_code: None,
        message: None,
        hint: answer.hint,
        recommended_next_action: None,
        retry_after: None,
    }
}

fn previewed(asked: &Execution, preview: PreviewAnswer, why: Failure) -> ExecutionSummary {
    let hint = why.hint.clone();
    let blocked = not_done(asked, Failed { failure: why, meta: Box::new(preview.meta) });
    let approval = preview.data.confirmation.approval_url.as_ref();
    let shown = "Show the person `output.preview`; then execute once more with the same input.".to_owned();
    ExecutionSummary {
        hint: Some(approval.and(hint).unwrap_or(shown)),
        output: Some(json!({"preview": preview.data})),
        ..blocked
    }
}

fn not_found(asked: &Execution, failure: &Failure) -> ExecutionSummary {
    let unknown = match failure.code {
        ErrorCode::NotFound => "integration_not_found",
        code => error_code(code),
    };
    ExecutionSummary { error_code: Some(unknown), ..refused(asked, failure, Meta::default()) }
}

fn not_done(asked: &Execution, Failed { failure, meta }: Failed) -> ExecutionSummary {
    ExecutionSummary {
        recommended_next_action: next_action(asked, failure.code),
        ..refused(asked, &failure, *meta)
    }
}

fn refused(asked: &Execution, failure: &Failure, meta: Meta) -> ExecutionSummary {
    let at = |instant: String| Some(instant).filter(|instant| !instant.is_empty());
    ExecutionSummary {
        execution_id: meta.call_id,
        status: if is_blocked(failure.code) { "blocked" } else { "failed" },
        integration_id: asked.integration_id.clone(),
        action_id: action_id(&asked.integration_id, &asked.action_id),
        started_at: at(meta.started_at),
        finished_at: at(meta.ended_at),
        output: None,
        display: Display { title: asked.action_id.clone(), summary: failure.message.clone() },
        error_code: Some(error_code(failure.code)),
        message: Some(explained(failure)),
        hint: failure.hint.clone(),
        recommended_next_action: None,
        retry_after: failure.retry_after,
    }
}

/// What leads on from where a call was stopped: an account, or the same once more after a person saw or approved it.
fn next_action(asked: &Execution, code: ErrorCode) -> Option<NextAction> {
    let integration = &asked.integration_id;
    Some(match code {
        ErrorCode::NeedsConnection => {
            NextAction { tool: "clawlink.begin_connection", input: json!({"integration_id": integration}) }
        }
        ErrorCode::NeedsCredential | ErrorCode::NeedsReauth => NextAction {
            tool: "clawlink.begin_connection",
            input: json!({"integration_id": integration, "reuse_if_connected": false}),
        },
        ErrorCode::ConfirmationRequired
        | ErrorCode::ConfirmationExpired
        | ErrorCode::ApprovalRequired
        | ErrorCode::StateChanged => NextAction { tool: "clawlink.execute", input: json!(asked) },
        _ => return None,
    })
}

/// The sentence with what is wrong in particular: these clients show nothing else.
fn explained(failure: &Failure) -> String {
    let faults = failure.faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.message));
    let all: Vec<String> = failure.details.iter().cloned().chain(faults).collect();
    if all.is_empty() { failure.message.clone() } else { format!("{} ({})", failure.message, all.join("; ")) }
}

fn recorded(call: CallRecord) -> ExecutionSummary {
    let code: Option<ErrorCode> = call.error_code.as_deref().and_then(|code| code.parse().ok());
    let status = match (call.state.as_str(), code) {
        ("succeeded", _) => "succeeded",
        ("intent", _) => "running",
        ("previewed", _) => "blocked",
        (_, Some(code)) if is_blocked(code) => "blocked",
        _ => "failed",
    };
    let summary = call.error_message.clone().unwrap_or_else(|| call.state.clone());
    ExecutionSummary {
        execution_id: Some(call.id),
        status,
        action_id: action_id(&call.integration, &call.tool),
        display: Display { title: call.tool, summary },
        integration_id: call.integration,
        started_at: Some(call.started_at),
        finished_at: call.finished_at,
        output: call.result,
        error_code: code.map(error_code),
        message: call.error_message,
        hint: None,
        recommended_next_action: None,
        retry_after: None,
    }
}
