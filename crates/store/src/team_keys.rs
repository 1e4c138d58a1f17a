//! Sealed data keys of a team, one for each purpose: digests, handles, message ids, subjects, and the bodies of each month.

use crate::bind::binds;
use crate::row::record;
use crate::{Db, StoreError, Via};
use keyferry_core::{MasterKeyId, TeamId, Timestamp};

record! {
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
    const SQL: &str = concat!(team_key_columns!(insert), " ON CONFLICT (team_id, purpose) DO NOTHING");
    if Via::from(db).put(SQL, key).await? {
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
