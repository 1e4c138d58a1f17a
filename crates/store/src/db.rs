//! The database: SQLite in a file, or Postgres by URL.

use crate::{StoreError, Tx};
use sqlx::Executor;
use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::str::FromStr;
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// How long a statement waits for a connection, and SQLite for another process' lock, before the database counts as
/// unavailable.
const PATIENCE: Duration = Duration::from_secs(5);
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;

/// What the law asks of each connection: a commit that returned is on disk, whatever the server's default says (a
/// stricter default stays). And what keeps one stuck process from holding up the others: a lock is not waited for
/// without end, nor held by a transaction that does nothing.
const POSTGRES_SESSION: &str = "SELECT set_config('lock_timeout', '10s', false), \
     set_config('idle_in_transaction_session_timeout', '30s', false), \
     set_config('synchronous_commit', CASE current_setting('synchronous_commit') \
     WHEN 'off' THEN 'on' WHEN 'local' THEN 'on' ELSE current_setting('synchronous_commit') END, false)";

/// An open database. A clone shares the connections.
#[derive(Debug, Clone)]
pub enum Db {
    Sqlite(SqliteFile),
    Postgres(PgPool),
}

/// SQLite takes one writer at a time. So all writes of this process queue, in their order, for one connection, rather
/// than poll for the file's lock; reads have connections of their own and never wait for a write.
#[derive(Debug, Clone)]
pub struct SqliteFile {
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
}

/// How a database's schema stands to this binary's migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaState {
    /// No migration has run.
    Empty,
    Current,
    /// So many migrations are to run.
    Behind(usize),
    /// A newer binary was here.
    Newer {
        found: i64,
        known: i64,
    },
}

impl Db {
    /// Opens `sqlite:PATH` (the file is made when it is absent) or `postgres://…`, and reaches it once. Runs no
    /// migrations.
    ///
    /// # Errors
    /// `Address` when the text is neither; `Unavailable` when the database can't be reached.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("sqlite:") {
            Self::open_sqlite(url).await
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::open_postgres(url).await
        } else {
            Err(StoreError::Address(shown(url)))
        }
    }

    async fn open_sqlite(url: &str) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::from_str(url).map_err(|_| StoreError::Address(shown(url)))?;
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err(StoreError::Address(url.to_owned()));
        }
        let options = options
            .create_if_missing(true)
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
        // The writer comes first: it makes the file and turns on WAL, which the readers then find.
        let writer = pool(1).connect_with(options.clone()).await?;
        let readers = pool(SQLITE_READERS).connect_with(options.pragma("query_only", "ON")).await?;
        Ok(Self::Sqlite(SqliteFile { writer, readers }))
    }

    async fn open_postgres(url: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url).map_err(|_| StoreError::Address(shown(url)))?;
        let options = options.application_name("keyferry").statement_cache_capacity(512);
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .after_connect(|connection, _| {
                Box::pin(async move { connection.execute(POSTGRES_SESSION).await.map(|_| ()) })
            })
            .connect_with(options)
            .await?;
        Ok(Self::Postgres(pool))
    }

    /// Brings the schema to this binary's.
    ///
    /// # Errors
    /// `NewerSchema` when a newer binary was here; `Migration` when a migration was edited or broke off.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        if let SchemaState::Newer { found, known } = self.schema_state().await? {
            return Err(StoreError::NewerSchema { found, known });
        }
        match self {
            Self::Sqlite(file) => MIGRATIONS.run(&file.writer).await,
            Self::Postgres(pool) => MIGRATIONS.run(pool).await,
        }
        .map_err(migration_error)
    }

    /// How the schema stands, without changing it beyond making the list of migrations.
    ///
    /// # Errors
    /// `Migration` when one broke off half-way.
    pub async fn schema_state(&self) -> Result<SchemaState, StoreError> {
        let applied = match self {
            Self::Sqlite(file) => applied(&mut *file.writer.acquire().await?).await,
            Self::Postgres(pool) => applied(&mut *pool.acquire().await?).await,
        }
        .map_err(migration_error)?;
        let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
        Ok(match applied.iter().max() {
            None => SchemaState::Empty,
            Some(&found) if found > known => SchemaState::Newer { found, known },
            Some(_) if applied.len() == MIGRATIONS.iter().count() => SchemaState::Current,
            Some(_) => SchemaState::Behind(MIGRATIONS.iter().count().saturating_sub(applied.len())),
        })
    }

    /// Whether nobody has kept anything here yet: there is nothing but the migrations' own list.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn is_blank(&self) -> Result<bool, StoreError> {
        // The catalogs of the two have nothing in common, so this is a text per engine.
        const SQLITE: &str = "SELECT COUNT(*) AS n FROM sqlite_schema \
             WHERE name NOT LIKE 'sqlite_%' AND tbl_name <> '_sqlx_migrations'";
        const POSTGRES: &str = "SELECT COUNT(*) AS n FROM information_schema.tables \
             WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_name <> '_sqlx_migrations'";
        let sql = match self {
            Self::Sqlite(_) => SQLITE,
            Self::Postgres(_) => POSTGRES,
        };
        crate::Via::from(self).number(sql, &[]).await.map(|tables| tables == 0)
    }

    /// Begins a transaction. On SQLite it is `BEGIN IMMEDIATE`: it is the writer from its start, so it never has to be
    /// tried again because another was faster. Dropping it undoes it.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Tx::begin(self).await
    }

    /// One round trip, to see whether the database answers.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn ping(&self) -> Result<(), StoreError> {
        const SQL: &str = "SELECT CAST(1 AS BIGINT) AS n";
        crate::Via::from(self).number(SQL, &[]).await.map(|_| ())
    }

    /// Closes every connection after its current statement. SQLite folds the write-ahead log into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(file) => {
                file.readers.close().await;
                file.writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// `sqlite` or `postgres`.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }
}

async fn applied<C: Migrate>(connection: &mut C) -> Result<Vec<i64>, MigrateError> {
    connection.ensure_migrations_table(&MIGRATIONS.table_name).await?;
    let applied = connection.list_applied_migrations(&MIGRATIONS.table_name).await?;
    Ok(applied.into_iter().map(|migration| migration.version).collect())
}

fn migration_error(error: MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(cause) => cause.into(),
        other => StoreError::Migration(other.to_string()),
    }
}

/// The address without its password, for an error.
fn shown(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://…@{place}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::{Row, TypeInfo, ValueRef};

    #[tokio::test]
    async fn sqlite_keeps_what_it_committed_and_forgets_what_it_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("a b.db").display());
        let Db::Sqlite(file) = Db::open(&url).await.unwrap() else { panic!("a file") };
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

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(shown("mysql://me:secret@host/db"), "mysql://…@host/db");
        assert_eq!(shown("keyferry.db"), "keyferry.db");
    }
}
