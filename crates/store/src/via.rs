//! Through what a statement runs: the database (on its own) or a transaction. One function serves both.

use crate::bind::{Value, arguments};
use crate::row::{FromRow, Number, Row};
use crate::tx::Open;
use crate::{Db, StoreError, Tx};
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;

/// `&db` or `&mut tx`; every function that asks for `impl Into<Via>` takes both.
pub enum Via<'a> {
    Db(&'a Db),
    Tx(&'a mut Tx),
}

impl<'a> From<&'a Db> for Via<'a> {
    fn from(db: &'a Db) -> Self {
        Self::Db(db)
    }
}

impl<'a> From<&'a mut Tx> for Via<'a> {
    fn from(tx: &'a mut Tx) -> Self {
        Self::Tx(tx)
    }
}

/// Whether a statement outside a transaction needs SQLite's writer.
#[derive(Clone, Copy)]
enum Intent {
    Read,
    Write,
}

impl Via<'_> {
    /// Runs a statement that answers no rows; says how many it changed.
    pub(crate) async fn execute(self, sql: &'static str, binds: &[Value<'_>]) -> Result<u64, StoreError> {
        Ok(match self {
            Via::Db(Db::Sqlite(file)) => sqlite(sql, binds)?.execute(&file.writer).await?.rows_affected(),
            Via::Db(Db::Postgres(pool)) => postgres(sql, binds)?.execute(pool).await?.rows_affected(),
            Via::Tx(tx) => match &mut tx.open {
                Open::Sqlite(tx) => sqlite(sql, binds)?.execute(&mut **tx).await?.rows_affected(),
                Open::Postgres(tx) => postgres(sql, binds)?.execute(&mut **tx).await?.rows_affected(),
            },
        })
    }

    /// Runs a conditional change of one row; says whether it happened.
    pub(crate) async fn changed(self, sql: &'static str, binds: &[Value<'_>]) -> Result<bool, StoreError> {
        self.execute(sql, binds).await.map(|rows| rows > 0)
    }

    pub(crate) async fn all<T: FromRow>(
        self,
        sql: &'static str,
        binds: &[Value<'_>],
    ) -> Result<Vec<T>, StoreError> {
        self.rows(Intent::Read, sql, binds).await?.iter().map(T::from_row).collect()
    }

    pub(crate) async fn optional<T: FromRow>(
        self,
        sql: &'static str,
        binds: &[Value<'_>],
    ) -> Result<Option<T>, StoreError> {
        self.rows(Intent::Read, sql, binds).await?.first().map(T::from_row).transpose()
    }

    /// Like `all`, for a change with RETURNING.
    pub(crate) async fn all_changed<T: FromRow>(
        self,
        sql: &'static str,
        binds: &[Value<'_>],
    ) -> Result<Vec<T>, StoreError> {
        self.rows(Intent::Write, sql, binds).await?.iter().map(T::from_row).collect()
    }

    /// Like `optional`, for a change with RETURNING.
    pub(crate) async fn optional_changed<T: FromRow>(
        self,
        sql: &'static str,
        binds: &[Value<'_>],
    ) -> Result<Option<T>, StoreError> {
        self.rows(Intent::Write, sql, binds).await?.first().map(T::from_row).transpose()
    }

    /// The number that a SELECT names `n`.
    pub(crate) async fn number(self, sql: &'static str, binds: &[Value<'_>]) -> Result<i64, StoreError> {
        let number: Option<Number> = self.optional(sql, binds).await?;
        number.map(|number| number.0).ok_or_else(|| StoreError::corrupt("a number", "no row"))
    }

    async fn rows(
        self,
        intent: Intent,
        sql: &'static str,
        binds: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        Ok(match self {
            Via::Db(Db::Sqlite(file)) => {
                let pool: &SqlitePool = match intent {
                    Intent::Read => &file.readers,
                    Intent::Write => &file.writer,
                };
                of_sqlite(sqlite(sql, binds)?.fetch_all(pool).await?)
            }
            Via::Db(Db::Postgres(pool)) => {
                of_postgres(postgres(sql, binds)?.fetch_all(pool as &PgPool).await?)
            }
            Via::Tx(tx) => match &mut tx.open {
                Open::Sqlite(tx) => of_sqlite(sqlite(sql, binds)?.fetch_all(&mut **tx).await?),
                Open::Postgres(tx) => of_postgres(postgres(sql, binds)?.fetch_all(&mut **tx).await?),
            },
        })
    }
}

type SqliteQuery = sqlx::query::Query<'static, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;
type PostgresQuery = sqlx::query::Query<'static, sqlx::Postgres, sqlx::postgres::PgArguments>;

fn sqlite(sql: &'static str, binds: &[Value<'_>]) -> Result<SqliteQuery, StoreError> {
    Ok(sqlx::query_with(sql, arguments(binds).map_err(sqlx::Error::Encode)?))
}

fn postgres(sql: &'static str, binds: &[Value<'_>]) -> Result<PostgresQuery, StoreError> {
    Ok(sqlx::query_with(sql, arguments(binds).map_err(sqlx::Error::Encode)?))
}

fn of_sqlite(rows: Vec<sqlx::sqlite::SqliteRow>) -> Vec<Row> {
    rows.into_iter().map(Row::Sqlite).collect()
}

fn of_postgres(rows: Vec<sqlx::postgres::PgRow>) -> Vec<Row> {
    rows.into_iter().map(Row::Postgres).collect()
}
