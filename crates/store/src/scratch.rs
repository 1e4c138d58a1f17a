//! What tests of other rooms need SQL for; it is here because this is the only room with SQL. Not part of the gateway:
//! the feature `scratch` brings it.

use crate::bind::binds;
use crate::{Db, StoreError, Via};
use keyferry_core::{DeviceId, RequestId, TeamId, Timestamp, UserId};
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

/// Whose calls [`fill_journal`] makes up.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    pub team: &'a TeamId,
    pub user: &'a UserId,
    pub device: &'a DeviceId,
}

/// Writes reads into the journal that nobody made: the numbers `from` up to `to`, one a second, the last of them at
/// `until`.
///
/// # Errors
/// `Duplicate` when a number is there already.
pub async fn fill_journal(
    db: &Db,
    caller: Caller<'_>,
    (from, to): (i64, i64),
    until: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "WITH RECURSIVE n (i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + CAST(1 AS BIGINT) FROM n \
         WHERE i < CAST($2 AS BIGINT)) \
         INSERT INTO calls (team_id, id, user_id, device_id, tool, integration, impact, digest, state, sent_may, status, \
         attempts, bytes_in, bytes_out, started_at, deadline_at, finished_at) \
         SELECT $3, 'call_' || SUBSTR('00000000000000000000000000000000', 1, 32 - LENGTH(CAST(i AS TEXT))) || CAST(i AS TEXT), \
         $4, $5, 'segment_list_labels', 'segment', 'read', $6, 'succeeded', TRUE, CAST(200 AS BIGINT), CAST(1 AS BIGINT), \
         CAST(0 AS BIGINT), CAST(1024 AS BIGINT), $7 - (CAST($2 AS BIGINT) - i) * CAST(1000000 AS BIGINT), \
         $7 - (CAST($2 AS BIGINT) - i) * CAST(1000000 AS BIGINT), $7 - (CAST($2 AS BIGINT) - i) * CAST(1000000 AS BIGINT) FROM n";
    let digest: &[u8] = &[0; 32];
    let binds = binds![from, to, caller.team, caller.user, caller.device, digest, until];
    Via::from(db).execute(SQL, binds).await.map(|_| ())
}

/// Makes another user of a database, who may do everything in it, and answers by what they open it.
///
/// # Errors
/// `Refused` when the URL's user may not; `Address` when the URL names no user.
pub async fn another_user(url: &str) -> Result<String, StoreError> {
    let name = format!("keyferry_{}", RequestId::new());
    for sql in [
        format!("CREATE ROLE \"{name}\" LOGIN PASSWORD '{name}'"),
        format!("GRANT ALL ON SCHEMA public TO \"{name}\""),
        format!("GRANT ALL ON ALL TABLES IN SCHEMA public TO \"{name}\""),
    ] {
        run(url, sql).await?;
    }
    let place = url.rsplit_once('@').ok_or_else(|| StoreError::Address("postgres://USER@…".to_owned()))?.1;
    Ok(format!("postgres://{name}:{name}@{place}"))
}

/// Whether that user may read what changed.
///
/// # Errors
/// `Refused` when the URL's user may not; `Address` when the other's URL is none that `another_user` gave.
pub async fn let_read_changes(url: &str, others: &str, may: bool) -> Result<(), StoreError> {
    let name = others.strip_prefix("postgres://").and_then(|rest| rest.split(':').next());
    let name = name.ok_or_else(|| StoreError::Address("postgres://USER:…".to_owned()))?;
    let (verb, to) = if may { ("GRANT", "TO") } else { ("REVOKE", "FROM") };
    run(url, format!("{verb} SELECT ON changes {to} \"{name}\"")).await
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
    let Db::Postgres(server) = &db else {
        return Err(StoreError::Address("sqlite has no server".to_owned()));
    };
    sqlx::query(AssertSqlSafe(sql)).execute(&server.pool).await?;
    db.close().await;
    Ok(())
}
