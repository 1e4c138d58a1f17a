//! Programs that registered themselves (RFC 7591). They belong to no team: which people they serve shows later, by the
//! codes that they are given. One that nobody used within a day is as if it had never been.

use crate::bind::binds;
use crate::gates::{self, Admission};
use crate::row::record;
use crate::{Db, StoreError, Tx, Via};
use keyferry_core::Timestamp;

record! {
    columns client_columns from "oauth_clients";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct OAuthClient {
        pub id: String,
        /// What it calls itself; nobody checked it.
        pub name: String,
        /// One a line.
        pub redirect_uris: String,
        /// Where it registered from, as shown to the person.
        pub address: String,
        /// The IPv4 address or the /64 of an IPv6 one; unused clients are counted by it.
        pub network: String,
        pub created_at: Timestamp,
        /// When a person last let it in.
        pub used_at: Option<Timestamp>,
        pub expires_at: Timestamp,
    }
}

/// How many clients may have registered lately that nobody used yet. Older ones don't count: a flood of them would keep
/// everybody out until it expires.
#[derive(Debug, Clone, Copy)]
pub struct ClientCaps {
    pub network: i64,
    pub gateway: i64,
    pub since: Timestamp,
}

/// Writes a new client unless too many of late are unused.
pub async fn insert(db: &Db, client: &OAuthClient, caps: ClientCaps) -> Result<Admission, StoreError> {
    let mut tx = db.begin().await?;
    gates::hold(&mut tx, "oauth_clients").await?;
    if count_unused(&mut tx, Some(&client.network), caps.since).await? >= caps.network
        || count_unused(&mut tx, None, caps.since).await? >= caps.gateway
    {
        return Ok(Admission::Full);
    }
    tx.via().insert(client).await?;
    tx.commit().await?;
    Ok(Admission::Admitted)
}

async fn count_unused(tx: &mut Tx, network: Option<&str>, since: Timestamp) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) AS n FROM oauth_clients \
         WHERE created_at > $2 AND used_at IS NULL AND network = COALESCE(CAST($1 AS TEXT), network)";
    tx.via().number(SQL, binds![network, since]).await
}

/// A client that has not expired.
pub async fn get<'a>(
    via: impl Into<Via<'a>>,
    id: &str,
    now: Timestamp,
) -> Result<Option<OAuthClient>, StoreError> {
    const SQL: &str =
        concat!("SELECT ", client_columns!(), " FROM oauth_clients WHERE id = $1 AND expires_at > $2");
    via.into().optional(SQL, binds![id, now]).await
}

/// A person let the client in: it is kept until `expires_at`. Answers whether it was still there.
pub async fn note_use<'a>(
    via: impl Into<Via<'a>>,
    id: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str =
        "UPDATE oauth_clients SET used_at = $2, expires_at = $3 WHERE id = $1 AND expires_at > $2";
    via.into().changed(SQL, binds![id, now, expires_at]).await
}
