//! People. They belong to no team; `members` says which teams they are in.

use crate::bind::binds;
use crate::row::record;
use crate::{ChangeKind, StoreError, Tx, Via};
use keyferry_core::{Timestamp, UserId};
use std::fmt;

record! {
    columns user_columns from "users";
    /// A person.
    #[derive(Clone, PartialEq, Eq)]
    pub struct User {
        pub id: UserId,
        /// Kept as it is given: the caller brings it to one spelling.
        pub email: String,
        pub name: String,
        /// Argon2id in PHC form. `None`: the person has not set a password yet.
        pub password_hash: Option<String>,
        pub disabled_at: Option<Timestamp>,
        pub created_at: Timestamp,
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("disabled_at", &self.disabled_at)
            .finish_non_exhaustive()
    }
}

/// # Errors
/// `Duplicate` when the e-mail address is taken.
pub async fn insert<'a>(via: impl Into<Via<'a>>, user: &User) -> Result<(), StoreError> {
    via.into().insert(user).await
}

pub async fn get<'a>(via: impl Into<Via<'a>>, id: &UserId) -> Result<Option<User>, StoreError> {
    const SQL: &str = concat!("SELECT ", user_columns!(), " FROM users WHERE id = $1");
    via.into().optional(SQL, binds![id]).await
}

pub async fn by_email<'a>(via: impl Into<Via<'a>>, email: &str) -> Result<Option<User>, StoreError> {
    const SQL: &str = concat!("SELECT ", user_columns!(), " FROM users WHERE email = $1");
    via.into().optional(SQL, binds![email]).await
}

/// Everybody, the oldest first; for the operator's commands.
pub async fn all<'a>(via: impl Into<Via<'a>>) -> Result<Vec<User>, StoreError> {
    const SQL: &str = concat!("SELECT ", user_columns!(), " FROM users ORDER BY id");
    via.into().all(SQL, binds![]).await
}

/// How many there are; none means that the gateway is new.
pub async fn count<'a>(via: impl Into<Via<'a>>) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) AS n FROM users";
    via.into().number(SQL, binds![]).await
}

/// Answers whether the person exists.
pub async fn set_password(tx: &mut Tx, id: &UserId, hash: &str, now: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE users SET password_hash = $2 WHERE id = $1";
    let changed = tx.via().changed(SQL, binds![id, hash]).await?;
    tx.note(None, ChangeKind::Person, id.as_str(), now);
    Ok(changed)
}

/// Answers whether the person exists.
pub async fn rename(tx: &mut Tx, id: &UserId, name: &str, now: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE users SET name = $2 WHERE id = $1";
    let changed = tx.via().changed(SQL, binds![id, name]).await?;
    tx.note(None, ChangeKind::Person, id.as_str(), now);
    Ok(changed)
}

/// Shuts a person out (`Some`) or lets them in again (`None`). Answers whether the person exists. Sessions and devices
/// are ended by `sessions::end_all` and `devices::revoke_all_of`, in the same transaction.
pub async fn set_disabled(
    tx: &mut Tx,
    id: &UserId,
    at: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE users SET disabled_at = $2 WHERE id = $1";
    let changed = tx.via().changed(SQL, binds![id, at]).await?;
    tx.note(None, ChangeKind::Person, id.as_str(), now);
    Ok(changed)
}
