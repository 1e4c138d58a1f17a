//! A connection out of its pool, for one statement or one transaction, and how long each may take.
//!
//! A network that swallows packets looks like a slow server until the kernel gives up, after a quarter of an hour. So
//! nothing is waited for without end. A connection that did not answer in time is closed and never used again: what it
//! still owes would be taken for the answer to the next statement.
//!
//! What the driver does is boxed: its futures are kilobytes, and would be part of every future above that may ask the
//! database, moved again and again on the way of calls that never ask.

use crate::StoreError;
use crate::bind::Value;
use crate::engine::Engine;
use crate::row::Row;
use sqlx::pool::{Pool, PoolConnection};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout, timeout_at};

/// How long a statement is waited for. Longer than Postgres works on one (`statement_timeout`), so that a server which
/// is only slow says so itself and keeps its connection; short enough for a person who waits for a page.
pub(crate) const ANSWER: Duration = Duration::from_secs(12);
/// How long a transaction may be open: it holds rows that others wait for, on SQLite the only writer. None of ours has
/// more than a few hundred statements, of a millisecond each.
const TRANSACTION: Duration = Duration::from_secs(30);

pub(crate) struct Lease<E: Engine> {
    /// `None`: it did not answer, and is closed.
    connection: Option<PoolConnection<E>>,
    /// While a transaction is open: when it has to be over.
    open_until: Option<Instant>,
    /// A statement of the transaction failed. Postgres would take a commit for a rollback then, and not say so.
    failed: bool,
    /// The session is lent for one transaction at a time, so a statement by itself becomes one.
    pooler: bool,
}

impl<E: Engine> Lease<E> {
    /// Waits for a connection as long as the pool does.
    pub(crate) async fn take(pool: &Pool<E>, pooler: bool) -> Result<Self, StoreError> {
        let connection = Some(Box::pin(pool.acquire()).await?);
        Ok(Self { connection, open_until: None, failed: false, pooler })
    }

    pub(crate) async fn begin(&mut self) -> Result<(), StoreError> {
        // Before it is sent: whoever stops waiting for it leaves a transaction that has to be undone.
        self.open_until = Some(Instant::now() + TRANSACTION);
        let begun = self.say(if self.pooler { E::BEGIN_BEHIND_POOLER } else { E::BEGIN }).await;
        if begun.is_err() {
            self.open_until = None;
        }
        begun
    }

    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        if self.failed {
            return Err(StoreError::Refused("a statement of the transaction failed before".into()));
        }
        self.end("COMMIT").await
    }

    pub(crate) async fn rollback(mut self) -> Result<(), StoreError> {
        self.end("ROLLBACK").await
    }

    pub(crate) async fn execute(
        &mut self,
        sql: &'static str,
        binds: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        let own = self.begin_own().await?;
        let (until, kept) = (self.until(), !self.pooler);
        let answer = timeout_at(until, Box::pin(E::execute(self.connection()?, sql, binds, kept))).await;
        let answer = self.judged(answer);
        self.end_own(own, answer).await
    }

    pub(crate) async fn rows(
        &mut self,
        sql: &'static str,
        binds: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let own = self.begin_own().await?;
        let (until, kept) = (self.until(), !self.pooler);
        let answer = timeout_at(until, Box::pin(E::rows(self.connection()?, sql, binds, kept))).await;
        let answer = self.judged(answer);
        self.end_own(own, answer).await
    }

    /// Answers whether a transaction was begun for the one statement that comes.
    async fn begin_own(&mut self) -> Result<bool, StoreError> {
        let own = self.pooler && self.open_until.is_none();
        if own {
            Box::pin(self.begin()).await?;
        }
        Ok(own)
    }

    async fn end_own<T>(&mut self, own: bool, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        if own && answer.is_ok() {
            Box::pin(self.end("COMMIT")).await?;
        } else if own && self.connection.is_some() {
            Box::pin(self.end("ROLLBACK")).await?;
            self.failed = false;
        }
        answer
    }

    async fn end(&mut self, sql: &'static str) -> Result<(), StoreError> {
        self.say(sql).await?;
        self.open_until = None;
        Ok(())
    }

    async fn say(&mut self, sql: &'static str) -> Result<(), StoreError> {
        let until = self.until();
        let answer = timeout_at(until, Box::pin(E::say(self.connection()?, sql))).await;
        self.judged(answer)
    }

    fn until(&self) -> Instant {
        let answered = Instant::now() + ANSWER;
        self.open_until.map_or(answered, |over| over.min(answered))
    }

    fn connection(&mut self) -> Result<&mut E::Connection, StoreError> {
        let gone = || StoreError::Unavailable("the transaction's connection was given up".into());
        self.connection.as_deref_mut().ok_or_else(gone)
    }

    /// The answer, if there was one; without one, the connection is closed.
    fn judged<T>(&mut self, answer: Result<Result<T, sqlx::Error>, Elapsed>) -> Result<T, StoreError> {
        self.failed |= !matches!(answer, Ok(Ok(_)));
        answer.map_or_else(
            |_| {
                drop(self.connection.take().map(PoolConnection::detach));
                Err(StoreError::Unavailable("the database did not answer in time".into()))
            },
            |answer| answer.map_err(StoreError::from),
        )
    }
}

impl<E: Engine> Drop for Lease<E> {
    /// Undoes a transaction that is still open and gives the connection back, in the background.
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(give_back(connection, self.open_until.is_some()))),
            Err(_) => drop(connection.detach()),
        }
    }
}

async fn give_back<E: Engine>(mut connection: PoolConnection<E>, open: bool) {
    if open && !matches!(timeout(ANSWER, E::say(&mut connection, "ROLLBACK")).await, Ok(Ok(()))) {
        drop(connection.detach());
        return;
    }
    // This is what dropping it does, but can be given up: sqlx asks whether the connection still works, and the pool
    // would be short of one for as long as nobody answers.
    timeout(ANSWER, connection.return_to_pool()).await.ok();
}
