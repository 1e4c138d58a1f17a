//! What the device has asked people to approve. Nothing here approves.

use crate::extract::Device;
use crate::rejection::Rejection;
use crate::state::Doors;
use axum::Json;
use axum::extract::State;
use keyferry_broker::view::ApprovalList;

/// Lists the device's own approvals, with their state.
#[utoipa::path(
    get,
    path = "/api/approvals",
    tag = "calls",
    operation_id = "listApprovals",
    responses((status = 200, body = ApprovalList))
)]
pub(crate) async fn list(
    State(doors): State<Doors>,
    Device(principal): Device,
) -> Result<Json<ApprovalList>, Rejection> {
    Ok(Json(doors.broker.approvals(&principal).await?))
}
