//! Who is asking, and what it may do.

use crate::extract::Device;
use crate::rejection::{FlatFailure, Rejection};
use crate::state::Doors;
use axum::Json;
use axum::extract::State;
use keyferry_broker::view::FailureAnswer;
use keyferry_core::{ErrorCode, Failure, Principal, Role, Rule};
use keyferry_store::{Narrowing, StoreError, connections, device_rules, devices, teams, users};
use serde::Serialize;
use utoipa::ToSchema;

/// ClawLink's fields, in its spelling, and ours beside them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Whoami {
    user_id: String,
    workspace_id: String,
    workspace_name: String,
    /// Always `self_hosted`.
    environment: &'static str,
    /// Always `null`: where this gateway stands is its operator's matter.
    region: Option<String>,
    capabilities: Capabilities,
    user: WhoamiUser,
    team: WhoamiTeam,
    device: WhoamiDevice,
}

#[derive(Debug, Serialize, ToSchema)]
struct Capabilities {
    can_execute: bool,
    can_begin_connection: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct WhoamiUser {
    id: String,
    name: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct WhoamiTeam {
    id: String,
    name: String,
    /// The user's role in it.
    #[schema(value_type = String, example = "member")]
    role: Role,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WhoamiDevice {
    id: String,
    label: String,
    client: String,
    #[schema(value_type = String, example = "confirm")]
    rule: Rule,
    /// Stricter rules for some integrations, connections or tools.
    narrower: Vec<NarrowerRule>,
    created_at: String,
    expires_at: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NarrowerRule {
    #[serde(skip_serializing_if = "Option::is_none")]
    integration: Option<String>,
    /// The connection's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<String>,
    #[schema(value_type = String, example = "read-only")]
    rule: Rule,
}

/// Tells whose device this is, and what it may do.
#[utoipa::path(
    get,
    path = "/api/agent/whoami",
    tag = "discovery",
    operation_id = "whoami",
    responses(
        (status = 200, body = Whoami),
        (status = 401, body = FlatFailure),
        (status = "default", body = FailureAnswer),
    ),
    security(("device_token" = []), ("device_key" = []))
)]
pub(crate) async fn whoami(
    State(doors): State<Doors>,
    Device(principal): Device,
) -> Result<Json<Whoami>, Rejection> {
    let device = device(&doors, &principal).await?;
    let user = users::get(&doors.db, &principal.user).await.map_err(unreadable)?.ok_or_else(gone)?;
    let team = teams::get(&doors.db, &principal.team).await.map_err(unreadable)?.ok_or_else(gone)?;
    let can_begin_connection = principal.role.may_connect();
    Ok(Json(Whoami {
        user_id: user.id.to_string(),
        workspace_id: team.id.to_string(),
        workspace_name: team.name.clone(),
        environment: "self_hosted",
        region: None,
        capabilities: Capabilities { can_execute: true, can_begin_connection },
        user: WhoamiUser { id: user.id.to_string(), name: user.name },
        team: WhoamiTeam { id: team.id.to_string(), name: team.name, role: principal.role },
        device,
    }))
}

async fn device(doors: &Doors, principal: &Principal) -> Result<WhoamiDevice, Failure> {
    let id = principal.device().ok_or_else(gone)?;
    let device = devices::get(&doors.db, &principal.team, id).await.map_err(unreadable)?.ok_or_else(gone)?;
    let narrowings = device_rules::of_device(&doors.db, &principal.team, id).await.map_err(unreadable)?;
    let mut narrower = Vec::with_capacity(narrowings.len());
    for narrowing in narrowings {
        narrower.extend(narrower_rule(doors, principal, narrowing).await?);
    }
    Ok(WhoamiDevice {
        id: device.id.to_string(),
        label: device.label,
        client: device.client,
        rule: device.rule,
        narrower,
        created_at: device.created_at.rfc3339(),
        expires_at: device.expires_at.map(|at| at.rfc3339()),
    })
}

/// `None` for a rule about a connection that the device's owner can't see, or that is gone.
async fn narrower_rule(
    doors: &Doors,
    principal: &Principal,
    narrowing: Narrowing,
) -> Result<Option<NarrowerRule>, Failure> {
    let Narrowing { integration, connection, tool, rule } = narrowing;
    let connection_id = match connection {
        None => None,
        Some(id) => match connections::get(&doors.db, &principal.team, &principal.user, &id).await {
            Ok(Some(connection)) => Some(connection.number),
            Ok(None) => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        },
    };
    Ok(Some(NarrowerRule { integration, connection_id, tool, rule }))
}

fn unreadable(error: StoreError) -> Failure {
    if error.is_unavailable() {
        return Failure::unavailable("The gateway can't reach its database now.", error);
    }
    Failure::internal(error)
}

/// Revoked between the door and here.
fn gone() -> Failure {
    Failure::new(ErrorCode::Unauthorized, "Unauthorized: the device is there no more.").hint("Pair it again.")
}
