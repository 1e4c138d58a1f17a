//! Narrower rules of a device, by integration, connection and tool.

use crate::bind::binds;
use crate::row::{FromRow, Row};
use crate::{ChangeKind, StoreError, Tx, Via};
use keyferry_core::{ConnectionId, DeviceId, Rule, TeamId, Timestamp};

/// A rule for what matches; `None` matches anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrowing {
    pub integration: Option<String>,
    pub connection: Option<ConnectionId>,
    pub tool: Option<String>,
    pub rule: Rule,
}

impl FromRow for Narrowing {
    const TABLE: &'static str = "device_rules";

    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let named = |column| {
            row.column::<String>(Self::TABLE, column).map(|name| Some(name).filter(|n| !n.is_empty()))
        };
        let connection = named("connection_id")?.map(|id| id.parse()).transpose();
        Ok(Self {
            integration: named("integration")?,
            connection: connection.map_err(|_| {
                StoreError::corrupt(Self::TABLE, "column `connection_id`: not a connection's")
            })?,
            tool: named("tool")?,
            rule: row.column(Self::TABLE, "rule")?,
        })
    }
}

pub async fn of_device<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    device: &DeviceId,
) -> Result<Vec<Narrowing>, StoreError> {
    const SQL: &str = "SELECT integration, connection_id, tool, rule FROM device_rules \
         WHERE team_id = $1 AND device_id = $2 ORDER BY integration, connection_id, tool";
    via.into().all(SQL, binds![team, device]).await
}

/// Puts these in place of all that the device had.
///
/// # Errors
/// `Duplicate` when two of them match the same.
pub async fn replace(
    tx: &mut Tx,
    team: &TeamId,
    device: &DeviceId,
    narrowings: &[Narrowing],
    now: Timestamp,
) -> Result<(), StoreError> {
    const DELETE: &str = "DELETE FROM device_rules WHERE team_id = $1 AND device_id = $2";
    const INSERT: &str = "INSERT INTO device_rules (team_id, device_id, integration, connection_id, tool, rule) \
         VALUES ($1, $2, $3, $4, $5, $6)";
    tx.via().execute(DELETE, binds![team, device]).await?;
    for narrowing in narrowings {
        let integration = narrowing.integration.as_deref().unwrap_or("");
        let connection = narrowing.connection.as_ref().map_or("", ConnectionId::as_str);
        let tool = narrowing.tool.as_deref().unwrap_or("");
        tx.via().execute(INSERT, binds![team, device, integration, connection, tool, narrowing.rule]).await?;
    }
    tx.note(Some(team), ChangeKind::Rule, device.as_str(), now);
    Ok(())
}
