//! ClawLink's documented API: calls, in its shapes.

use crate::canonical::executions::{self, Execution, ExecutionSummary};
use crate::extract::{Device, JsonBody, Segment};
use crate::rejection::{Rejection, seconds};
use crate::state::Doors;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use keyferry_core::{ErrorCode, Failure, FieldFault, RequestId};
use serde_json::{Map, Value};

/// Calls an action. What is not done is told in the same shape.
#[utoipa::path(
    post,
    path = "/api/executions",
    tag = "canonical",
    operation_id = "execute",
    request_body = Execution,
    responses(
        (status = 200, body = ExecutionSummary, description = "`succeeded`."),
        (status = 409, body = ExecutionSummary, description = "`blocked`: a preview, a person or an account is needed first. `hint` has the link, `recommended_next_action` what to do then."),
        (status = 400, body = ExecutionSummary, description = "`failed`, and the agent can mend it. A body that can't be read is told as everywhere."),
        (status = 500, body = ExecutionSummary, description = "`failed`."),
    )
)]
pub(crate) async fn execute(
    State(doors): State<Doors>,
    Device(principal): Device,
    Extension(request): Extension<RequestId>,
    JsonBody(body): JsonBody,
) -> Result<Response, Rejection> {
    let summary = executions::execute(&doors, &principal, read(body)?, &request).await;
    let (status, wait) = (summary.http_status(), summary.retry_after());
    let mut response = (status, Json(summary)).into_response();
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, seconds(wait));
    }
    Ok(response)
}

/// Tells what became of a call.
#[utoipa::path(
    get,
    path = "/api/executions/{id}",
    tag = "canonical",
    operation_id = "getExecution",
    params(("id" = String, Path, description = "The execution's id, which is the call's: `call_…`.")),
    responses((status = 200, body = ExecutionSummary))
)]
pub(crate) async fn get(
    State(doors): State<Doors>,
    Device(principal): Device,
    id: Segment,
) -> Result<Json<ExecutionSummary>, Rejection> {
    Ok(Json(executions::get(&doors, &principal, &id.parse()?).await?))
}

/// What the body does not know is refused: it could have been meant to choose another account.
fn read(body: Map<String, Value>) -> Result<Execution, Failure> {
    let missing = |name: &&str| body.get(*name).and_then(Value::as_str).is_none_or(str::is_empty);
    let missing = ["integration_id", "action_id"].into_iter().filter(missing);
    let faults: Vec<FieldFault> =
        missing.map(|name| FieldFault::missing(format!("/{name}"), "is required, a text")).collect();
    if !faults.is_empty() {
        return Err(Failure::new(ErrorCode::InvalidArguments, "The body does not say what to execute.")
            .faults(faults));
    }
    serde_path_to_error::deserialize(Value::Object(body)).map_err(|error| {
        let pointer: String = error.path().iter().map(|segment| format!("/{segment}")).collect();
        let fault =
            FieldFault::invalid(pointer, "is no field of an execution, or has another type than it takes");
        Failure::new(ErrorCode::InvalidArguments, "A field of the body can't be taken.").faults(vec![fault])
    })
}
