//! Who is asking, and what it may do.

use crate::extract::Device;
use crate::rejection::Rejection;
use crate::state::Doors;
use axum::Json;
use axum::extract::State;
use keyferry_core::{ErrorCode, Failure, Principal, Role, Rule};
use keyferry_identity::{Narrower, Whoami as Known, WhoamiError};
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
    responses((status = 200, body = Whoami))
)]
pub(crate) async fn whoami(
    State(doors): State<Doors>,
    Device(principal): Device,
) -> Result<Json<Whoami>, Rejection> {
    Ok(Json(of(&doors, &principal).await?))
}

pub(crate) async fn of(doors: &Doors, principal: &Principal) -> Result<Whoami, Failure> {
    let Known { user, team, device, narrower } = doors.identity.whoami(principal).await.map_err(refused)?;
    let can_begin_connection = principal.role.may_connect();
    Ok(Whoami {
        user_id: user.id.to_string(),
        workspace_id: team.id.to_string(),
        workspace_name: team.name.clone(),
        environment: "self_hosted",
        region: None,
        capabilities: Capabilities { can_execute: true, can_begin_connection },
        user: WhoamiUser { id: user.id.to_string(), name: user.name },
        team: WhoamiTeam { id: team.id.to_string(), name: team.name, role: principal.role },
        device: WhoamiDevice {
            id: device.id.to_string(),
            label: device.label,
            client: device.client,
            rule: device.rule,
            narrower: narrower.into_iter().map(NarrowerRule::from).collect(),
            created_at: device.created_at.rfc3339(),
            expires_at: device.expires_at.map(|at| at.rfc3339()),
        },
    })
}

impl From<Narrower> for NarrowerRule {
    fn from(Narrower { integration, connection, tool, rule }: Narrower) -> Self {
        Self { integration, connection_id: connection, tool, rule }
    }
}

fn refused(error: WhoamiError) -> Failure {
    match error {
        // Revoked between the door and here.
        WhoamiError::NoDevice => {
            Failure::new(ErrorCode::Unauthorized, "Unauthorized: the device is there no more.")
                .hint("Pair it again.")
        }
        WhoamiError::Store(error) if error.is_unavailable() => {
            Failure::unavailable("The gateway can't reach its database now.", error)
        }
        WhoamiError::Store(error) => Failure::internal(error),
    }
}
