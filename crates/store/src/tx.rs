//! A transaction, and the notes of what it changes.

use crate::changes::{self, Change, ChangeKind};
use crate::{Db, StoreError, Via};
use keyferry_core::{TeamId, Timestamp};
use sqlx::{Postgres, Sqlite, Transaction};

/// A transaction. Dropped without `commit`, it is undone.
pub struct Tx {
    pub(crate) open: Open,
    notes: Vec<Change>,
}

pub(crate) enum Open {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub(crate) async fn begin(db: &Db) -> Result<Self, StoreError> {
        let open = match db {
            Db::Sqlite(file) => Open::Sqlite(file.writer.begin_with("BEGIN IMMEDIATE").await?),
            Db::Postgres(pool) => Open::Postgres(pool.begin().await?),
        };
        Ok(Self { open, notes: Vec::new() })
    }

    /// The statements of this transaction run through it.
    pub(crate) fn via(&mut self) -> Via<'_> {
        Via::Tx(self)
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.open, Open::Postgres(_))
    }

    pub(crate) fn note(&mut self, team: Option<&TeamId>, kind: ChangeKind, id: &str, at: Timestamp) {
        let note = Change { seq: 0, team: team.cloned(), kind, id: id.to_owned(), at };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Makes everything durable, the notes of what changed with it.
    ///
    /// # Errors
    /// `Unavailable`; when the connection breaks during the commit itself, whether it happened is not known.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let notes = std::mem::take(&mut self.notes);
        changes::write(&mut self, &notes).await?;
        match self.open {
            Open::Sqlite(tx) => tx.commit().await?,
            Open::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Undoes everything and says so, where dropping would only begin to.
    ///
    /// # Errors
    /// `Unavailable`; it is undone nevertheless.
    pub async fn rollback(self) -> Result<(), StoreError> {
        match self.open {
            Open::Sqlite(tx) => tx.rollback().await?,
            Open::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }
}
