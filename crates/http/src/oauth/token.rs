//! `POST /oauth/token`: tokens for an approved pairing, and fresh ones for a refresh token.

use super::{OAuthError, OAuthErrorBody, required, required_secret};
use crate::extract::Form;
use crate::state::Doors;
use axum::Json;
use axum::extract::State;
use keyferry_core::{ExposeSecret, SecretString};
use keyferry_identity::{PollError, RefreshError, TokenPair};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
pub(super) const REFRESH_TOKEN: &str = "refresh_token";

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct TokenRequest {
    /// `urn:ietf:params:oauth:grant-type:device_code` or `refresh_token`.
    grant_type: Option<String>,
    /// The program that began the pairing.
    client_id: Option<String>,
    #[schema(value_type = Option<String>)]
    device_code: Option<SecretString>,
    #[schema(value_type = Option<String>)]
    refresh_token: Option<SecretString>,
    /// What the access token is for (RFC 8707); `/api` of this gateway when absent.
    resource: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TokenResponse {
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds that the access token is taken.
    expires_in: u64,
    /// Works once, and brings its successor.
    refresh_token: String,
}

/// Exchanges a device code or a refresh token for tokens. While nobody has approved the device, a device code is
/// answered with `authorization_pending`.
#[utoipa::path(
    post,
    path = "/oauth/token",
    tag = "oauth",
    operation_id = "issueToken",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, body = TokenResponse),
        (status = "4XX", body = OAuthErrorBody),
        (status = 503, body = OAuthErrorBody),
    )
)]
pub(crate) async fn issue(
    State(doors): State<Doors>,
    Form(form): Form<TokenRequest>,
) -> Result<Json<TokenResponse>, OAuthError> {
    let resource = resource(&doors, form.resource.as_deref())?;
    let tokens = match required("grant_type", &form.grant_type)? {
        DEVICE_CODE => {
            let code = required_secret("device_code", &form.device_code)?;
            let client = required("client_id", &form.client_id)?;
            doors.identity.pairings.poll(code, client, &resource).await?
        }
        REFRESH_TOKEN => {
            let token = required_secret(REFRESH_TOKEN, &form.refresh_token)?;
            doors.identity.refresh_tokens.exchange(token.expose_secret(), &resource).await?
        }
        _ => {
            let description = format!("`grant_type` is neither `{DEVICE_CODE}` nor `{REFRESH_TOKEN}`.");
            return Err(OAuthError::refused("unsupported_grant_type", description));
        }
    };
    Ok(Json(response(&tokens)))
}

/// The one resource that tokens are made for here.
fn resource(doors: &Doors, asked: Option<&str>) -> Result<String, OAuthError> {
    let api = doors.api_resource();
    match asked {
        None | Some("") => Ok(api),
        Some(asked) if asked == api => Ok(api),
        Some(_) => Err(OAuthError::refused("invalid_target", format!("Tokens are made for {api} only."))),
    }
}

fn response(tokens: &TokenPair) -> TokenResponse {
    TokenResponse {
        access_token: tokens.access.expose_secret().to_owned(),
        token_type: "Bearer",
        expires_in: tokens.expires_in.as_secs(),
        refresh_token: tokens.refresh.expose().to_owned(),
    }
}

impl From<PollError> for OAuthError {
    fn from(error: PollError) -> Self {
        match error.oauth_code() {
            Some(code) => Self::refused(code, error.to_string()),
            None => Self::unavailable(error),
        }
    }
}

impl From<RefreshError> for OAuthError {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Invalid | RefreshError::Reused => Self::refused("invalid_grant", error.to_string()),
            RefreshError::Key(_) | RefreshError::Store(_) => Self::unavailable(error),
        }
    }
}
