//! The directory: which team's row the hash of a secret belongs to.

use crate::bind::binds;
use crate::row::words;
use crate::{StoreError, Tx};
use keyferry_core::TeamId;

words! {
    /// What kind of secret it is; one kind is never taken for another.
    pub(crate) enum Secret {
        Device = "device",
        Refresh = "refresh",
        Connect = "connect",
    }
}

pub(crate) async fn add(
    tx: &mut Tx,
    kind: Secret,
    hash: &[u8],
    team: &TeamId,
    record: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO directory (hash, kind, team_id, record_id) VALUES ($1, $2, $3, $4)";
    tx.via().execute(SQL, binds![hash, kind, team, record]).await.map(|_| ())
}

/// Forgets every secret of one kind that belongs to the record.
pub(crate) async fn forget_record(
    tx: &mut Tx,
    kind: Secret,
    team: &TeamId,
    record: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM directory WHERE record_id = $1 AND kind = $2 AND team_id = $3";
    tx.via().execute(SQL, binds![record, kind, team]).await.map(|_| ())
}

pub(crate) async fn forget(tx: &mut Tx, hash: &[u8]) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM directory WHERE hash = $1";
    tx.via().execute(SQL, binds![hash]).await.map(|_| ())
}
