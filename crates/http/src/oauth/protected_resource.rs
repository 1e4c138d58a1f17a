//! `GET /.well-known/oauth-protected-resource…`: who gives tokens for a door (RFC 9728). A client that was refused with
//! 401 is led here, and from here to the authorization server, which is this gateway too.

use crate::state::Doors;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProtectedResourceMetadata {
    /// What `resource` has to say when tokens are asked for.
    resource: String,
    authorization_servers: Vec<String>,
    /// `header`: tokens are never taken from a query or a body.
    bearer_methods_supported: Vec<&'static str>,
    resource_name: &'static str,
}

impl ProtectedResourceMetadata {
    fn of(doors: &Doors, resource: String, resource_name: &'static str) -> Json<Self> {
        Json(Self {
            resource,
            authorization_servers: vec![doors.link("")],
            bearer_methods_supported: vec!["header"],
            resource_name,
        })
    }
}

/// The MCP door's metadata.
#[utoipa::path(
    get,
    path = "/.well-known/oauth-protected-resource/mcp",
    tag = "oauth",
    operation_id = "mcpResourceMetadata",
    responses((status = 200, body = ProtectedResourceMetadata))
)]
pub(crate) async fn mcp(State(doors): State<Doors>) -> Json<ProtectedResourceMetadata> {
    ProtectedResourceMetadata::of(&doors, doors.mcp_resource(), "Keyferry (MCP)")
}

/// The same, where clients look that know of one resource a host.
#[utoipa::path(
    get,
    path = "/.well-known/oauth-protected-resource",
    tag = "oauth",
    operation_id = "resourceMetadata",
    responses((status = 200, body = ProtectedResourceMetadata))
)]
pub(crate) async fn root(doors: State<Doors>) -> Json<ProtectedResourceMetadata> {
    mcp(doors).await
}

/// The API's metadata. ClawLink's MCP door stands under it.
#[utoipa::path(
    get,
    path = "/.well-known/oauth-protected-resource/api",
    tag = "oauth",
    operation_id = "apiResourceMetadata",
    responses((status = 200, body = ProtectedResourceMetadata))
)]
pub(crate) async fn api(State(doors): State<Doors>) -> Json<ProtectedResourceMetadata> {
    ProtectedResourceMetadata::of(&doors, doors.api_resource(), "Keyferry")
}
