//! The database: SQLite in a file, or Postgres by URL.

use crate::sqlite::{self, SqliteFile};
use crate::{StoreError, Tx, postgres};
use sqlx::postgres::PgPool;
use std::time::Duration;

/// How long a statement waits for a connection, and SQLite for another process' lock, before the database counts as
/// unavailable.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// An open database. A clone shares the connections.
#[derive(Debug, Clone)]
pub enum Db {
    Sqlite(SqliteFile),
    Postgres(PgPool),
}

impl Db {
    /// Opens `sqlite:PATH` (the file is made when it is absent) or `postgres://…`, and reaches it once. Runs no
    /// migrations.
    ///
    /// # Errors
    /// `Address` when the text is neither; `Unreachable` with what mends it.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("sqlite:") {
            sqlite::open(url).await.map(Self::Sqlite)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            postgres::open(url).await.map(Self::Postgres)
        } else {
            Err(StoreError::Address(shown(url)))
        }
    }

    /// Begins a transaction. On SQLite it is `BEGIN IMMEDIATE`: it is the writer from its start, so it never has to be
    /// tried again because another was faster. Dropping it undoes it.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Tx::begin(self).await
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

/// The address without its password, for an error.
pub(crate) fn shown(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://…@{place}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(shown("mysql://me:secret@host/db"), "mysql://…@host/db");
        assert_eq!(shown("keyferry.db"), "keyferry.db");
    }
}
