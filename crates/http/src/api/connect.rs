//! Connecting an account: the device gets a link for a person, and watches. The secret is typed into the gateway's own
//! page, never here.

use crate::extract::{Device, Segment, StrictJson};
use crate::rejection::Rejection;
use crate::slug::Slug;
use crate::state::Doors;
use axum::Json;
use axum::extract::State;
use keyferry_broker::view::{ConnectAnswer, ConnectSessionAnswer};
use keyferry_core::{ErrorCode, Failure, FieldFault, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectRequest {
    /// The integration's slug.
    #[schema(value_type = String, example = "segment")]
    integration: Option<Slug>,
    /// Answer the connection that is there already, if there is one; a new link otherwise. `true` when absent.
    reuse_if_connected: Option<bool>,
}

/// Makes a link by which a person connects an account.
#[utoipa::path(
    post,
    path = "/api/connect/start",
    tag = "connections",
    operation_id = "startConnecting",
    request_body = ConnectRequest,
    responses((status = 200, body = ConnectAnswer))
)]
pub(crate) async fn start(
    State(doors): State<Doors>,
    Device(principal): Device,
    StrictJson(given): StrictJson<ConnectRequest>,
) -> Result<Json<ConnectAnswer>, Rejection> {
    let slug = given.integration.filter(|slug| !slug.is_empty()).ok_or_else(|| {
        let fault = FieldFault::missing("/integration", "is required: the slug of what to connect");
        Failure::new(ErrorCode::InvalidArguments, "`integration` is missing.").faults(vec![fault])
    })?;
    let reuse = given.reuse_if_connected.unwrap_or(true);
    Ok(Json(doors.broker.start_connection(&principal, &slug, reuse).await?))
}

/// Tells how connecting goes. The session's token is what lets one ask; it reads the state and nothing else.
#[utoipa::path(
    get,
    path = "/api/connect/sessions/{token}",
    tag = "connections",
    operation_id = "getConnectSession",
    params(("token" = String, Path, description = "The session token.")),
    responses((status = 200, body = ConnectSessionAnswer))
)]
pub(crate) async fn session(
    State(doors): State<Doors>,
    Segment(token): Segment,
) -> Result<Json<ConnectSessionAnswer>, Rejection> {
    Ok(Json(doors.broker.connect_session(&SecretString::from(token)).await?))
}
