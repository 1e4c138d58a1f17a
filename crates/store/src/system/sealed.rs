//! What is sealed under master keys, for rewrapping and checking. Without a team: a master key wraps the records of all.

use crate::bind::binds;
use crate::row::row;
use crate::{StoreError, Via};
use keyferry_core::{ConnectionId, MasterKeyId, TeamId};

/// The tables that hold records wrapped by a master key. (Bodies of calls are sealed under team keys.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedTable {
    Credentials,
    SigningKeys,
    TeamKeys,
}

impl SealedTable {
    pub const ALL: [Self; 3] = [Self::Credentials, Self::SigningKeys, Self::TeamKeys];
}

row! {
    columns sealed_columns from "a sealed table";
    /// A sealed record with all that it may be bound to; what its table has not is `None`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct SealedRow {
        pub record: String,
        pub team: Option<TeamId> = "team_id",
        /// Of a signing or team key.
        pub purpose: Option<String>,
        /// Of a credential; 1 otherwise.
        pub version: i64,
        pub connection: Option<ConnectionId> = "connection_id",
        pub integration: Option<String>,
        pub slot: Option<String>,
        pub key_id: MasterKeyId,
        pub sealed: Vec<u8>,
    }
}

/// The records of a table after the one named, by id, at most `limit`; begin with `""`. Without a team: rotating a master
/// key concerns all of them.
pub async fn sealed_batch<'a>(
    via: impl Into<Via<'a>>,
    table: SealedTable,
    after: &str,
    limit: i64,
) -> Result<Vec<SealedRow>, StoreError> {
    const CREDENTIALS: &str = concat!(
        "SELECT ",
        sealed_columns!(),
        " FROM (SELECT x.id AS record, x.team_id, CAST(NULL AS TEXT) AS purpose, x.version, x.connection_id, \
         c.integration, x.slot, x.key_id, x.sealed FROM credentials x \
         JOIN connections c ON c.team_id = x.team_id AND c.id = x.connection_id \
         WHERE x.id > $1 ORDER BY x.id LIMIT $2) AS batch ORDER BY record"
    );
    const SIGNING_KEYS: &str = concat!(
        "SELECT ",
        sealed_columns!(),
        " FROM (SELECT x.id AS record, CAST(NULL AS TEXT) AS team_id, x.purpose, CAST(1 AS BIGINT) AS version, \
         CAST(NULL AS TEXT) AS connection_id, CAST(NULL AS TEXT) AS integration, CAST(NULL AS TEXT) AS slot, \
         x.key_id, x.sealed FROM signing_keys x WHERE x.id > $1 ORDER BY x.id LIMIT $2) AS batch ORDER BY record"
    );
    const TEAM_KEYS: &str = concat!(
        "SELECT ",
        sealed_columns!(),
        " FROM (SELECT x.id AS record, x.team_id, x.purpose, CAST(1 AS BIGINT) AS version, \
         CAST(NULL AS TEXT) AS connection_id, CAST(NULL AS TEXT) AS integration, CAST(NULL AS TEXT) AS slot, \
         x.key_id, x.sealed FROM team_keys x WHERE x.id > $1 ORDER BY x.id LIMIT $2) AS batch ORDER BY record"
    );
    let sql = match table {
        SealedTable::Credentials => CREDENTIALS,
        SealedTable::SigningKeys => SIGNING_KEYS,
        SealedTable::TeamKeys => TEAM_KEYS,
    };
    via.into().all(sql, binds![after, limit]).await
}

/// Puts the rewrapped record in place of `row`. Answers `false`, and changes nothing, when the record is not what was
/// read any more: a new secret is never overwritten with an old one. Without a team: as `sealed_batch`.
pub async fn replace_sealed<'a>(
    via: impl Into<Via<'a>>,
    table: SealedTable,
    row: &SealedRow,
    key_id: &MasterKeyId,
    sealed: &[u8],
) -> Result<bool, StoreError> {
    const CREDENTIALS: &str =
        "UPDATE credentials SET key_id = $2, sealed = $3 WHERE id = $1 AND key_id = $4 AND sealed = $5";
    const SIGNING_KEYS: &str =
        "UPDATE signing_keys SET key_id = $2, sealed = $3 WHERE id = $1 AND key_id = $4 AND sealed = $5";
    const TEAM_KEYS: &str =
        "UPDATE team_keys SET key_id = $2, sealed = $3 WHERE id = $1 AND key_id = $4 AND sealed = $5";
    let sql = match table {
        SealedTable::Credentials => CREDENTIALS,
        SealedTable::SigningKeys => SIGNING_KEYS,
        SealedTable::TeamKeys => TEAM_KEYS,
    };
    via.into().changed(sql, binds![row.record, key_id, sealed, row.key_id, row.sealed]).await
}

/// How many records a master key wraps. Without a team: a key is retired when nobody's record needs it.
pub async fn sealed_under<'a>(via: impl Into<Via<'a>>, key_id: &MasterKeyId) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT (SELECT COUNT(*) FROM credentials WHERE key_id = $1) \
         + (SELECT COUNT(*) FROM signing_keys WHERE key_id = $1) \
         + (SELECT COUNT(*) FROM team_keys WHERE key_id = $1) AS n";
    via.into().number(SQL, binds![key_id]).await
}
