//! Connected accounts: numbers, labels, regions, which slots are filled, health. Never a secret.

use crate::canonical::connections::{self, BeginAsked, Begun, CanonicalConnection};
use crate::extract::{Device, Segment, StrictJson};
use crate::rejection::Rejection;
use crate::state::Doors;
use axum::Json;
use axum::extract::State;
use keyferry_broker::view::{ConnectionList, ConnectionView};
use serde::Serialize;
use utoipa::ToSchema;

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

/// By its number, in our words; by its integration, in ClawLink's.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum ShownConnection {
    Numbered(ConnectionView),
    Canonical(CanonicalConnection),
}

/// Tells about one connection. An integration's slug stands for the one that a call without a number would use.
#[utoipa::path(
    get,
    path = "/api/connections/{connection}",
    tag = "connections",
    operation_id = "getConnection",
    params(("connection" = String, Path, description = "The connection's number, or an integration's slug.")),
    responses((status = 200, body = ShownConnection))
)]
pub(crate) async fn get(
    State(doors): State<Doors>,
    Device(principal): Device,
    which: Segment,
) -> Result<Json<ShownConnection>, Rejection> {
    Ok(Json(if which.0.bytes().all(|byte| byte.is_ascii_digit()) {
        ShownConnection::Numbered(doors.broker.connection(&principal, which.parse()?).await?)
    } else {
        ShownConnection::Canonical(connections::get(&doors, &principal, &which.0).await?)
    }))
}

/// Makes a link by which a person connects an account, or answers the one that is there already. `redirect_url` and
/// `channel` are taken and change nothing: nobody is sent to an address that somebody else wrote.
#[utoipa::path(
    post,
    path = "/api/connections/{connection}/begin",
    tag = "connections",
    operation_id = "beginConnection",
    params(("connection" = String, Path, description = "The integration's slug.")),
    request_body = BeginAsked,
    responses((status = 200, body = Begun))
)]
pub(crate) async fn begin(
    State(doors): State<Doors>,
    Device(principal): Device,
    Segment(slug): Segment,
    StrictJson(asked): StrictJson<BeginAsked>,
) -> Result<Json<Begun>, Rejection> {
    Ok(Json(connections::begin(&doors, &principal, &slug, &asked).await?))
}

/// Tests every filled slot of a connection against its upstream, and tells how they stand.
#[utoipa::path(
    post,
    path = "/api/connections/{connection}/test",
    tag = "connections",
    operation_id = "testConnection",
    params(("connection" = i64, Path, description = "The connection's number.")),
    responses((status = 200, body = ConnectionView))
)]
pub(crate) async fn test(
    State(doors): State<Doors>,
    Device(principal): Device,
    number: Segment,
) -> Result<Json<ConnectionView>, Rejection> {
    Ok(Json(doors.broker.test_connection(&principal, number.parse()?).await?))
}
