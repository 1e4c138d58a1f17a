//! `GET /.well-known/oauth-authorization-server`: what of OAuth there is here (RFC 8414).

use super::token::{DEVICE_CODE, REFRESH_TOKEN};
use crate::state::Doors;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuthorizationServerMetadata {
    issuer: String,
    device_authorization_endpoint: String,
    token_endpoint: String,
    revocation_endpoint: String,
    /// Empty: there is no authorization endpoint.
    response_types_supported: Vec<&'static str>,
    grant_types_supported: Vec<&'static str>,
    /// `none`: clients are public.
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
}

/// The authorization server's metadata.
#[utoipa::path(
    get,
    path = "/.well-known/oauth-authorization-server",
    tag = "oauth",
    operation_id = "authorizationServerMetadata",
    responses((status = 200, body = AuthorizationServerMetadata))
)]
pub(crate) async fn tell(State(doors): State<Doors>) -> Json<AuthorizationServerMetadata> {
    Json(AuthorizationServerMetadata {
        issuer: doors.link(""),
        device_authorization_endpoint: doors.link("oauth/device_authorization"),
        token_endpoint: doors.link("oauth/token"),
        revocation_endpoint: doors.link("oauth/revoke"),
        response_types_supported: Vec::new(),
        grant_types_supported: vec![DEVICE_CODE, REFRESH_TOKEN],
        token_endpoint_auth_methods_supported: vec!["none"],
        revocation_endpoint_auth_methods_supported: vec!["none"],
    })
}
