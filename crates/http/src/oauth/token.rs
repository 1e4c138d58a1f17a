//! `POST /oauth/token`: tokens for an approved pairing or a code, and fresh ones for a refresh token.

use super::{OAuthError, required, required_secret, resource};
use crate::extract::Form;
use crate::state::Doors;
use axum::Json;
use axum::extract::State;
use keyferry_core::{ExposeSecret, SecretString};
use keyferry_identity::{GrantError, PollError, RedeemError, Redemption, RefreshError, TokenPair};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) const AUTHORIZATION_CODE: &str = "authorization_code";
pub(super) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
pub(super) const REFRESH_TOKEN: &str = "refresh_token";

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct TokenRequest {
    /// `authorization_code`, `urn:ietf:params:oauth:grant-type:device_code` or `refresh_token`.
    grant_type: Option<String>,
    /// The program that began the pairing, or that registered.
    client_id: Option<String>,
    #[schema(value_type = Option<String>)]
    code: Option<SecretString>,
    /// What the challenge was made of.
    #[schema(value_type = Option<String>)]
    code_verifier: Option<SecretString>,
    /// Where the code was sent to.
    redirect_uri: Option<String>,
    #[schema(value_type = Option<String>)]
    device_code: Option<SecretString>,
    #[schema(value_type = Option<String>)]
    refresh_token: Option<SecretString>,
    /// What the access token is for (RFC 8707): `/mcp` or `/api` of this gateway. When absent, what the code was for,
    /// else `/api`.
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

/// Exchanges an authorization code, a device code or a refresh token for tokens. While nobody has approved the device, a
/// device code is answered with `authorization_pending`.
#[utoipa::path(
    post,
    path = "/oauth/token",
    tag = "oauth",
    operation_id = "issueToken",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = TokenResponse))
)]
pub(crate) async fn issue(
    State(doors): State<Doors>,
    Form(form): Form<TokenRequest>,
) -> Result<Json<TokenResponse>, OAuthError> {
    let resource = resource::named(&doors, form.resource.as_deref())?;
    let oauth = &doors.identity.oauth;
    let tokens = match required("grant_type", &form.grant_type)? {
        AUTHORIZATION_CODE => oauth.redeem(&redemption(&form, resource.as_deref())?).await?,
        DEVICE_CODE => {
            let code = required_secret("device_code", &form.device_code)?;
            let client = required("client_id", &form.client_id)?;
            let resource = resource.unwrap_or_else(|| doors.api_resource());
            doors.identity.pairings.poll(code, client, &resource).await?
        }
        REFRESH_TOKEN => {
            let token = required_secret(REFRESH_TOKEN, &form.refresh_token)?;
            let client = form.client_id.as_deref().filter(|client| !client.is_empty());
            oauth.refresh(token, client, resource.as_deref(), &doors.api_resource()).await?
        }
        _ => {
            let description = format!(
                "`grant_type` is none of `{AUTHORIZATION_CODE}`, `{DEVICE_CODE}` and `{REFRESH_TOKEN}`."
            );
            return Err(OAuthError::refused("unsupported_grant_type", description));
        }
    };
    Ok(Json(response(&tokens)))
}

fn redemption<'a>(form: &'a TokenRequest, resource: Option<&'a str>) -> Result<Redemption<'a>, OAuthError> {
    Ok(Redemption {
        code: required_secret("code", &form.code)?,
        client_id: required("client_id", &form.client_id)?,
        redirect_uri: required("redirect_uri", &form.redirect_uri)?,
        verifier: required_secret("code_verifier", &form.code_verifier)?,
        resource,
    })
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

impl From<RedeemError> for OAuthError {
    fn from(error: RedeemError) -> Self {
        match error {
            RedeemError::Invalid | RedeemError::Reused | RedeemError::Person => {
                Self::refused("invalid_grant", error.to_string())
            }
            RedeemError::OtherResource => Self::refused("invalid_target", error.to_string()),
            RedeemError::Key(_) | RedeemError::Store(_) => Self::unavailable(error),
        }
    }
}

impl From<GrantError> for OAuthError {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::OtherResource => Self::refused("invalid_target", error.to_string()),
            GrantError::OtherClient => Self::refused("invalid_grant", error.to_string()),
            GrantError::Refresh(error) => error.into(),
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
