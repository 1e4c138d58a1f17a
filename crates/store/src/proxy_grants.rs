//! APIs whose changes a device may send through the proxy without a preview.

use crate::bind::binds;
use crate::row::row;
use crate::{ChangeKind, StoreError, Tx, Via};
use keyferry_core::{DeviceId, TeamId, Timestamp, UserId};

row! {
    columns proxy_grant_columns from "proxy_grants";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ProxyGrant {
        pub integration: String,
        pub api: String,
        pub granted_by: UserId,
        pub granted_at: Timestamp,
    }
}

/// Those of one device.
pub async fn of_device<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    device: &DeviceId,
) -> Result<Vec<ProxyGrant>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        proxy_grant_columns!(),
        " FROM proxy_grants WHERE team_id = $1 AND device_id = $2 ORDER BY integration, api"
    );
    via.into().all(SQL, binds![team, device]).await
}

/// Gives one; what was given before stays as it was.
///
/// # Errors
/// The store's.
pub async fn give(
    tx: &mut Tx,
    team: &TeamId,
    device: &DeviceId,
    grant: &ProxyGrant,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO proxy_grants (team_id, device_id, integration, api, granted_by, granted_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (team_id, device_id, integration, api) DO NOTHING";
    let (by, at) = (&grant.granted_by, grant.granted_at);
    tx.via().execute(SQL, binds![team, device, grant.integration, grant.api, by, at]).await?;
    tx.note(Some(team), ChangeKind::Rule, device.as_str(), at);
    Ok(())
}

/// Takes one back. Answers whether there was one.
pub async fn take_back(
    tx: &mut Tx,
    team: &TeamId,
    device: &DeviceId,
    (integration, api): (&str, &str),
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM proxy_grants \
         WHERE team_id = $1 AND device_id = $2 AND integration = $3 AND api = $4";
    tx.note(Some(team), ChangeKind::Rule, device.as_str(), now);
    tx.via().changed(SQL, binds![team, device, integration, api]).await
}
