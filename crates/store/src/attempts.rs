//! Guesses of codes and passwords. A guess is noted before it is checked, so that guesses at the same time can't all
//! pass below the limit, and forgotten when it was right.

use crate::bind::binds;
use crate::row::{FromRow, Row};
use crate::{StoreError, Via};
use keyferry_core::Timestamp;

/// Notes a guess. `id` is the caller's own, to forget it by; `scope` says what is counted together
/// (`pair-code:account:…`).
pub async fn note<'a>(
    via: impl Into<Via<'a>>,
    id: &str,
    scope: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO attempts (id, scope, at) VALUES ($1, $2, $3)";
    via.into().execute(SQL, binds![id, scope, at]).await.map(|_| ())
}

/// The guess was right: it doesn't count.
pub async fn forget<'a>(via: impl Into<Via<'a>>, id: &str) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM attempts WHERE id = $1";
    via.into().execute(SQL, binds![id]).await.map(|_| ())
}

/// How many guesses there were at `since` or later.
pub async fn count_since<'a>(
    via: impl Into<Via<'a>>,
    scope: &str,
    since: Timestamp,
) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) AS n FROM attempts WHERE scope = $1 AND at >= $2";
    via.into().number(SQL, binds![scope, since]).await
}

/// The oldest guess at `since` or later: when it leaves the window, another one is free.
pub async fn oldest_since<'a>(
    via: impl Into<Via<'a>>,
    scope: &str,
    since: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    const SQL: &str = "SELECT MIN(at) AS at FROM attempts WHERE scope = $1 AND at >= $2";
    let oldest: Option<Oldest> = via.into().optional(SQL, binds![scope, since]).await?;
    Ok(oldest.and_then(|oldest| oldest.0))
}

struct Oldest(Option<Timestamp>);

impl FromRow for Oldest {
    const TABLE: &'static str = "attempts";

    fn from_row(row: &Row) -> Result<Self, StoreError> {
        row.column(Self::TABLE, "at").map(Self)
    }
}
