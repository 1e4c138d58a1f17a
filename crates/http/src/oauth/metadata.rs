//! `GET /.well-known/oauth-authorization-server`: what of OAuth there is here (RFC 8414).

use super::token::{AUTHORIZATION_CODE, DEVICE_CODE, REFRESH_TOKEN};
use crate::state::Doors;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuthorizationServerMetadata {
    issuer: String,
    authorization_endpoint: String,
    device_authorization_endpoint: String,
    registration_endpoint: String,
    token_endpoint: String,
    revocation_endpoint: String,
    response_types_supported: Vec<&'static str>,
    response_modes_supported: Vec<&'static str>,
    grant_types_supported: Vec<&'static str>,
    /// `S256` alone.
    code_challenge_methods_supported: Vec<&'static str>,
    /// Answers say who gives them (RFC 9207).
    authorization_response_iss_parameter_supported: bool,
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
        authorization_endpoint: doors.link("oauth/authorize"),
        device_authorization_endpoint: doors.link("oauth/device_authorization"),
        registration_endpoint: doors.link("oauth/register"),
        token_endpoint: doors.link("oauth/token"),
        revocation_endpoint: doors.link("oauth/revoke"),
        response_types_supported: vec!["code"],
        response_modes_supported: vec!["query"],
        grant_types_supported: vec![AUTHORIZATION_CODE, DEVICE_CODE, REFRESH_TOKEN],
        code_challenge_methods_supported: vec!["S256"],
        authorization_response_iss_parameter_supported: true,
        token_endpoint_auth_methods_supported: vec!["none"],
        revocation_endpoint_auth_methods_supported: vec!["none"],
    })
}
