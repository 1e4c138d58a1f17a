//! `execute`, `get_execution`: a call and its end in ClawLink's shape. Its clients know no preview: a write that needs
//! one is blocked with the preview in the answer, and done when the same is asked again.

use super::actions::{action_id, tool_name};
use super::execution::{Display, Execution, ExecutionSummary, NextAction};
use super::words::{Status, Word};
use crate::rejection;
use crate::state::Doors;
use keyferry_broker::view::{CallAnswer, CallRecord, Meta, PreviewAnswer};
use keyferry_broker::{CallRequest, Failed};
use keyferry_core::{CallId, ErrorCode, Failure, Principal, RequestId};
use keyferry_store::calls::CallState;
use serde_json::{Value, json};

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
    if !is_previewed_for(doors, principal, &asked, &failed.failure).await {
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

/// Whether a preview leads on. Of a write that was done it would ask for a second one, so it takes a sign that this is
/// meant: a key of its own. One that was refused did nothing.
async fn is_previewed_for(
    doors: &Doors,
    principal: &Principal,
    asked: &Execution,
    failure: &Failure,
) -> bool {
    match failure.code {
        ErrorCode::ConfirmationRequired | ErrorCode::ConfirmationExpired | ErrorCode::StateChanged => true,
        ErrorCode::ConfirmationUsed if asked.idempotency_key.is_some() => true,
        ErrorCode::ConfirmationUsed => match &failure.about {
            Some(by) => doors.broker.call_record(principal, by).await.is_ok_and(|call| did_nothing(&call)),
            None => false,
        },
        _ => false,
    }
}

fn did_nothing(call: &CallRecord) -> bool {
    match (call.state.parse(), code_of(call).and_then(Word::of)) {
        (Ok(CallState::Refused), _) => true,
        (Ok(CallState::Failed), Some(word)) => word.was_refused(),
        _ => false,
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
        status: Status::Succeeded,
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
    let first = match &preview.data.confirmation.approval_url {
        Some(link) => format!("Ask the person to open {link}"),
        None => "Show the person `output.preview`".to_owned(),
    };
    let again = format!("{first}, then execute once more with the same input.");
    let hint = match why.code {
        ErrorCode::ConfirmationUsed => format!("It was sent before. If it is meant once more: {again}"),
        _ => again,
    };
    ExecutionSummary {
        hint: Some(hint),
        output: Some(json!({"preview": preview.data})),
        recommended_next_action: Some(NextAction::execute(asked)),
        ..refused(asked, &why, preview.meta)
    }
}

fn not_found(asked: &Execution, failure: &Failure) -> ExecutionSummary {
    let unknown = match failure.code {
        ErrorCode::NotFound => Some(Word::IntegrationNotFound),
        code => Word::of(code),
    };
    ExecutionSummary { error_code: unknown, ..refused(asked, failure, Meta::default()) }
}

fn not_done(asked: &Execution, Failed { failure, meta }: Failed) -> ExecutionSummary {
    ExecutionSummary {
        recommended_next_action: next_action(asked, &failure),
        hint: hint(&failure),
        ..refused(asked, &failure, *meta)
    }
}

fn refused(asked: &Execution, failure: &Failure, meta: Meta) -> ExecutionSummary {
    let at = |instant: String| Some(instant).filter(|instant| !instant.is_empty());
    let status = Status::of(failure.code);
    let of_that_call = matches!(status, Status::Running | Status::Unknown);
    let about = failure.about.as_ref().filter(|_| of_that_call).map(ToString::to_string);
    ExecutionSummary {
        execution_id: about.or(meta.call_id),
        status,
        integration_id: asked.integration_id.to_string(),
        action_id: action_id(&asked.integration_id, &asked.action_id),
        started_at: at(meta.started_at),
        finished_at: at(meta.ended_at).filter(|_| status != Status::Running),
        output: None,
        display: Display { title: asked.action_id.clone(), summary: failure.message.clone() },
        error_code: Word::of(failure.code),
        message: Some(explained(failure)),
        hint: failure.hint.clone(),
        recommended_next_action: None,
        retry_after: failure.retry_after,
    }
}

/// What leads on from where a call was stopped: an account, the same once more after a person approved it, or a look at
/// the call that was faster.
fn next_action(asked: &Execution, failure: &Failure) -> Option<NextAction> {
    match failure.code {
        ErrorCode::NeedsConnection => Some(NextAction::begin_connection(&asked.integration_id, true)),
        ErrorCode::NeedsCredential | ErrorCode::NeedsReauth => {
            Some(NextAction::begin_connection(&asked.integration_id, false))
        }
        ErrorCode::ApprovalRequired => Some(NextAction::execute(asked)),
        ErrorCode::ConfirmationUsed | ErrorCode::IdempotencyInProgress => {
            failure.about.as_ref().map(|id| NextAction::get_execution(id.as_str()))
        }
        _ => None,
    }
}

/// Ours, but where it names what this API has not: a preview apart, an account's number.
fn hint(failure: &Failure) -> Option<String> {
    let here = match failure.code {
        ErrorCode::ConfirmationUsed => {
            "It was sent once; look at that execution. If it is meant once more, execute it with an `idempotency_key` of its own."
        }
        ErrorCode::AmbiguousConnection => {
            "Ask the person to make one of the accounts the default, on the Connections page."
        }
        _ => return failure.hint.clone(),
    };
    Some(here.to_owned())
}

/// The sentence with what is wrong in particular: these clients show nothing else.
fn explained(failure: &Failure) -> String {
    let faults = failure.faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.message));
    let all: Vec<String> = failure.details.iter().cloned().chain(faults).collect();
    if all.is_empty() { failure.message.clone() } else { format!("{} ({})", failure.message, all.join("; ")) }
}

fn recorded(call: CallRecord) -> ExecutionSummary {
    let code = code_of(&call);
    let status = status_of(&call, code);
    let next = (status == Status::Running).then(|| NextAction::get_execution(&call.id));
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
        error_code: code.and_then(Word::of),
        message: call.error_message,
        hint: call.hint,
        recommended_next_action: next,
        retry_after: None,
    }
}

fn status_of(call: &CallRecord, code: Option<ErrorCode>) -> Status {
    match call.state.parse() {
        Ok(CallState::Succeeded) => Status::Succeeded,
        Ok(CallState::Intent) => Status::Running,
        Ok(CallState::Previewed) => Status::Blocked,
        Ok(CallState::Unknown) => Status::Unknown,
        Ok(CallState::Failed | CallState::Refused) | Err(_) => match code.map(Status::of) {
            // Another one was: this one has ended.
            Some(Status::Running) => Status::Blocked,
            Some(status) => status,
            None => Status::Failed,
        },
    }
}

fn code_of(call: &CallRecord) -> Option<ErrorCode> {
    call.error_code.as_deref().and_then(|code| code.parse().ok())
}
