//! Sealed keys of the gateway itself: what it signs tokens with. At most one of a purpose is not retired.

use crate::bind::binds;
use crate::row::record;
use crate::{ChangeKind, Db, StoreError, Tx, Via};
use keyferry_core::{MasterKeyId, Timestamp};

record! {
    columns signing_key_columns from "signing_keys";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct SigningKey {
        pub id: String,
        pub purpose: String,
        /// The master key that wraps it.
        pub key_id: MasterKeyId,
        pub sealed: Vec<u8>,
        pub created_at: Timestamp,
        /// Signs nothing from then on; what it signed is still checked with it.
        pub retired_at: Option<Timestamp>,
    }
}

/// The purpose's key that is not retired: the one that is there, or else this one.
pub async fn insert_or_get(db: &Db, key: &SigningKey) -> Result<SigningKey, StoreError> {
    finish_insert(db.begin().await?, key).await
}

/// Retires `old` and puts `new` in its place, and forgets what was retired before `forgotten`. Of several who do so at
/// once, the first one's key is everybody's answer.
pub async fn replace(
    db: &Db,
    old: &str,
    new: &SigningKey,
    forgotten: Timestamp,
) -> Result<SigningKey, StoreError> {
    const FORGET: &str = "DELETE FROM signing_keys WHERE retired_at < $1";
    let mut tx = db.begin().await?;
    retire(&mut tx, old, new.created_at).await?;
    tx.via().execute(FORGET, binds![forgotten]).await?;
    finish_insert(tx, new).await
}

async fn finish_insert(mut tx: Tx, key: &SigningKey) -> Result<SigningKey, StoreError> {
    const SQL: &str = concat!(signing_key_columns!(insert), " ON CONFLICT DO NOTHING");
    if tx.via().put(SQL, key).await? {
        tx.note(None, ChangeKind::Key, &key.id, key.created_at);
    }
    let active = active(&mut tx, &key.purpose).await?;
    tx.commit().await?;
    active
        .ok_or_else(|| StoreError::Refused("a signing key with this id is there for another purpose".into()))
}

/// The purpose's key that is not retired.
async fn active(tx: &mut Tx, purpose: &str) -> Result<Option<SigningKey>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        signing_key_columns!(),
        " FROM signing_keys WHERE purpose = $1 AND retired_at IS NULL"
    );
    tx.via().optional(SQL, binds![purpose]).await
}

/// Every key, retired ones too, the oldest first.
pub async fn all<'a>(via: impl Into<Via<'a>>) -> Result<Vec<SigningKey>, StoreError> {
    const SQL: &str =
        concat!("SELECT ", signing_key_columns!(), " FROM signing_keys ORDER BY created_at, id");
    via.into().all(SQL, binds![]).await
}

/// Answers whether it was in use.
async fn retire(tx: &mut Tx, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE signing_keys SET retired_at = $2 WHERE id = $1 AND retired_at IS NULL";
    let changed = tx.via().changed(SQL, binds![id, now]).await?;
    tx.note(None, ChangeKind::Key, id, now);
    Ok(changed)
}
