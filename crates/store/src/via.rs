//! Through what a statement runs: the database (on its own) or a transaction. One function serves both.

use crate::bind::Value;
use crate::held::{Held, Intent};
use crate::record::Record;
use crate::row::{FromRow, Number, Row};
use crate::{Db, StoreError, Tx};

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

impl Via<'_> {
    /// Writes a record as a new row.
    pub(crate) async fn insert<R: Record>(self, record: &R) -> Result<(), StoreError> {
        self.execute(R::INSERT, &record.values()).await.map(|_| ())
    }

    /// The same by a statement of its own, as with ON CONFLICT; says whether it happened.
    pub(crate) async fn put<R: Record>(self, sql: &'static str, record: &R) -> Result<bool, StoreError> {
        self.changed(sql, &record.values()).await
    }

    /// Runs a statement that answers no rows; says how many it changed.
    pub(crate) async fn execute(self, sql: &'static str, binds: &[Value<'_>]) -> Result<u64, StoreError> {
        match self {
            Via::Db(db) => Held::take(db, Intent::Write).await?.execute(sql, binds).await,
            Via::Tx(tx) => tx.held.execute(sql, binds).await,
        }
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
        match self {
            Via::Db(db) => Held::take(db, intent).await?.rows(sql, binds).await,
            Via::Tx(tx) => tx.held.rows(sql, binds).await,
        }
    }
}
