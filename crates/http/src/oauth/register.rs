//! `POST /oauth/register`: a program makes itself known (RFC 7591). That lets it ask a person, and nothing more.

use super::OAuthError;
use crate::client_address::ClientAddress;
use crate::extract::JsonBody;
use crate::rejection::Rejection;
use crate::state::Doors;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use keyferry_identity::{RegisterError, Registration};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;
use utoipa::ToSchema;

const CODE: &str = "code";
const AUTHORIZATION_CODE: &str = "authorization_code";
const REFRESH_TOKEN: &str = "refresh_token";
/// When too many programs are registered and unused, some end within this time.
const CROWDED: Duration = Duration::from_secs(60 * 60);

/// What of a program's description is read; the rest is passed over.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ClientMetadata {
    /// Where codes may be sent: https, http on this machine, or a scheme of the program's own. At most ten.
    #[serde(default)]
    redirect_uris: Vec<String>,
    /// Shown to people as what the program calls itself.
    client_name: Option<String>,
    /// When it is there, `authorization_code` has to be among them.
    grant_types: Option<Vec<String>>,
    /// When it is there, `code` has to be among them.
    response_types: Option<Vec<String>>,
}

/// The program as it is registered. What it asked for beyond this, it did not get.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegisteredClient {
    client_id: String,
    /// Seconds since 1970.
    client_id_issued_at: i64,
    client_name: String,
    redirect_uris: Vec<String>,
    grant_types: [&'static str; 2],
    response_types: [&'static str; 1],
    /// Always `none`: a program on somebody's machine keeps no secret.
    token_endpoint_auth_method: &'static str,
}

/// Registers a program. It ends after a day in which no person let it in.
#[utoipa::path(
    post,
    path = "/oauth/register",
    tag = "oauth",
    operation_id = "registerClient",
    request_body = ClientMetadata,
    responses((status = 201, body = RegisteredClient))
)]
pub(crate) async fn register(
    State(doors): State<Doors>,
    ClientAddress(address): ClientAddress,
    body: Result<JsonBody, Rejection>,
) -> Result<(StatusCode, Json<RegisteredClient>), OAuthError> {
    let JsonBody(object) = body.map_err(|_| wrong("The body is not a JSON object that can be read."))?;
    let metadata: ClientMetadata = serde_json::from_value(Value::Object(object))
        .map_err(|_| wrong("A field of the description has another type than RFC 7591 says."))?;
    must_contain(metadata.grant_types.as_deref(), AUTHORIZATION_CODE)?;
    must_contain(metadata.response_types.as_deref(), CODE)?;
    let registration = Registration {
        name: metadata.client_name.as_deref(),
        redirect_uris: &metadata.redirect_uris,
        address,
    };
    let client = doors.identity.oauth.register(&registration).await?;
    let registered = RegisteredClient {
        client_id: client.id,
        client_id_issued_at: client.created_at.micros().div_euclid(1_000_000),
        client_name: client.name,
        redirect_uris: metadata.redirect_uris,
        grant_types: [AUTHORIZATION_CODE, REFRESH_TOKEN],
        response_types: [CODE],
        token_endpoint_auth_method: "none",
    };
    Ok((StatusCode::CREATED, Json(registered)))
}

fn must_contain(given: Option<&[String]>, ours: &str) -> Result<(), OAuthError> {
    if given.is_none_or(|given| given.iter().any(|one| one == ours)) {
        return Ok(());
    }
    Err(wrong(format!("Only clients with `{ours}` can be registered.")))
}

fn wrong(description: impl Into<String>) -> OAuthError {
    OAuthError::refused("invalid_client_metadata", description)
}

impl From<RegisterError> for OAuthError {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Redirects | RegisterError::Unfit(_) => {
                Self::refused("invalid_redirect_uri", error.to_string())
            }
            RegisterError::TooMany => Self::too_many(error.to_string(), CROWDED),
            RegisterError::Store(error) => Self::unavailable(error),
        }
    }
}
