//! What changed, in the order in which it was committed. Every process polls it and drops what it names from its caches.
//!
//! The numbers come from one row that a transaction holds from its notes to its commit, and the notes are its last
//! statements. So the numbers become visible in their order, nothing ever appears behind a reader's cursor, and no
//! two transactions wait for each other in a circle because of it. Changes are rare; the row is held for one commit.
//!
//! This file may hold a text per engine: Postgres wakes the readers, SQLite has no way to.

use crate::bind::binds;
use crate::lease::ANSWER;
use crate::postgres::PostgresServer;
use crate::row::{Number, record, words};
use crate::{Db, StoreError, Tx, Via, postgres};
use keyferry_core::{TeamId, Timestamp};
use sqlx::Executor;
use sqlx::postgres::PgListener;
use std::time::Duration;
use tokio::time::timeout;

/// Who only listens never learns that a network swallows everything: after so long it asks.
const QUIET: Duration = Duration::from_secs(10);

words! {
    pub enum ChangeKind {
        /// A device; the id is its.
        Device = "device",
        Connection = "connection",
        Credential = "credential",
        /// A person, or their membership when a team is named; the id is the user's.
        Person = "person",
        /// A device's rule or narrowings; the id is the device's.
        Rule = "rule",
        /// A master, signing or team key.
        Key = "key",
    }
}

record! {
    columns change_columns from "changes";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Change {
        pub seq: i64,
        /// `None`: it concerns every team.
        pub team: Option<TeamId> = "team_id",
        pub kind: ChangeKind,
        pub id: String,
        pub at: Timestamp,
    }
}

/// Notes a change; it is written when the transaction commits.
pub fn note(tx: &mut Tx, team: Option<&TeamId>, kind: ChangeKind, id: &str, at: Timestamp) {
    tx.note(team, kind, id, at);
}

/// What came after `seq`, in order, at most `limit`.
pub async fn since<'a>(via: impl Into<Via<'a>>, seq: i64, limit: i64) -> Result<Vec<Change>, StoreError> {
    const SQL: &str =
        concat!("SELECT ", change_columns!(), " FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2");
    via.into().all(SQL, binds![seq, limit]).await
}

/// The number of the latest change: where a process that starts with empty caches begins to read.
pub async fn latest<'a>(via: impl Into<Via<'a>>) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT seq AS n FROM change_counter";
    via.into().number(SQL, binds![]).await
}

/// Deletes what is older than `before`, at most `limit`. A process that has not read for so long has long refused to
/// serve.
pub async fn prune<'a>(via: impl Into<Via<'a>>, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM changes WHERE seq IN (SELECT o.seq FROM changes o WHERE o.at < $1 ORDER BY o.seq LIMIT $2)";
    via.into().execute(SQL, binds![before, limit]).await
}

/// Writes a transaction's notes, right before its commit.
pub(crate) async fn write(tx: &mut Tx, notes: &[Change]) -> Result<(), StoreError> {
    const NUMBER: &str = "UPDATE change_counter SET seq = seq + $1 RETURNING seq AS n";
    const WAKE: &str = "SELECT pg_notify('keyferry_changes', '')";
    let Some(count) = i64::try_from(notes.len()).ok().filter(|count| *count > 0) else { return Ok(()) };
    let last: Option<Number> = tx.via().optional_changed(NUMBER, binds![count]).await?;
    let last = last.ok_or_else(|| StoreError::corrupt("change_counter", "it has no row"))?.0;
    for (seq, note) in (last - count + 1..).zip(notes) {
        tx.via().insert(&Change { seq, ..note.clone() }).await?;
    }
    if tx.is_postgres() {
        tx.via().execute(WAKE, binds![]).await?;
    }
    Ok(())
}

/// Wakes a reader of `since` early.
pub struct Listener(Option<PgListener>);

/// Begins to listen. On SQLite and behind a pooler nothing ever wakes: the reader's own pace has to do.
pub async fn listen(db: &Db) -> Result<Listener, StoreError> {
    // A pooler of transactions lends no session to listen on.
    let Db::Postgres(PostgresServer { pool, pooler: false }) = db else { return Ok(Listener(None)) };
    let listening = async {
        let mut listener = PgListener::connect_with(&postgres::beside(pool)).await?;
        listener.listen("keyferry_changes").await.map(|()| listener)
    };
    let listener = timeout(ANSWER, listening).await.map_err(|_| silent())??;
    Ok(Listener(Some(listener)))
}

impl Listener {
    /// Waits until something changed, or might have: it also returns after a lost connection was made anew, and after a
    /// quiet while in which the connection was seen to work.
    ///
    /// # Errors
    /// `Unavailable` when the database is away; the listener is to be made anew.
    pub async fn wait(&mut self) -> Result<(), StoreError> {
        let Some(listener) = &mut self.0 else { return std::future::pending().await };
        match timeout(QUIET, listener.try_recv()).await {
            Ok(heard) => {
                heard?;
                // What came meanwhile is told by the same look.
                while listener.next_buffered().is_some() {}
            }
            Err(_) => _ = timeout(ANSWER, listener.execute("SELECT 1")).await.map_err(|_| silent())??,
        }
        Ok(())
    }
}

fn silent() -> StoreError {
    StoreError::Unavailable("the database did not answer in time".into())
}
