//! The database: SQLite in a file, or Postgres by URL.

use crate::postgres::{self, PostgresServer};
use crate::sqlite::{self, SqliteFile};
use crate::{StoreError, Tx};
use std::time::Duration;

/// How long a statement waits for a connection, and SQLite for another process' lock, before the database counts as
/// unavailable.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// An open database. A clone shares the connections.
#[derive(Debug, Clone)]
pub enum Db {
    Sqlite(SqliteFile),
    Postgres(PostgresServer),
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
            Err(StoreError::Address(without_password(url)))
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
            Self::Postgres(server) => server.pool.close().await,
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

/// A database's address without its password, for a person to read: `postgres://me:***@host/name`. It is cut as text, since
/// one that was mistyped can't be parsed, and shows its password all the same.
#[must_use]
pub fn without_password(url: &str) -> String {
    // An option may be a password too.
    let bare = |text: &str| text.split('?').next().unwrap_or_default().to_owned();
    let (before, place) = match url.rsplit_once('@') {
        Some(parts) if !url.starts_with("sqlite:") => parts,
        _ => return bare(url),
    };
    match before.split_once("://").map(|(scheme, who)| (scheme, who.split_once(':'))) {
        Some((scheme, Some((user, _)))) => format!("{scheme}://{user}:***@{}", bare(place)),
        Some((_, None)) => format!("{before}@{}", bare(place)),
        None => format!("***@{}", bare(place)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("postgres://me:secret@db:5432/x", "postgres://me:***@db:5432/x")]
    #[case("postgres://me:se/c@r?et@db/x?password=secret", "postgres://me:***@db/x")]
    #[case("postgres://db/x?user=me&password=secret", "postgres://db/x")]
    #[case("postgres://me@db/x", "postgres://me@db/x")]
    #[case("postgres:/me:secret@db/x", "***@db/x")]
    #[case("sqlite:./a@b/keyferry.db", "sqlite:./a@b/keyferry.db")]
    #[case("keyferry.db", "keyferry.db")]
    fn a_password_is_never_shown(#[case] url: &str, #[case] shown: &str) {
        assert_eq!(without_password(url), shown);
    }
}
