//! A leased connection of either engine.

use crate::bind::Value;
use crate::lease::Lease;
use crate::row::Row;
use crate::{Db, StoreError};
use sqlx::{Postgres, Sqlite};

pub(crate) enum Held {
    Sqlite(Lease<Sqlite>),
    Postgres(Lease<Postgres>),
}

/// What it is for: on SQLite there is one connection that writes, and others that read.
#[derive(Clone, Copy)]
pub(crate) enum Intent {
    Read,
    Write,
}

macro_rules! either {
    ($held:expr, $lease:ident => $do:expr) => {
        match $held {
            Held::Sqlite($lease) => $do,
            Held::Postgres($lease) => $do,
        }
    };
}

impl Held {
    pub(crate) async fn take(db: &Db, intent: Intent) -> Result<Self, StoreError> {
        Ok(match (db, intent) {
            (Db::Sqlite(file), Intent::Read) => Self::Sqlite(Lease::take(&file.readers, false).await?),
            (Db::Sqlite(file), Intent::Write) => Self::Sqlite(Lease::take(&file.writer, false).await?),
            (Db::Postgres(server), _) => Self::Postgres(Lease::take(&server.pool, server.pooler).await?),
        })
    }

    pub(crate) async fn begin(&mut self) -> Result<(), StoreError> {
        either!(self, lease => lease.begin().await)
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        either!(self, lease => lease.commit().await)
    }

    pub(crate) async fn rollback(self) -> Result<(), StoreError> {
        either!(self, lease => lease.rollback().await)
    }

    pub(crate) async fn execute(
        &mut self,
        sql: &'static str,
        binds: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        either!(self, lease => lease.execute(sql, binds).await)
    }

    pub(crate) async fn rows(
        &mut self,
        sql: &'static str,
        binds: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        either!(self, lease => lease.rows(sql, binds).await)
    }
}
