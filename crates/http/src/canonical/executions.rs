//! `execute`, `get_execution`: a call and its end in ClawLink's shape. Its clients know no preview: a write that needs
//! one is blocked with the preview in the answer, and done when the same is asked again.

use super::{error_code, is_blocked};
use crate::state::Doors;
use keyferry_broker::CallRequest;
use keyferry_broker::view::{CallAnswer, CallRecord, PreviewAnswer};
use keyferry_core::{CallId, ErrorCode, Failure, Principal};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Execution {
    pub(crate) integration_id: String,
    pub(crate) action_id: String,
    #[serde(default)]
    pub(crate) input: Map<String, Value>,
    /// Taken because clients send it; it proves nothing and changes nothing.
    pub(crate) confirm: Option<bool>,
    pub(crate) idempotency_key: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ExecutionSummary {
    execution_id: Option<String>,
    /// `succeeded`, `blocked`, `failed` or `running`.
    status: &'static str,
    integration_id: String,
    action_id: String,
    started_at: Option<String>,
    finished_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Value>,
    display: Display,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recommended_next_action: Option<Value>,
}

#[derive(Debug, Serialize)]
struct Display {
    title: String,
    summary: String,
}

pub(crate) async fn execute(
    doors: &Doors,
    principal: &Principal,
    asked: Execution,
    request_id: Option<String>,
) -> Result<ExecutionSummary, Failure> {
    let known = doors.broker.describe(principal, &asked.action_id).await?;
    if known.item.integration != asked.integration_id {
        return Err(Failure::new(ErrorCode::ToolNotFound, "This integration has no such action."));
    }
    let call = || CallRequest {
        arguments: Value::Object(asked.input.clone()),
        confirmed: asked.confirm,
        idempotency_key: asked.idempotency_key.clone(),
        request_id: request_id.clone(),
        ..CallRequest::default()
    };
    Ok(match doors.broker.call(principal, &asked.action_id, call()).await {
        Ok(answer) => done(answer),
        Err(failed) if failed.failure.code == ErrorCode::ConfirmationRequired => {
            match doors.broker.preview(principal, &asked.action_id, call()).await {
                Ok(preview) => previewed(&asked, preview, &failed.failure),
                Err(failed) => not_done(&asked, failed.meta.call_id.clone(), &failed.failure),
            }
        }
        Err(failed) => not_done(&asked, failed.meta.call_id.clone(), &failed.failure),
    })
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
    ExecutionSummary {
        execution_id: answer.meta.call_id,
        status: "succeeded",
        display: Display { title: answer.tool_name.clone(), summary: "Done.".to_owned() },
        integration_id: answer.integration,
        action_id: answer.tool_name,
        started_at: Some(answer.meta.started_at),
        finished_at: Some(answer.meta.ended_at),
        output: Some(answer.result),
        error_code: None,
        message: None,
        hint: None,
        recommended_next_action: None,
    }
}

fn previewed(asked: &Execution, preview: PreviewAnswer, why: &Failure) -> ExecutionSummary {
    let input = json!({
        "integration_id": asked.integration_id, "action_id": asked.action_id, "input": asked.input, "confirm": true,
    });
    ExecutionSummary {
        output: Some(json!({"preview": preview.data})),
        hint: Some(
            "Show the person `output.preview`; then execute once more with the same input.".to_owned(),
        ),
        recommended_next_action: Some(json!({"tool": "clawlink.execute", "input": input})),
        ..not_done(asked, preview.meta.call_id, why)
    }
}

fn not_done(asked: &Execution, call: Option<String>, failure: &Failure) -> ExecutionSummary {
    ExecutionSummary {
        execution_id: call,
        status: if is_blocked(failure.code) { "blocked" } else { "failed" },
        integration_id: asked.integration_id.clone(),
        action_id: asked.action_id.clone(),
        started_at: None,
        finished_at: None,
        output: None,
        display: Display { title: asked.action_id.clone(), summary: failure.message.clone() },
        error_code: Some(error_code(failure.code)),
        message: Some(explained(failure)),
        hint: failure.hint.clone(),
        recommended_next_action: None,
    }
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
        display: Display { title: call.tool.clone(), summary },
        integration_id: call.integration,
        action_id: call.tool,
        started_at: Some(call.started_at),
        finished_at: call.finished_at,
        output: call.result,
        error_code: code.map(error_code),
        message: call.error_message,
        hint: None,
        recommended_next_action: None,
    }
}
