//! The two engines: how a statement with its binds runs on a connection of either.

use crate::bind::{Value, arguments};
use crate::postgres;
use crate::row::Row;
use sqlx::{Database, Error, Executor, Postgres, Sqlite};

pub(crate) trait Engine: Database {
    /// On SQLite a transaction is the writer from its start, so it never has to be tried again because another was
    /// faster.
    const BEGIN: &'static str;
    /// The same where the next transaction may find another session.
    const BEGIN_BEHIND_POOLER: &'static str;

    /// Runs a statement that answers no rows; says how many it changed. `kept` says whether the session may keep it
    /// prepared.
    fn execute(
        connection: &mut Self::Connection,
        sql: &'static str,
        binds: &[Value<'_>],
        kept: bool,
    ) -> impl Future<Output = Result<u64, Error>> + Send;

    fn rows(
        connection: &mut Self::Connection,
        sql: &'static str,
        binds: &[Value<'_>],
        kept: bool,
    ) -> impl Future<Output = Result<Vec<Row>, Error>> + Send;

    /// Sends a statement as it is: `BEGIN`, `COMMIT`, `ROLLBACK`.
    fn say(
        connection: &mut Self::Connection,
        sql: &'static str,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

macro_rules! engine {
    ($engine:ident, $begin:expr, $behind_pooler:expr) => {
        impl Engine for $engine {
            const BEGIN: &'static str = $begin;
            const BEGIN_BEHIND_POOLER: &'static str = $behind_pooler;

            async fn execute(
                connection: &mut Self::Connection,
                sql: &'static str,
                binds: &[Value<'_>],
                kept: bool,
            ) -> Result<u64, Error> {
                let binds: Self::Arguments = arguments(binds).map_err(Error::Encode)?;
                let query = sqlx::query_with::<$engine, _>(sql, binds).persistent(kept);
                Ok(query.execute(connection).await?.rows_affected())
            }

            async fn rows(
                connection: &mut Self::Connection,
                sql: &'static str,
                binds: &[Value<'_>],
                kept: bool,
            ) -> Result<Vec<Row>, Error> {
                let binds: Self::Arguments = arguments(binds).map_err(Error::Encode)?;
                let query = sqlx::query_with::<$engine, _>(sql, binds).persistent(kept);
                Ok(query.fetch_all(connection).await?.into_iter().map(Row::$engine).collect())
            }

            async fn say(connection: &mut Self::Connection, sql: &'static str) -> Result<(), Error> {
                connection.execute(sql).await.map(|_| ())
            }
        }
    };
}

// No pooler stands before a file.
engine!(Sqlite, "BEGIN IMMEDIATE", "BEGIN IMMEDIATE");
engine!(Postgres, "BEGIN", postgres::BEGIN_BEHIND_POOLER);
