//! The two doors: what would be done, and doing it.

use super::call_body::{self, CallBodySchema};
use crate::api::wire::FailureAnswer;
use crate::extract::{Device, JsonBody, Segment};
use crate::rejection::Rejection;
use crate::state::Doors;
use axum::extract::State;
use axum::{Extension, Json};
use keyferry_broker::view::{CallAnswer, PreviewAnswer};
use keyferry_core::RequestId;

/// Tells what a call with these arguments would send and change. Sends no change. A tool that needs one finds the
/// confirmation that this leaves.
#[utoipa::path(
    post,
    path = "/api/tools/{name}/preview",
    tag = "calls",
    operation_id = "previewTool",
    params(("name" = String, Path, description = "The tool's name.")),
    request_body = CallBodySchema,
    responses((status = 200, body = PreviewAnswer))
)]
pub(crate) async fn preview(
    State(doors): State<Doors>,
    Device(principal): Device,
    Extension(request): Extension<RequestId>,
    Segment(name): Segment,
    JsonBody(body): JsonBody,
) -> Result<Json<PreviewAnswer>, Rejection> {
    let call = call_body::read(body, &request)?;
    Ok(Json(doors.broker.preview(&principal, &name, call).await?))
}

/// Calls a tool. A write has to be previewed with the same arguments before, or approved by a person, as the device's
/// rule says.
#[utoipa::path(
    post,
    path = "/api/tools/{name}/execute",
    tag = "calls",
    operation_id = "callTool",
    params(("name" = String, Path, description = "The tool's name.")),
    request_body = CallBodySchema,
    responses(
        (status = 200, body = CallAnswer),
        (status = 412, body = FailureAnswer, description = "Not previewed or not approved, or what was is no longer so.")
    )
)]
pub(crate) async fn execute(
    State(doors): State<Doors>,
    Device(principal): Device,
    Extension(request): Extension<RequestId>,
    Segment(name): Segment,
    JsonBody(body): JsonBody,
) -> Result<Json<CallAnswer>, Rejection> {
    let call = call_body::read(body, &request)?;
    Ok(Json(doors.broker.call(&principal, &name, call).await?))
}
