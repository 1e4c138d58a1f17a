//! What is known of the master keys: their ids and states. The keys themselves are never in the database.

use crate::bind::binds;
use crate::row::{record, words};
use crate::{ChangeKind, Replica, StoreError, Tx, Via, replicas, system};
use keyferry_core::{MasterKeyId, Timestamp};

words! {
    pub enum MasterKeyState {
        /// Opens; has not sealed yet.
        Added = "added",
        /// Seals. There is at most one.
        Active = "active",
        /// Opens what it sealed; does not seal any more.
        Former = "former",
        /// Nothing is sealed under it any more.
        Retired = "retired",
    }
}

record! {
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
    const SQL: &str = concat!(master_key_columns!(insert), " ON CONFLICT (id) DO NOTHING");
    let key = MasterKeyRow { id: id.clone(), state: MasterKeyState::Added, at: now };
    let added = tx.via().put(SQL, &key).await?;
    tx.note(None, ChangeKind::Key, id.as_str(), now);
    Ok(added)
}

/// Makes it the one that seals, in place of the one before. Answers whether it was added and is not retired.
pub async fn activate(tx: &mut Tx, id: &MasterKeyId, now: Timestamp) -> Result<bool, StoreError> {
    const BEFORE: &str =
        "UPDATE master_keys SET state = 'former', at = $2 WHERE state = 'active' AND id <> $1";
    const ACTIVATE: &str = "UPDATE master_keys SET state = 'active', at = $2 \
         WHERE id = $1 AND state IN ('added', 'active', 'former')";
    tx.via().execute(BEFORE, binds![id, now]).await?;
    let activated = tx.via().changed(ACTIVATE, binds![id, now]).await?;
    tx.note(None, ChangeKind::Key, id.as_str(), now);
    Ok(activated)
}

/// What came of retiring a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retirement {
    Retired,
    /// It was never added, or was retired before.
    Unknown,
    /// It is the one that seals.
    Active,
    /// These processes may still seal under it.
    SealsFor(Vec<Replica>),
    /// So many records are sealed under it.
    Seals(i64),
}

/// Retires a key that nobody needs: no record, and no process that was heard of at `live_since` or later. Unless it
/// answers `Retired`, nothing was changed.
pub async fn retire(
    tx: &mut Tx,
    id: &MasterKeyId,
    live_since: Timestamp,
    now: Timestamp,
) -> Result<Retirement, StoreError> {
    const SQL: &str = "UPDATE master_keys SET state = 'retired', at = $2 WHERE id = $1 AND state <> 'active'";
    let state = all(&mut *tx).await?.into_iter().find(|key| key.id == *id).map(|key| key.state);
    match state {
        None | Some(MasterKeyState::Retired) => return Ok(Retirement::Unknown),
        Some(MasterKeyState::Active) => return Ok(Retirement::Active),
        Some(MasterKeyState::Added | MasterKeyState::Former) => {}
    }
    let mut holders = replicas::live(&mut *tx, live_since).await?;
    holders.retain(|replica| replica.active_key.as_ref().is_none_or(|active| active == id));
    if !holders.is_empty() {
        return Ok(Retirement::SealsFor(holders));
    }
    // Looked at last: whoever sealed under it before has written by now.
    let sealed = system::sealed_under(&mut *tx, id).await?;
    if sealed > 0 {
        return Ok(Retirement::Seals(sealed));
    }
    // Somebody may have made it the one that seals since it was looked at.
    if !tx.via().changed(SQL, binds![id, now]).await? {
        return Ok(Retirement::Active);
    }
    tx.note(None, ChangeKind::Key, id.as_str(), now);
    Ok(Retirement::Retired)
}
