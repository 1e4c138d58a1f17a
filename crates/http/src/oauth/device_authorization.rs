//! `POST /oauth/device_authorization`: a device asks for a code that a person types (RFC 8628).

use super::{OAuthError, required};
use crate::client_address::ClientAddress;
use crate::extract::Form;
use crate::state::Doors;
use axum::Json;
use axum::extract::State;
use keyferry_core::ExposeSecret;
use keyferry_identity::{DeviceAuthorization, StartError, Starter};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// When too many pairings are open, some end within this time.
const CROWDED: Duration = Duration::from_secs(60);

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct DeviceAuthorizationRequest {
    /// The program that asks, by a name of its own choosing: `keyferry-cli`.
    client_id: Option<String>,
    /// What the device calls itself; a person reads it.
    device_label: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct DeviceAuthorizationResponse {
    device_code: String,
    /// `XXXX-XXXX`: the person types it; no link carries it.
    #[schema(example = "WDJB-MJHT")]
    user_code: String,
    verification_uri: String,
    /// Seconds.
    expires_in: u64,
    /// Seconds between two polls.
    interval: u64,
}

/// Begins a pairing: answers a code for the person and a secret for the device to poll with.
#[utoipa::path(
    post,
    path = "/oauth/device_authorization",
    tag = "oauth",
    operation_id = "authorizeDevice",
    request_body(content = DeviceAuthorizationRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = DeviceAuthorizationResponse))
)]
pub(crate) async fn begin(
    State(doors): State<Doors>,
    ClientAddress(address): ClientAddress,
    Form(form): Form<DeviceAuthorizationRequest>,
) -> Result<Json<DeviceAuthorizationResponse>, OAuthError> {
    let client = required("client_id", &form.client_id)?;
    let starter = Starter { label: form.device_label.as_deref(), client, address };
    let begun = doors.identity.pairings.authorize_device(&starter).await?;
    Ok(Json(response(&begun, doors.link("pair"))))
}

fn response(begun: &DeviceAuthorization, verification_uri: String) -> DeviceAuthorizationResponse {
    DeviceAuthorizationResponse {
        device_code: begun.device_code.expose_secret().to_owned(),
        user_code: begun.user_code.to_string(),
        verification_uri,
        expires_in: begun.expires_in.as_secs(),
        interval: begun.interval.as_secs(),
    }
}

impl From<StartError> for OAuthError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::TooMany => Self::too_many(error.to_string(), CROWDED),
            StartError::TooOften(wait) => Self::too_many(error.to_string(), wait),
            StartError::Closed => Self::refused("unauthorized_client", error.to_string()),
            StartError::Store(error) => Self::unavailable(error),
        }
    }
}
