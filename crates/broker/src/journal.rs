//! The journal's queue: what is done without waiting for a commit of its own.
//!
//! A read is put here before it is sent, and its outcome when it is known. One writer takes what is queued, commits
//! it, and repeats, without lingering. When the queue is full, or the last commit failed, nothing is let in: reads
//! are refused then, since nothing is sent that the journal does not hold. A kill may lose what is queued: the reads
//! of some tens of milliseconds. Writes never pass here; their intents are committed before the send.

use crate::failed::chain;
use crate::limits::JOURNAL_QUEUE;
use crate::outcome::broken_off;
use keyferry_core::{CallId, Clocks, Failure, TeamId};
use keyferry_store::calls::{NewCall, Outcome};
use keyferry_store::journal_batch::{self, Entry};
use keyferry_store::{Db, StoreError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Rows of one commit. The writer runs beside the calls, and each of its statements waits for a turn like they do: few
/// large ones keep up with them where many small ones don't.
const BATCH: usize = 2048;
/// How long a call waits for room in a queue that is full.
const ROOM: Duration = Duration::from_secs(1);
/// How long the writer waits before it tries a failed commit again.
const PAUSE: Duration = Duration::from_millis(200);

/// Cheap to clone; the clones share the queue.
#[derive(Clone)]
pub(crate) struct Journal(Arc<Shared>);

struct Shared {
    db: Db,
    clock: Clocks,
    queue: Mutex<Queue>,
    wake: Notify,
    settled: Notify,
    /// A batch was committed.
    freed: Notify,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Entry>,
    /// Calls whose outcome will come; a place is kept for each.
    promised: usize,
    /// Rows that the writer holds.
    writing: usize,
    failing: bool,
    closed: bool,
}

/// A call that was let in. Its outcome is owed; a ticket that is dropped without one pays with a failure.
pub(crate) struct Ticket {
    journal: Journal,
    team: TeamId,
    call: CallId,
    paid: bool,
}

impl Journal {
    pub(crate) fn new(db: Db, clock: Clocks) -> Self {
        Self(Arc::new(Shared {
            db,
            clock,
            queue: Mutex::default(),
            wake: Notify::new(),
            settled: Notify::new(),
            freed: Notify::new(),
        }))
    }

    /// Takes a call that is about to be sent. For a queue that is full it waits a moment: what calls more than the
    /// journal can write is slowed to what it can.
    ///
    /// # Errors
    /// `gateway_unavailable` when the journal can't hold it; the call must not be sent then.
    pub(crate) async fn begin(&self, call: NewCall) -> Result<Ticket, Failure> {
        if self.queue().is_full() {
            // When there is none in time, it is refused below.
            let _ = tokio::time::timeout(ROOM, self.room()).await;
        }
        self.begin_now(call)
    }

    /// The same without waiting.
    ///
    /// # Errors
    /// As [`Journal::begin`].
    pub(crate) fn begin_now(&self, call: NewCall) -> Result<Ticket, Failure> {
        let (team, id) = (call.team.clone(), call.id.clone());
        let mut queue = self.queue();
        queue.room()?;
        queue.promised += 1;
        queue.waiting.push(Entry::Begun(call));
        drop(queue);
        self.0.wake.notify_one();
        Ok(Ticket { journal: self.clone(), team, call: id, paid: false })
    }

    async fn room(&self) {
        loop {
            let freed = self.0.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            if !self.queue().is_full() {
                return;
            }
            freed.await;
        }
    }

    /// Takes a call that is over: one that was refused, or a preview.
    ///
    /// # Errors
    /// `gateway_unavailable` when the journal can't hold it.
    pub(crate) fn note(&self, call: NewCall, outcome: Outcome) -> Result<(), Failure> {
        let mut queue = self.queue();
        queue.room()?;
        queue.waiting.push(Entry::Whole(call, outcome));
        drop(queue);
        self.0.wake.notify_one();
        Ok(())
    }

    /// Whether it can be written. A full queue is overload: other gateways have as much to do, and are no better asked.
    pub(crate) fn healthy(&self) -> bool {
        let queue = self.queue();
        !queue.failing && !queue.closed
    }

    /// Rows that are not committed yet.
    pub(crate) fn waiting(&self) -> usize {
        let queue = self.queue();
        queue.waiting.len() + queue.writing
    }

    /// Writes until the journal is closed and empty.
    pub(crate) async fn write_on(self) {
        loop {
            let batch = self.take();
            if !batch.is_empty() {
                self.commit(&batch).await;
                continue;
            }
            self.0.settled.notify_waiters();
            if self.queue().is_over() {
                return;
            }
            self.0.wake.notified().await;
        }
    }

    /// Lets nothing more in and waits until everything is written, `patience` at most. Says whether it is.
    pub(crate) async fn close(&self, patience: Duration) -> bool {
        self.queue().closed = true;
        self.0.wake.notify_one();
        tokio::time::timeout(patience, self.until(Queue::is_over)).await.is_ok()
    }

    /// Waits until nothing is queued.
    pub(crate) async fn flushed(&self) {
        self.until(Queue::is_flushed).await;
    }

    async fn until(&self, reached: fn(&Queue) -> bool) {
        loop {
            let settled = self.0.settled.notified();
            tokio::pin!(settled);
            settled.as_mut().enable();
            if reached(&self.queue()) {
                return;
            }
            settled.await;
        }
    }

    fn take(&self) -> Vec<Entry> {
        let mut queue = self.queue();
        let size = queue.waiting.len().min(BATCH);
        let batch: Vec<Entry> = queue.waiting.drain(..size).collect();
        queue.writing = batch.len();
        batch
    }

    /// Commits a batch, however often it takes.
    async fn commit(&self, batch: &[Entry]) {
        loop {
            match journal_batch::write(&self.0.db, batch).await {
                Ok(refused) => {
                    refused.iter().for_each(|(row, error)| report_refused(batch.get(*row), error));
                    break;
                }
                Err(error) if error.is_unavailable() => {
                    tracing::warn!(error = %chain(&error), rows = batch.len(), "the journal can't be written");
                    self.queue().failing = true;
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => {
                    tracing::error!(error = %chain(&error), rows = batch.len(), "the journal lost rows");
                    break;
                }
            }
        }
        let mut queue = self.queue();
        queue.failing = false;
        queue.writing = 0;
        drop(queue);
        self.0.freed.notify_waiters();
    }

    fn pay(&self, ticket: &Ticket, outcome: Outcome) {
        let (team, call) = (ticket.team.clone(), ticket.call.clone());
        let mut queue = self.queue();
        queue.promised -= 1;
        queue.waiting.push(Entry::Ended { team, call, outcome });
        drop(queue);
        self.0.wake.notify_one();
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Each change of the queue is whole before anything in it can panic.
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn room(&self) -> Result<(), Failure> {
        let why = if self.closed {
            "the gateway is shutting down"
        } else if self.failing {
            "the last commit of the journal failed"
        } else if self.is_full() {
            "the journal's queue is full"
        } else {
            return Ok(());
        };
        Err(Failure::unavailable("The gateway can't record calls now; nothing was sent.", why))
    }

    fn is_full(&self) -> bool {
        self.waiting.len() + self.promised + self.writing + 2 > JOURNAL_QUEUE
    }

    fn is_flushed(&self) -> bool {
        self.waiting.is_empty() && self.writing == 0
    }

    fn is_over(&self) -> bool {
        self.closed && self.promised == 0 && self.is_flushed()
    }
}

impl Ticket {
    pub(crate) fn finish(mut self, outcome: Outcome) {
        self.paid = true;
        self.journal.pay(&self, outcome);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.paid {
            self.journal.pay(self, broken_off(self.journal.0.clock.now()));
        }
    }
}

fn report_refused(entry: Option<&Entry>, error: &StoreError) {
    let call = entry.map(|entry| match entry {
        Entry::Begun(call) | Entry::Whole(call, _) => call.id.as_str(),
        Entry::Ended { call, .. } => call.as_str(),
    });
    tracing::error!(call = call.unwrap_or_default(), error = %chain(error), "the journal refused a row");
}
