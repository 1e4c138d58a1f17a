//! `POST /oauth/revoke`: a device gives its refresh token back, and is revoked by it (RFC 7009).

use super::{OAuthError, required_secret};
use crate::extract::Form;
use crate::state::Doors;
use axum::extract::State;
use axum::http::StatusCode;
use keyferry_core::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct RevocationRequest {
    /// The refresh token.
    #[schema(value_type = Option<String>)]
    token: Option<SecretString>,
    /// Taken and not needed: a token tells what it is.
    #[expect(dead_code, reason = "a parameter of RFC 7009, named here for openapi.json")]
    token_type_hint: Option<String>,
}

/// Revokes the device that a refresh token belongs to. An unknown token is answered as a known one.
#[utoipa::path(
    post,
    path = "/oauth/revoke",
    tag = "oauth",
    operation_id = "revokeToken",
    request_body(content = RevocationRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The token is not valid any more, if it ever was."))
)]
pub(crate) async fn revoke(
    State(doors): State<Doors>,
    Form(form): Form<RevocationRequest>,
) -> Result<StatusCode, OAuthError> {
    let token = required_secret("token", &form.token)?.expose_secret();
    if is_of_another_kind(token) {
        return Err(OAuthError::refused(
            "unsupported_token_type",
            "Only refresh tokens are given back here; a device's own token is revoked on the Devices page.",
        ));
    }
    doors.identity.refresh_tokens.revoke(token).await.map_err(OAuthError::unavailable)?;
    Ok(StatusCode::OK)
}

/// Access tokens (JWTs) and device tokens. To say "revoked" of one would be a lie.
fn is_of_another_kind(token: &str) -> bool {
    token.contains('.') || token.starts_with("kfd_")
}
