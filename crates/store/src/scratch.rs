//! What tests of other rooms need SQL for; it is here because this is the only room with SQL. Not part of the gateway:
//! the feature `scratch` brings it.

use crate::{Db, StoreError, Via};
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

/// Makes the database look as though a newer binary had migrated it.
///
/// # Errors
/// `Refused` when it was not migrated yet.
pub async fn newer_schema(db: &Db) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         SELECT CAST(9999 AS BIGINT), 'of a newer binary', success, checksum, CAST(0 AS BIGINT) \
         FROM _sqlx_migrations WHERE version = 1";
    if Via::from(db).changed(SQL, &[]).await? {
        return Ok(());
    }
    Err(StoreError::Refused("the database was not migrated yet".into()))
}

async fn run(server: &str, sql: String) -> Result<(), StoreError> {
    let db = Db::open(server).await?;
    let Db::Postgres(pool) = &db else { return Err(StoreError::Address("sqlite has no server".to_owned())) };
    sqlx::query(AssertSqlSafe(sql)).execute(pool).await?;
    db.close().await;
    Ok(())
}
