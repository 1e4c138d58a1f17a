//! A SQLite file: readable by its owner only, durable, and written by one connection.

use crate::db::{PATIENCE, without_password};
use crate::{StoreError, Unreachable};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::str::FromStr;

const READERS: u32 = 4;

/// SQLite takes one writer at a time. So all writes of this process queue, in their order, for one connection, rather
/// than poll for the file's lock; reads have connections of their own and never wait for a write.
#[derive(Debug, Clone)]
pub struct SqliteFile {
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
}

pub(crate) async fn open(url: &str) -> Result<SqliteFile, StoreError> {
    let options =
        SqliteConnectOptions::from_str(url).map_err(|_| StoreError::Address(without_password(url)))?;
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Err(StoreError::Address(url.to_owned()));
    }
    make(options.get_filename())?;
    let options = options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .pragma("secure_delete", "ON")
        .statement_cache_capacity(512);
    let pool = |size: u32| {
        SqlitePoolOptions::new()
            .max_connections(size)
            .acquire_timeout(PATIENCE)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
    };
    // The writer comes first: it turns on WAL, which the readers then find.
    let writer = pool(1).connect_with(options.clone()).await?;
    let readers = pool(READERS).connect_with(options.pragma("query_only", "ON")).await?;
    Ok(SqliteFile { writer, readers })
}

/// SQLite would make it for everybody to read. The files that it makes beside it (`-wal`, `-shm`) get its mode.
fn make(file: &Path) -> Result<(), StoreError> {
    let made = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(file);
    made.map(|_| ()).map_err(|error| StoreError::Unreachable {
        what: Unreachable::File { path: file.to_owned() },
        cause: error.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::{Row, TypeInfo, ValueRef};
    use std::os::unix::fs::PermissionsExt;

    async fn opened(folder: &Path) -> SqliteFile {
        open(&format!("sqlite:{}", folder.join("a b.db").display())).await.unwrap()
    }

    #[tokio::test]
    async fn it_keeps_what_it_committed_and_forgets_what_it_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let file = opened(folder.path()).await;
        let asked = [
            ("PRAGMA synchronous", "2"),
            ("PRAGMA journal_mode", "wal"),
            ("PRAGMA secure_delete", "1"),
            ("PRAGMA foreign_keys", "1"),
        ];
        for (pragma, expected) in asked {
            let row = sqlx::query(pragma).fetch_one(&file.writer).await.unwrap();
            let value = match row.try_get_raw(0).unwrap().type_info().name() {
                "TEXT" => row.get::<String, _>(0),
                _ => row.get::<i64, _>(0).to_string(),
            };
            assert_eq!(value, expected, "{pragma}");
        }
        assert!(sqlx::query("CREATE TABLE t (a TEXT)").execute(&file.readers).await.is_err());
    }

    #[tokio::test]
    async fn nobody_else_may_read_any_of_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let file = opened(folder.path()).await;
        sqlx::query("CREATE TABLE t (a TEXT)").execute(&file.writer).await.unwrap();
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            found.push((entry.file_name().into_string().unwrap(), mode));
        }
        found.sort();
        let expected = ["a b.db", "a b.db-shm", "a b.db-wal"].map(|name| (name.to_owned(), 0o600));
        assert_eq!(found, expected);
    }
}
