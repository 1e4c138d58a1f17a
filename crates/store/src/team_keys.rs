//! Sealed data keys of a team, one for each purpose: digests, handles, message ids, subjects, and the bodies of each month.

use crate::bind::binds;
use crate::row::row;
use crate::{Db, StoreError, Tx, Via};
use keyferry_core::{MasterKeyId, TeamId, Timestamp};

row! {
    columns team_key_columns from "team_keys";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct TeamKey {
        /// What it is sealed under; unique in the gateway.
        pub id: String,
        pub team: TeamId = "team_id",
        /// `digest`, `handle`, `message`, `subject`, `body:2026-11`.
        pub purpose: String,
        /// The master key that wraps it.
        pub key_id: MasterKeyId,
        pub sealed: Vec<u8>,
        pub created_at: Timestamp,
    }
}

/// The team's key for the purpose: the one that is there, or else this one.
pub async fn insert_or_get(db: &Db, key: &TeamKey) -> Result<TeamKey, StoreError> {
    const SQL: &str = concat!(
        "INSERT INTO team_keys (",
        team_key_columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (team_id, purpose) DO NOTHING"
    );
    let binds = binds![key.id, key.team, key.purpose, key.key_id, key.sealed, key.created_at];
    if Via::from(db).changed(SQL, binds).await? {
        return Ok(key.clone());
    }
    let there = get(db, &key.team, &key.purpose).await?;
    there.ok_or_else(|| StoreError::Unavailable("a team's key was dropped while it was asked for".into()))
}

pub async fn get<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    purpose: &str,
) -> Result<Option<TeamKey>, StoreError> {
    const SQL: &str =
        concat!("SELECT ", team_key_columns!(), " FROM team_keys WHERE team_id = $1 AND purpose = $2");
    via.into().optional(SQL, binds![team, purpose]).await
}

/// Drops a key, and with it everything that is sealed under it. Answers whether it was there.
pub async fn drop_key(tx: &mut Tx, team: &TeamId, purpose: &str, now: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM team_keys WHERE team_id = $1 AND purpose = $2";
    let changed = tx.via().changed(SQL, binds![team, purpose]).await?;
    tx.note(Some(team), crate::ChangeKind::Key, purpose, now);
    Ok(changed)
}
