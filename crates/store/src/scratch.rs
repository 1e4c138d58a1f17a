//! Databases for a while on a Postgres server, for tests: here because this is the only room with SQL.

use crate::{Db, StoreError};
use keyferry_core::RequestId;
use sqlx::AssertSqlSafe;

/// Makes an empty database on the server. Answers its URL and its name.
///
/// # Errors
/// `Refused` when the URL's user may not; `Address` when the server is no Postgres.
pub async fn create(server: &str) -> Result<(String, String), StoreError> {
    let name = format!("keyferry_{}", RequestId::new());
    run(server, format!("CREATE DATABASE \"{name}\"")).await?;
    let (place, query) = server.split_once('?').map_or((server, None), |(place, query)| (place, Some(query)));
    let (host, _) = place.rsplit_once('/').ok_or_else(|| StoreError::Address("postgres://…".to_owned()))?;
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Ok((format!("{host}/{name}{query}"), name))
}

/// Drops such a database, whoever is still connected.
///
/// # Errors
/// `Refused` when the name is none that `create` gave.
pub async fn drop(server: &str, name: &str) -> Result<(), StoreError> {
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(StoreError::Refused("not a scratch database's name".into()));
    }
    run(server, format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")).await
}

async fn run(server: &str, sql: String) -> Result<(), StoreError> {
    let db = Db::open(server).await?;
    let Db::Postgres(pool) = &db else { return Err(StoreError::Address("sqlite has no server".to_owned())) };
    sqlx::query(AssertSqlSafe(sql)).execute(pool).await?;
    db.close().await;
    Ok(())
}
