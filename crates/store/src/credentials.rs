//! Sealed credentials, one for each filled slot of a connection. What is sealed is bound to the row and its version, so
//! the caller seals for the version that it is about to write.

use crate::bind::{binds, bound};
use crate::row::{Column, Row, record, words};
use crate::{ChangeKind, StoreError, Tx, Via};
use keyferry_core::{ConnectionId, CredentialId, MasterKeyId, TeamId, Timestamp, UserId};
use std::collections::BTreeMap;

words! {
    /// What the slot's own test said.
    pub enum Health {
        Untested = "untested",
        Verified = "verified",
        /// The upstream has no way to tell.
        Unverifiable = "unverifiable",
        Refused = "refused",
    }
}

record! {
    columns credential_columns from "credentials";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Credential {
        pub id: CredentialId,
        pub team: TeamId = "team_id",
        pub connection: ConnectionId = "connection_id",
        pub slot: String,
        /// 1, and one more with each replacement.
        pub version: i64,
        /// What belongs to it and is no secret: a space's id.
        pub fields: BTreeMap<String, String>,
        /// The master key that wraps it.
        pub key_id: MasterKeyId,
        pub sealed: Vec<u8>,
        pub health: Health,
        pub health_message: Option<String>,
        pub tested_at: Option<Timestamp>,
        pub created_at: Timestamp,
        pub updated_at: Timestamp,
    }
}

impl Column for BTreeMap<String, String> {
    fn read(row: &Row, name: &str) -> Result<Option<Self>, String> {
        let parse = |text: String| serde_json::from_str(&text).map_err(|error| error.to_string());
        String::read(row, name)?.map(parse).transpose()
    }
}

bound! {
    BTreeMap<String, String> => Text, |it|
        serde_json::to_string(it).expect("a map of texts is JSON: it has no other keys or values");
}

/// Puts a secret into its slot: at version 1 into an empty one, at any other in place of the version before it. Answers
/// `false`, and changes nothing, when the slot is not as the caller saw it any more.
pub async fn put(tx: &mut Tx, credential: &Credential) -> Result<bool, StoreError> {
    const INSERT: &str =
        concat!(credential_columns!(insert), " ON CONFLICT (team_id, connection_id, slot) DO NOTHING");
    let changed = match credential.version {
        1 => tx.via().put(INSERT, credential).await?,
        _ => replace(tx, credential).await?,
    };
    tx.note(Some(&credential.team), ChangeKind::Credential, credential.id.as_str(), credential.updated_at);
    Ok(changed)
}

async fn replace(tx: &mut Tx, credential: &Credential) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE credentials SET version = $3, fields = $4, key_id = $5, sealed = $6, health = $7, \
         health_message = $8, tested_at = $9, updated_at = $10 \
         WHERE team_id = $1 AND id = $2 AND version = $3 - 1";
    let binds = binds![
        credential.team,
        credential.id,
        credential.version,
        credential.fields,
        credential.key_id,
        credential.sealed,
        credential.health,
        credential.health_message,
        credential.tested_at,
        credential.updated_at,
    ];
    tx.via().changed(SQL, binds).await
}

/// The filled slots of a connection that the user may see, by slot.
pub async fn of_connection<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    user: &UserId,
    connection: &ConnectionId,
) -> Result<Vec<Credential>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        credential_columns!(),
        " FROM credentials WHERE team_id = $1 AND connection_id = $3 AND EXISTS (SELECT 1 FROM connections c \
         WHERE c.team_id = $1 AND c.id = $3 AND (c.owner_id IS NULL OR c.owner_id = $2) AND c.deleted_at IS NULL) \
         ORDER BY slot"
    );
    via.into().all(SQL, binds![team, user, connection]).await
}

/// One slot of a connection that the user may see.
pub async fn get<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    user: &UserId,
    connection: &ConnectionId,
    slot: &str,
) -> Result<Option<Credential>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        credential_columns!(),
        " FROM credentials WHERE team_id = $1 AND connection_id = $3 AND slot = $4 \
         AND EXISTS (SELECT 1 FROM connections c \
         WHERE c.team_id = $1 AND c.id = $3 AND (c.owner_id IS NULL OR c.owner_id = $2) AND c.deleted_at IS NULL)"
    );
    via.into().optional(SQL, binds![team, user, connection, slot]).await
}

/// What a test of one version of a credential said.
#[derive(Debug, Clone, Copy)]
pub struct Verdict<'a> {
    pub version: i64,
    pub health: Health,
    pub message: Option<&'a str>,
}

/// Answers `false` when the credential has been replaced since.
pub async fn set_health(
    tx: &mut Tx,
    team: &TeamId,
    id: &CredentialId,
    verdict: Verdict<'_>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE credentials SET health = $4, health_message = $5, tested_at = $6 \
         WHERE team_id = $1 AND id = $2 AND version = $3";
    let binds = binds![team, id, verdict.version, verdict.health, verdict.message, now];
    let changed = tx.via().changed(SQL, binds).await?;
    tx.note(Some(team), ChangeKind::Credential, id.as_str(), now);
    Ok(changed)
}

/// Empties a slot. Answers whether it was filled.
pub async fn remove(
    tx: &mut Tx,
    team: &TeamId,
    id: &CredentialId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM credentials WHERE team_id = $1 AND id = $2";
    let changed = tx.via().changed(SQL, binds![team, id]).await?;
    tx.note(Some(team), ChangeKind::Credential, id.as_str(), now);
    Ok(changed)
}

/// The connection is going, and notes its own change.
pub(crate) async fn remove_all_of(
    tx: &mut Tx,
    team: &TeamId,
    connection: &ConnectionId,
) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM credentials WHERE team_id = $1 AND connection_id = $2";
    tx.via().execute(SQL, binds![team, connection]).await.map(|_| ())
}
