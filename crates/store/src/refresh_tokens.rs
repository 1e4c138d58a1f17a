//! Refresh tokens. Each is used once to get its successor; the one before is taken for a while, until its successor
//! is used; any later reuse is a thief or a victim, and the device is revoked. Only hashes are kept.

use crate::bind::binds;
use crate::directory::{self, Secret};
use crate::row::record;
use crate::{StoreError, Tx};
use keyferry_core::{DeviceId, TeamId, Timestamp};

record! {
    columns refresh_columns from "refresh_tokens";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct RefreshToken {
        pub hash: Vec<u8>,
        pub device: DeviceId = "device_id",
        pub team: TeamId = "team_id",
        /// The device's when it was issued.
        pub generation: i64,
        pub issued_at: Timestamp,
        pub expires_at: Timestamp,
        /// When its successor was first asked for.
        pub rotated_at: Option<Timestamp>,
        pub successor_hash: Option<Vec<u8>>,
        pub successor_used_at: Option<Timestamp>,
    }
}
pub(crate) use refresh_columns;

pub async fn insert(tx: &mut Tx, token: &RefreshToken) -> Result<(), StoreError> {
    tx.via().insert(token).await?;
    directory::add(tx, Secret::Refresh, &token.hash, &token.team, token.device.as_str()).await
}

/// Puts `successor` in place of `token`, as the caller read it, and notes that the token before is now finally spent.
/// Answers `false`, and changes nothing, when somebody was faster: another successor was made meanwhile, or the
/// successor was used. A successor that was made before and never used stops working.
pub async fn rotate(
    tx: &mut Tx,
    token: &RefreshToken,
    successor: &RefreshToken,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const ROTATE: &str = "UPDATE refresh_tokens \
         SET rotated_at = COALESCE(rotated_at, $4), successor_hash = $3 \
         WHERE team_id = $1 AND hash = $2 AND successor_used_at IS NULL \
         AND ((successor_hash IS NULL AND CAST($5 AS BYTEA) IS NULL) OR successor_hash = $5)";
    const SPEND: &str = "UPDATE refresh_tokens SET successor_used_at = $3 \
         WHERE team_id = $1 AND successor_hash = $2 AND successor_used_at IS NULL";
    let binds = binds![token.team, token.hash, successor.hash, now, token.successor_hash];
    if !tx.via().changed(ROTATE, binds).await? {
        return Ok(false);
    }
    tx.via().execute(SPEND, binds![token.team, token.hash, now]).await?;
    if let Some(unused) = &token.successor_hash {
        remove(tx, &token.team, unused).await?;
    }
    insert(tx, successor).await?;
    Ok(true)
}

/// Ends every refresh token of a device.
pub async fn revoke_all_of(tx: &mut Tx, team: &TeamId, device: &DeviceId) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM refresh_tokens WHERE team_id = $1 AND device_id = $2";
    directory::forget_record(tx, Secret::Refresh, team, device.as_str()).await?;
    tx.via().execute(SQL, binds![team, device]).await
}

async fn remove(tx: &mut Tx, team: &TeamId, hash: &[u8]) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM refresh_tokens WHERE team_id = $1 AND hash = $2";
    directory::forget(tx, hash).await?;
    tx.via().execute(SQL, binds![team, hash]).await.map(|_| ())
}
