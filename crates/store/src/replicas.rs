//! The running processes of the gateway: when each was last heard of, and which master keys it has.

use crate::bind::binds;
use crate::row::{FromRow, Row};
use crate::{StoreError, Via};
use keyferry_core::{MasterKeyId, ReplicaId, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    pub id: ReplicaId,
    pub seen_at: Timestamp,
    pub key_ids: Vec<MasterKeyId>,
}

impl FromRow for Replica {
    const TABLE: &'static str = "replicas";

    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let keys: String = row.column(Self::TABLE, "key_ids")?;
        let keys: Result<Vec<MasterKeyId>, _> = keys.split_whitespace().map(str::parse).collect();
        Ok(Self {
            id: row.column(Self::TABLE, "id")?,
            seen_at: row.column(Self::TABLE, "seen_at")?,
            key_ids: keys.map_err(|_| StoreError::corrupt(Self::TABLE, "column `key_ids`: not keys' ids"))?,
        })
    }
}

/// The process is alive, and says which keys it has.
pub async fn seen<'a>(via: impl Into<Via<'a>>, replica: &Replica) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO replicas (id, seen_at, key_ids) VALUES ($1, $2, $3) \
         ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, key_ids = excluded.key_ids";
    let keys: Vec<&str> = replica.key_ids.iter().map(MasterKeyId::as_str).collect();
    via.into().execute(SQL, binds![replica.id, replica.seen_at, keys.join(" ")]).await.map(|_| ())
}

/// Those that were heard of at `since` or later.
pub async fn live<'a>(via: impl Into<Via<'a>>, since: Timestamp) -> Result<Vec<Replica>, StoreError> {
    const SQL: &str = "SELECT id, seen_at, key_ids FROM replicas WHERE seen_at >= $1 ORDER BY id";
    via.into().all(SQL, binds![since]).await
}

/// The process stops.
pub async fn gone<'a>(via: impl Into<Via<'a>>, id: &ReplicaId) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM replicas WHERE id = $1";
    via.into().execute(SQL, binds![id]).await.map(|_| ())
}
