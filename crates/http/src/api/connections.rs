//! Connected accounts: numbers, labels, regions, which slots are filled, health. Never a secret.

use crate::extract::{Device, Segment};
use crate::rejection::Rejection;
use crate::state::Doors;
use axum::Json;
use axum::extract::State;
use keyferry_broker::view::{ConnectionList, ConnectionView};

/// Lists the connections that the device may use.
#[utoipa::path(
    get,
    path = "/api/connections",
    tag = "connections",
    operation_id = "listConnections",
    responses((status = 200, body = ConnectionList))
)]
pub(crate) async fn list(
    State(doors): State<Doors>,
    Device(principal): Device,
) -> Result<Json<ConnectionList>, Rejection> {
    Ok(Json(doors.broker.connections(&principal).await?))
}

/// Tells about one connection.
#[utoipa::path(
    get,
    path = "/api/connections/{number}",
    tag = "connections",
    operation_id = "getConnection",
    params(("number" = i64, Path, description = "The connection's number.")),
    responses((status = 200, body = ConnectionView))
)]
pub(crate) async fn get(
    State(doors): State<Doors>,
    Device(principal): Device,
    number: Segment,
) -> Result<Json<ConnectionView>, Rejection> {
    Ok(Json(doors.broker.connection(&principal, number.parse()?).await?))
}

/// Tests every filled slot of a connection against its upstream, and tells how they stand.
#[utoipa::path(
    post,
    path = "/api/connections/{number}/test",
    tag = "connections",
    operation_id = "testConnection",
    params(("number" = i64, Path, description = "The connection's number.")),
    responses((status = 200, body = ConnectionView))
)]
pub(crate) async fn test(
    State(doors): State<Doors>,
    Device(principal): Device,
    number: Segment,
) -> Result<Json<ConnectionView>, Rejection> {
    Ok(Json(doors.broker.test_connection(&principal, number.parse()?).await?))
}
