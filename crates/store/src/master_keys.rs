//! What is known of the master keys: their ids and states. The keys themselves are never in the database.

use crate::bind::binds;
use crate::row::{row, words};
use crate::{ChangeKind, StoreError, Tx, Via};
use keyferry_core::{MasterKeyId, Timestamp};

words! {
    pub enum MasterKeyState {
        /// Opens; does not seal yet.
        Added = "added",
        /// Seals. There is at most one.
        Active = "active",
        /// Nothing is sealed under it any more.
        Retired = "retired",
    }
}

row! {
    columns master_key_columns from "master_keys";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct MasterKeyRow {
        pub id: MasterKeyId,
        pub state: MasterKeyState,
        /// When it came into this state.
        pub at: Timestamp,
    }
}

/// Every key that was ever added, the oldest first.
pub async fn all<'a>(via: impl Into<Via<'a>>) -> Result<Vec<MasterKeyRow>, StoreError> {
    const SQL: &str = concat!("SELECT ", master_key_columns!(), " FROM master_keys ORDER BY id");
    via.into().all(SQL, binds![]).await
}

/// Answers whether it is new.
pub async fn add(tx: &mut Tx, id: &MasterKeyId, now: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str =
        "INSERT INTO master_keys (id, state, at) VALUES ($1, 'added', $2) ON CONFLICT (id) DO NOTHING";
    let added = tx.via().changed(SQL, binds![id, now]).await?;
    tx.note(None, ChangeKind::Key, id.as_str(), now);
    Ok(added)
}

/// Makes it the one that seals, in place of the one before. Answers whether it was added and is not retired.
pub async fn activate(tx: &mut Tx, id: &MasterKeyId, now: Timestamp) -> Result<bool, StoreError> {
    const BEFORE: &str =
        "UPDATE master_keys SET state = 'added', at = $2 WHERE state = 'active' AND id <> $1";
    const ACTIVATE: &str =
        "UPDATE master_keys SET state = 'active', at = $2 WHERE id = $1 AND state IN ('added', 'active')";
    tx.via().execute(BEFORE, binds![id, now]).await?;
    let activated = tx.via().changed(ACTIVATE, binds![id, now]).await?;
    tx.note(None, ChangeKind::Key, id.as_str(), now);
    Ok(activated)
}

/// Answers whether it was added and is not active. Whether anything is sealed under it, the caller asks
/// `system::sealed_under` in the same transaction.
pub async fn retire(tx: &mut Tx, id: &MasterKeyId, now: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE master_keys SET state = 'retired', at = $2 WHERE id = $1 AND state = 'added'";
    let retired = tx.via().changed(SQL, binds![id, now]).await?;
    tx.note(None, ChangeKind::Key, id.as_str(), now);
    Ok(retired)
}
