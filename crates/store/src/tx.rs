//! A transaction, and the notes of what it changes.

use crate::changes::{self, Change, ChangeKind};
use crate::held::{Held, Intent};
use crate::{Db, StoreError, Via};
use keyferry_core::{TeamId, Timestamp};

/// A transaction. Dropped without `commit`, it is undone; after 30 seconds it can't be committed any more.
pub struct Tx {
    pub(crate) held: Held,
    notes: Vec<Change>,
}

impl Tx {
    pub(crate) async fn begin(db: &Db) -> Result<Self, StoreError> {
        let mut held = Held::take(db, Intent::Write).await?;
        held.begin().await?;
        Ok(Self { held, notes: Vec::new() })
    }

    /// The statements of this transaction run through it.
    pub(crate) fn via(&mut self) -> Via<'_> {
        Via::Tx(self)
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.held, Held::Postgres(_))
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
    /// `Unavailable`; when the connection breaks during the commit itself, whether it happened is not known. `Refused`
    /// when a statement failed and the caller went on.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let notes = std::mem::take(&mut self.notes);
        changes::write(&mut self, &notes).await?;
        self.held.commit().await
    }

    /// Undoes everything and says so, where dropping would only begin to.
    ///
    /// # Errors
    /// `Unavailable`; it is undone nevertheless.
    pub async fn rollback(self) -> Result<(), StoreError> {
        self.held.rollback().await
    }
}
