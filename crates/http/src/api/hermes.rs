//! Pairing as ClawLink's plugin and installer for Hermes do it, over our own pairing record. Only where the operator
//! turned it on, and only while a person holds a window open on the Devices page.
//!
//! Their wire has no secret besides the session's id, so that id is the secret to poll with: the link for the person has
//! another one, and the key goes only to the address that began.

use super::without_code::{client, not_begun, unavailable};
use crate::client_address::ClientAddress;
use crate::extract::{Segment, StrictJson};
use crate::rejection::Rejection;
use crate::state::Doors;
use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use keyferry_core::{ErrorCode, ExposeSecret, Failure};
use keyferry_identity::{DeviceToken, HermesError, HermesSession, HermesState, Starter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the plugin calls a device that has no name.
const LABEL: &str = "Hermes Agent";
/// What its `config.yaml` calls us; it has this name fixed in its code.
const SERVER_NAME: &str = "clawlink";
/// Seconds that Hermes waits for an answer, and for a connection.
const TIMEOUT: u32 = 180;
const CONNECT_TIMEOUT: u32 = 60;

/// The operator's leave for this flow.
pub(crate) struct TurnedOn;

impl FromRequestParts<Doors> for TurnedOn {
    type Rejection = Rejection;

    async fn from_request_parts(_: &mut Parts, doors: &Doors) -> Result<Self, Rejection> {
        if doors.compat.hermes {
            return Ok(Self);
        }
        let off =
            Failure::new(ErrorCode::PolicyDenied, "Pairing as ClawLink's plugin for Hermes does it is off.");
        Err(off
            .hint("The operator turns it on with `compat.hermes`; or pair by `/mcp`, which needs no setting.")
            .into())
    }
}

/// What else the plugin says of itself (its family, version, transport) is passed over.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct BootstrapRequest {
    /// What the device calls itself.
    client_label: Option<String>,
    /// The machine it says to be on; stands behind the label.
    hostname: Option<String>,
}

impl BootstrapRequest {
    fn label(&self) -> String {
        let said = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let label = said(&self.client_label).unwrap_or_else(|| LABEL.to_owned());
        match said(&self.hostname) {
            Some(host) => format!("{label} on {host}"),
            None => label,
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(crate) struct BootstrapResponse {
    /// `hbs_…`. The device keeps it: whoever holds it, at the address that began, gets the key.
    session_id: String,
    /// `pending_approval`.
    status: &'static str,
    /// The person opens it.
    approval_url: String,
    poll_url: String,
    expires_at: String,
    poll_interval_ms: u64,
    display: BootstrapDisplay,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BootstrapDisplay {
    title: &'static str,
    summary: &'static str,
}

/// Begins a pairing. Twenty an hour of one network.
#[utoipa::path(
    post,
    path = "/api/hermes/bootstrap-sessions",
    tag = "pairing",
    operation_id = "startHermesPairing",
    request_body = BootstrapRequest,
    responses((status = 200, body = BootstrapResponse))
)]
pub(crate) async fn start(
    State(doors): State<Doors>,
    _: TurnedOn,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    StrictJson(given): StrictJson<BootstrapRequest>,
) -> Result<Json<BootstrapResponse>, Rejection> {
    let label = given.label();
    let starter = Starter { label: Some(&label), client: client(&headers, "hermes"), address };
    let begun = doors.identity.pairings.start_hermes(&starter).await.map_err(not_begun)?;
    let session_id = begun.session_id.expose_secret();
    Ok(Json(BootstrapResponse {
        approval_url: doors.link(&format!("hermes/approve/{}", begun.link_token.expose_secret())),
        poll_url: doors.link(&format!("api/hermes/bootstrap-sessions/{session_id}")),
        session_id: session_id.to_owned(),
        status: begun.state.as_str(),
        expires_at: begun.expires_at.rfc3339(),
        poll_interval_ms: u64::try_from(begun.interval.as_millis()).unwrap_or(u64::MAX),
        display: display(begun.state),
    }))
}

#[derive(Serialize, ToSchema)]
pub(crate) struct BootstrapSession {
    session_id: String,
    /// `pending_approval`, `approved`, `rejected`, `expired` or `consumed`.
    status: &'static str,
    expires_at: String,
    /// There while the status is `approved`. Asking again before `consume` makes a new key and ends this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    install: Option<Install>,
    display: BootstrapDisplay,
}

/// What Hermes writes into its configuration.
#[derive(Serialize, ToSchema)]
pub(crate) struct Install {
    server_name: &'static str,
    url: String,
    headers: InstallHeaders,
    /// Seconds.
    timeout: u32,
    /// Seconds.
    connect_timeout: u32,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct InstallHeaders {
    /// The device's token.
    #[serde(rename = "x-clawlink-api-key")]
    key: String,
}

/// Tells where a pairing stands, to the address that began it; and the key, once a person has approved.
#[utoipa::path(
    get,
    path = "/api/hermes/bootstrap-sessions/{session}",
    tag = "pairing",
    operation_id = "getHermesPairing",
    params(("session" = String, Path, description = "The session's id.")),
    responses((status = 200, body = BootstrapSession))
)]
pub(crate) async fn session(
    State(doors): State<Doors>,
    _: TurnedOn,
    ClientAddress(address): ClientAddress,
    Segment(session): Segment,
) -> Result<Json<BootstrapSession>, Rejection> {
    let found = doors.identity.pairings.poll_hermes(&session, address).await.map_err(refused)?;
    Ok(Json(shown(&doors, session, found)))
}

/// The device says that it keeps the key: none is given any more. A key that nobody says this of ends with the session.
#[utoipa::path(
    post,
    path = "/api/hermes/bootstrap-sessions/{session}/consume",
    tag = "pairing",
    operation_id = "consumeHermesPairing",
    params(("session" = String, Path, description = "The session's id.")),
    responses((status = 200, body = BootstrapSession))
)]
pub(crate) async fn consume(
    State(doors): State<Doors>,
    _: TurnedOn,
    ClientAddress(address): ClientAddress,
    Segment(session): Segment,
) -> Result<Json<BootstrapSession>, Rejection> {
    let found = doors.identity.pairings.consume_hermes(&session, address).await.map_err(refused)?;
    Ok(Json(shown(&doors, session, found)))
}

fn shown(doors: &Doors, session_id: String, found: HermesSession) -> BootstrapSession {
    BootstrapSession {
        session_id,
        status: found.state.as_str(),
        expires_at: found.expires_at.rfc3339(),
        install: found.token.as_ref().map(|token| install(doors, token)),
        display: display(found.state),
    }
}

fn install(doors: &Doors, token: &DeviceToken) -> Install {
    Install {
        server_name: SERVER_NAME,
        url: doors.link("api/mcp"),
        headers: InstallHeaders { key: token.expose().to_owned() },
        timeout: TIMEOUT,
        connect_timeout: CONNECT_TIMEOUT,
    }
}

/// What the plugin may tell the person.
fn display(state: HermesState) -> BootstrapDisplay {
    let (title, summary) = match state {
        HermesState::PendingApproval => {
            ("Let Hermes in", "Open the link, sign in, and approve this device. It starts read-only.")
        }
        HermesState::Approved => ("Approved", "Hermes may go on."),
        HermesState::Rejected => ("Refused", "This device was refused. Begin again if that was by mistake."),
        HermesState::Expired => ("Expired", "Nobody approved in time. Begin again."),
        HermesState::Consumed => ("Done", "Hermes has its key."),
    };
    BootstrapDisplay { title, summary }
}

fn refused(error: HermesError) -> Rejection {
    let (code, status) = match error {
        HermesError::NotFound => (ErrorCode::NotFound, StatusCode::NOT_FOUND),
        HermesError::Elsewhere => (ErrorCode::PolicyDenied, StatusCode::FORBIDDEN),
        HermesError::NotIssued => (ErrorCode::InvalidArguments, StatusCode::CONFLICT),
        HermesError::Store(error) => return unavailable(error).into(),
    };
    Rejection::with_status(Failure::new(code, error.to_string()), status)
}
