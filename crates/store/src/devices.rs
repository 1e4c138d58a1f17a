//! Paired devices. Whatever changes one is noted, so that every process drops it from its caches.

use crate::bind::binds;
use crate::directory::{self, Secret};
use crate::row::{Number, Text, record};
use crate::{ChangeKind, StoreError, Tx, Via, confirmations, refresh_tokens};
use keyferry_core::{DeviceId, Rule, ShownTools, TeamId, Timestamp, UserId};

record! {
    columns device_columns from "devices";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Device {
        pub id: DeviceId,
        pub team: TeamId = "team_id",
        /// The person it acts for.
        pub user: UserId = "user_id",
        /// What it calls itself, or what the person called it.
        pub label: String,
        /// The program: `openclaw`, `keyferry-cli`.
        pub client: String,
        pub rule: Rule,
        /// Goes up when its tokens are revoked; an access token names the one it was made for.
        pub generation: i64,
        /// SHA-256 of its device token, if it has one.
        pub token_hash: Option<Vec<u8>>,
        pub token_last4: Option<String>,
        pub created_at: Timestamp,
        pub last_used_at: Option<Timestamp>,
        pub last_address: Option<String>,
        pub expires_at: Option<Timestamp>,
        pub revoked_at: Option<Timestamp>,
        /// What its MCP clients see under its own name.
        pub shown_tools: ShownTools,
    }
}
pub(crate) use device_columns;

pub async fn insert(tx: &mut Tx, device: &Device) -> Result<(), StoreError> {
    tx.via().insert(device).await?;
    if let Some(hash) = &device.token_hash {
        directory::add(tx, Secret::Device, hash, &device.team, device.id.as_str()).await?;
    }
    tx.note(Some(&device.team), ChangeKind::Device, device.id.as_str(), device.created_at);
    Ok(())
}

pub async fn get<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    id: &DeviceId,
) -> Result<Option<Device>, StoreError> {
    const SQL: &str = concat!("SELECT ", device_columns!(), " FROM devices WHERE team_id = $1 AND id = $2");
    via.into().optional(SQL, binds![team, id]).await
}

/// A person's devices in a team, the newest first; revoked ones too.
pub async fn of_user<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    user: &UserId,
) -> Result<Vec<Device>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        device_columns!(),
        " FROM devices WHERE team_id = $1 AND user_id = $2 ORDER BY id DESC"
    );
    via.into().all(SQL, binds![team, user]).await
}

/// Everybody's devices in a team, the newest first, for those who may manage it; revoked ones too.
pub async fn of_team<'a>(via: impl Into<Via<'a>>, team: &TeamId) -> Result<Vec<Device>, StoreError> {
    const SQL: &str =
        concat!("SELECT ", device_columns!(), " FROM devices WHERE team_id = $1 ORDER BY id DESC");
    via.into().all(SQL, binds![team]).await
}

/// Answers whether there is such a device, unrevoked.
pub async fn set_rule(
    tx: &mut Tx,
    team: &TeamId,
    id: &DeviceId,
    rule: Rule,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE devices SET rule = $3 WHERE team_id = $1 AND id = $2 AND revoked_at IS NULL";
    let changed = tx.via().changed(SQL, binds![team, id, rule]).await?;
    tx.note(Some(team), ChangeKind::Rule, id.as_str(), now);
    Ok(changed)
}

/// Answers whether there is such a device, unrevoked.
pub async fn rename(
    tx: &mut Tx,
    team: &TeamId,
    id: &DeviceId,
    label: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE devices SET label = $3 WHERE team_id = $1 AND id = $2 AND revoked_at IS NULL";
    let changed = tx.via().changed(SQL, binds![team, id, label]).await?;
    tx.note(Some(team), ChangeKind::Device, id.as_str(), now);
    Ok(changed)
}

/// Answers whether there is such a device, unrevoked.
pub async fn show_tools(
    tx: &mut Tx,
    team: &TeamId,
    id: &DeviceId,
    tools: &ShownTools,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str =
        "UPDATE devices SET shown_tools = $3 WHERE team_id = $1 AND id = $2 AND revoked_at IS NULL";
    let changed = tx.via().changed(SQL, binds![team, id, tools]).await?;
    tx.note(Some(team), ChangeKind::Device, id.as_str(), now);
    Ok(changed)
}

/// Until when the device may act; `None`: until it is revoked. Answers whether there is such a device, unrevoked.
pub async fn set_expiry(
    tx: &mut Tx,
    team: &TeamId,
    id: &DeviceId,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str =
        "UPDATE devices SET expires_at = $3 WHERE team_id = $1 AND id = $2 AND revoked_at IS NULL";
    let changed = tx.via().changed(SQL, binds![team, id, expires_at]).await?;
    tx.note(Some(team), ChangeKind::Device, id.as_str(), now);
    Ok(changed)
}

/// Gives the device another token in place of the one it had, if any. Answers the new generation; `None`: there is no
/// such device, unrevoked.
pub async fn replace_token(
    tx: &mut Tx,
    team: &TeamId,
    id: &DeviceId,
    hash: &[u8],
    last4: &str,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "UPDATE devices SET token_hash = $3, token_last4 = $4, generation = generation + 1 \
         WHERE team_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING generation AS n";
    let generation: Option<Number> = tx.via().optional_changed(SQL, binds![team, id, hash, last4]).await?;
    if generation.is_some() {
        directory::forget_record(tx, Secret::Device, team, id.as_str()).await?;
        directory::add(tx, Secret::Device, hash, team, id.as_str()).await?;
    }
    tx.note(Some(team), ChangeKind::Device, id.as_str(), now);
    Ok(generation.map(|number| number.0))
}

/// Ends a device with its tokens, refresh tokens, confirmations and approvals. Answers whether it was alive.
pub async fn revoke(tx: &mut Tx, team: &TeamId, id: &DeviceId, now: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE devices \
         SET revoked_at = $3, token_hash = NULL, generation = generation + 1 \
         WHERE team_id = $1 AND id = $2 AND revoked_at IS NULL";
    if !tx.via().changed(SQL, binds![team, id, now]).await? {
        return Ok(false);
    }
    directory::forget_record(tx, Secret::Device, team, id.as_str()).await?;
    refresh_tokens::revoke_all_of(tx, team, id).await?;
    confirmations::void_of_device(tx, team, id).await?;
    tx.note(Some(team), ChangeKind::Device, id.as_str(), now);
    Ok(true)
}

/// Ends every device of a person in a team, as `revoke` does. Answers which.
pub async fn revoke_all_of(
    tx: &mut Tx,
    team: &TeamId,
    user: &UserId,
    now: Timestamp,
) -> Result<Vec<DeviceId>, StoreError> {
    const SQL: &str = "SELECT id AS text FROM devices \
         WHERE team_id = $1 AND user_id = $2 AND revoked_at IS NULL ORDER BY id";
    let alive: Vec<Text> = tx.via().all(SQL, binds![team, user]).await?;
    let mut revoked = Vec::with_capacity(alive.len());
    for Text(id) in alive {
        let id: DeviceId =
            id.parse().map_err(|_| StoreError::corrupt("devices", "column `id`: not a device's"))?;
        if revoke(tx, team, &id, now).await? {
            revoked.push(id);
        }
    }
    Ok(revoked)
}

/// The device was used. Written only when the last time is older than `not_since`: a call is not worth a commit. No
/// change is noted.
pub async fn note_use<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    id: &DeviceId,
    now: Timestamp,
    address: &str,
    not_since: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE devices SET last_used_at = $3, last_address = $4 \
         WHERE team_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at < $5 OR last_address <> $4)";
    via.into().execute(SQL, binds![team, id, now, address, not_since]).await.map(|_| ())
}

/// Makes every other transaction that locks this device wait until this one ends. Answers whether it is alive.
pub(crate) async fn lock(tx: &mut Tx, team: &TeamId, id: &DeviceId) -> Result<bool, StoreError> {
    const SQL: &str =
        "UPDATE devices SET generation = generation WHERE team_id = $1 AND id = $2 AND revoked_at IS NULL";
    tx.via().changed(SQL, binds![team, id]).await
}
