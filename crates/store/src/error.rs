//! What can go wrong with the database, by what the caller can do about it.

use crate::Unreachable;
use keyferry_core::Cause;
use sqlx::error::{DatabaseError, ErrorKind};

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database can't be reached, did not answer in time, is overloaded, or asks to try again. The statement was not
    /// done, except when the connection was lost during a commit or while a statement ran on its own.
    #[error("the database is unavailable")]
    Unavailable(#[source] Cause),
    /// The database was not reached when it was opened.
    #[error("{what}")]
    Unreachable {
        what: Unreachable,
        #[source]
        cause: Cause,
    },
    /// The database refuses this row or statement; others are not concerned.
    #[error("the database refused the row")]
    Refused(#[source] Cause),
    /// A row with this id or this unique value is there already.
    #[error("there is such a row already")]
    Duplicate(#[source] Cause),
    /// What is stored can't be read as what it should be.
    #[error("table `{table}` holds what can't be read: {what}")]
    Corrupt { table: &'static str, what: String },
    /// A newer binary has migrated this database; an older one would damage it.
    #[error(
        "the database is at migration {found}, and this binary knows none after {known}: use a newer one"
    )]
    NewerSchema { found: i64, known: i64 },
    /// The migrations don't fit the database: one was edited after it ran, or broke off.
    #[error("the database can't be migrated: {0}")]
    Migration(String),
    /// The database's address can't be understood.
    #[error("`{0}` is not a database: use sqlite:PATH or postgres://…")]
    Address(String),
}

impl StoreError {
    /// Whether the same may be tried again as it is.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Unreachable { .. })
    }

    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Duplicate(_))
    }

    pub(crate) fn corrupt(table: &'static str, what: impl Into<String>) -> Self {
        Self::Corrupt { table, what: what.into() }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let verdict = match &error {
            sqlx::Error::Database(database) => verdict(database.as_ref()),
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::Decode(_) => Verdict::Corrupt,
            sqlx::Error::Encode(_) | sqlx::Error::TypeNotFound { .. } | sqlx::Error::RowNotFound => {
                Verdict::Refused
            }
            sqlx::Error::PoolTimedOut => {
                let what = "no connection to the database could be had in time: it does not answer, or all are in use";
                return Self::Unavailable(what.into());
            }
            _ => Verdict::Unavailable,
        };
        match verdict {
            Verdict::Unavailable => Self::Unavailable(error.into()),
            Verdict::Refused => Self::Refused(error.into()),
            Verdict::Duplicate => Self::Duplicate(error.into()),
            Verdict::Corrupt => Self::corrupt("database", error.to_string()),
        }
    }
}

enum Verdict {
    Unavailable,
    Refused,
    Duplicate,
    Corrupt,
}

fn verdict(error: &dyn DatabaseError) -> Verdict {
    if error.kind() == ErrorKind::UniqueViolation {
        return Verdict::Duplicate;
    }
    let code = error.code().unwrap_or_default();
    match error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
        Some(_) => postgres_verdict(&code),
        None => sqlite_verdict(code.parse().unwrap_or(0)),
    }
}

/// By SQLSTATE, Postgres manual, appendix A.
fn postgres_verdict(code: &str) -> Verdict {
    match code {
        // Serialization, deadlock, lock not available; the server has become a read-only standby.
        "40001" | "40P01" | "55P03" | "25006" => Verdict::Unavailable,
        _ => match code.get(..2) {
            // Connection, insufficient resources, operator intervention, system error.
            Some("08" | "53" | "57" | "58") => Verdict::Unavailable,
            Some("XX") => Verdict::Corrupt,
            _ => Verdict::Refused,
        },
    }
}

/// By result code, <https://www.sqlite.org/rescode.html>; the low byte is the primary code.
fn sqlite_verdict(code: i32) -> Verdict {
    match code & 0xff {
        // BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, FULL, CANTOPEN, PROTOCOL.
        5 | 6 | 7 | 8 | 9 | 10 | 13 | 14 | 15 => Verdict::Unavailable,
        // CORRUPT, NOTADB.
        11 | 26 => Verdict::Corrupt,
        _ => Verdict::Refused,
    }
}
