//! Pairing as ClawLink's OpenClaw plugin does it, over our own pairing record. Only while a person holds a window open
//! on the Devices page.

use super::without_code::{client, not_begun, unavailable};
use crate::client_address::ClientAddress;
use crate::extract::{Segment, StrictJson};
use crate::rejection::Rejection;
use crate::state::Doors;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use keyferry_core::{ErrorCode, ExposeSecret, Failure, SecretString};
use keyferry_identity::{ClawLinkError, ClawLinkSession, Starter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the plugin calls a device that has no name.
const LABEL: &str = "OpenClaw device";

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StartRequest {
    /// What the device calls itself; 80 characters of it are kept.
    device_label: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StartResponse {
    session_token: String,
    display_code: String,
    device_label: String,
    status: &'static str,
    expires_at: String,
    poll_interval_ms: u64,
    /// The person opens it.
    pair_url: String,
    /// The device keeps it: it proves that it is the one that began.
    verifier: String,
}

/// Begins a pairing.
#[utoipa::path(
    post,
    path = "/api/openclaw/pair/start",
    tag = "pairing",
    operation_id = "startOpenClawPairing",
    request_body = StartRequest,
    responses((status = 200, body = StartResponse))
)]
pub(crate) async fn start(
    State(doors): State<Doors>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    StrictJson(given): StrictJson<StartRequest>,
) -> Result<Json<StartResponse>, Rejection> {
    let label = given.device_label.as_deref().filter(|label| !label.trim().is_empty()).unwrap_or(LABEL);
    let starter = Starter { label: Some(label), client: client(&headers, "openclaw"), address };
    let begun = doors.identity.pairings.start_clawlink(&starter).await.map_err(not_begun)?;
    let session_token = begun.session_token.expose_secret();
    Ok(Json(StartResponse {
        pair_url: doors.link(&format!("openclaw/pair/{session_token}")),
        session_token: session_token.to_owned(),
        display_code: begun.session.display_code,
        device_label: begun.session.label,
        status: begun.session.state.as_str(),
        expires_at: begun.session.expires_at.rfc3339(),
        poll_interval_ms: u64::try_from(begun.interval.as_millis()).unwrap_or(u64::MAX),
        verifier: begun.verifier.expose_secret().to_owned(),
    }))
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PairSession {
    id: String,
    token: String,
    display_code: String,
    device_label: String,
    /// Whose account it will be, masked.
    approved_user_hint: Option<String>,
    /// `awaiting_browser`, `ready_for_device`, `awaiting_local_save`, `paired`, `expired` or `failed`.
    status: &'static str,
    expires_at: String,
    approved_at: Option<String>,
    paired_at: Option<String>,
    created_at: String,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PairSessionResponse {
    session: PairSession,
}

/// Tells where a pairing stands.
#[utoipa::path(
    get,
    path = "/api/openclaw/pair/sessions/{token}",
    tag = "pairing",
    operation_id = "getOpenClawPairing",
    params(("token" = String, Path, description = "The session token.")),
    responses((status = 200, body = PairSessionResponse))
)]
pub(crate) async fn session(
    State(doors): State<Doors>,
    Segment(token): Segment,
) -> Result<Json<PairSessionResponse>, Rejection> {
    let session = doors.identity.pairings.clawlink_session(&token).await.map_err(refused)?;
    Ok(Json(PairSessionResponse { session: shown(token, session) }))
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct VerifierRequest {
    #[schema(value_type = String)]
    verifier: Option<SecretString>,
}

impl VerifierRequest {
    fn verifier(&self) -> &str {
        self.verifier.as_ref().map_or("", ExposeSecret::expose_secret)
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExchangeResponse {
    session: PairSession,
    /// The device's token. Until the pairing is finalized, asking again makes a new one and ends this one.
    api_key: String,
    api_key_id: String,
}

/// Gives the device its token, once a person has approved it.
#[utoipa::path(
    post,
    path = "/api/openclaw/pair/sessions/{token}/exchange",
    tag = "pairing",
    operation_id = "exchangeOpenClawPairing",
    params(("token" = String, Path, description = "The session token.")),
    request_body = VerifierRequest,
    responses((status = 200, body = ExchangeResponse))
)]
pub(crate) async fn exchange(
    State(doors): State<Doors>,
    Segment(token): Segment,
    StrictJson(given): StrictJson<VerifierRequest>,
) -> Result<Json<ExchangeResponse>, Rejection> {
    let exchanged =
        doors.identity.pairings.exchange_clawlink(&token, given.verifier()).await.map_err(refused)?;
    Ok(Json(ExchangeResponse {
        session: shown(token, exchanged.session),
        api_key: exchanged.token.expose().to_owned(),
        api_key_id: exchanged.device.to_string(),
    }))
}

/// The device says that it keeps the token.
#[utoipa::path(
    post,
    path = "/api/openclaw/pair/sessions/{token}/finalize",
    tag = "pairing",
    operation_id = "finalizeOpenClawPairing",
    params(("token" = String, Path, description = "The session token.")),
    request_body = VerifierRequest,
    responses((status = 200, body = PairSessionResponse))
)]
pub(crate) async fn finalize(
    State(doors): State<Doors>,
    Segment(token): Segment,
    StrictJson(given): StrictJson<VerifierRequest>,
) -> Result<Json<PairSessionResponse>, Rejection> {
    let session =
        doors.identity.pairings.finalize_clawlink(&token, given.verifier()).await.map_err(refused)?;
    Ok(Json(PairSessionResponse { session: shown(token, session) }))
}

fn shown(token: String, session: ClawLinkSession) -> PairSession {
    let created_at = session.created_at.rfc3339();
    PairSession {
        id: session.id.to_string(),
        token,
        display_code: session.display_code,
        device_label: session.label,
        approved_user_hint: session.approved_user_hint,
        status: session.state.as_str(),
        expires_at: session.expires_at.rfc3339(),
        approved_at: None,
        paired_at: None,
        created_at,
        updated_at: None,
    }
}

/// The statuses are ClawLink's: its clients go by them.
fn refused(error: ClawLinkError) -> Rejection {
    let (code, status) = match error {
        ClawLinkError::NotFound => (ErrorCode::NotFound, StatusCode::NOT_FOUND),
        ClawLinkError::Verifier => (ErrorCode::InvalidArguments, StatusCode::BAD_REQUEST),
        ClawLinkError::Expired => (ErrorCode::NotFound, StatusCode::GONE),
        ClawLinkError::NotApproved => (ErrorCode::ApprovalRequired, StatusCode::CONFLICT),
        ClawLinkError::Denied => (ErrorCode::ApprovalDenied, StatusCode::CONFLICT),
        ClawLinkError::NotIssued | ClawLinkError::Complete => {
            (ErrorCode::InvalidArguments, StatusCode::CONFLICT)
        }
        ClawLinkError::Store(error) => return unavailable(error).into(),
    };
    Rejection::with_status(Failure::new(code, error.to_string()), status)
}
