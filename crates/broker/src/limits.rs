//! The numbers of the room. Each is said in SECURITY or the HTTP surface.

use std::time::Duration;

/// What may be set from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls and previews in flight at once, those whose caller hung up included.
    pub calls: usize,
    /// The same of one device.
    pub calls_of_device: usize,
    /// Bytes of one answer that is kept for who asks again with the same idempotency key.
    pub kept_answer: usize,
    /// Bytes of all answers that are kept for one team.
    pub kept_answers: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { calls: 1024, calls_of_device: 128, kept_answer: 1024 * 1024, kept_answers: 50 * 1024 * 1024 }
    }
}

/// A preview counts for this long.
pub(crate) const PREVIEW_LIFE: Duration = Duration::from_secs(10 * 60);
/// A person has this long to decide.
pub(crate) const APPROVAL_LIFE: Duration = Duration::from_secs(60 * 60);
/// An approval is good for this long after it was given.
pub(crate) const APPROVAL_USE: Duration = Duration::from_secs(10 * 60);
/// Previews of one device that may be open at once.
pub(crate) const OPEN_PREVIEWS: i64 = 50;
/// Approvals of one device that may be pending at once.
pub(crate) const PENDING_APPROVALS: i64 = 10;
/// Ids of people in one body that passes as it came: 2,500 events with four each. Each is a row of the journal.
pub(crate) const PEOPLE: usize = 10_000;
/// Reads beneath one preview or one call.
pub(crate) const READS_BENEATH: u32 = 50;
/// What is affected is listed up to here.
pub(crate) const AFFECTED_ITEMS: usize = 200;

/// An idempotency key is remembered for this long.
pub(crate) const IDEMPOTENCY_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// Bytes of an idempotency key.
pub(crate) const IDEMPOTENCY_KEY: usize = 128;

/// How long the state may take to be read again, and handles to be looked up, between the claim and the send.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// An intent without an outcome is unknown this long after its deadline.
pub(crate) const SWEEP_AFTER: Duration = Duration::from_secs(30);

/// A connect link is good for this long.
pub(crate) const CONNECT_LIFE: Duration = Duration::from_secs(15 * 60);
/// A link that lives at least this much longer is given again.
pub(crate) const CONNECT_REUSE: Duration = Duration::from_secs(60);
/// Connect links of one device that may be open at once.
pub(crate) const OPEN_CONNECT_SESSIONS: i64 = 5;

/// Entries of a cache.
pub(crate) const CACHED: u64 = 10_000;
/// Caches are dropped by `changes`; this is for what a change could slip by.
pub(crate) const CACHE_LIFE: Duration = Duration::from_secs(10);

/// How often the use of a connection is noted, and what a team stores is counted.
pub(crate) const NOTED: Duration = Duration::from_secs(60);

/// Arguments that wait in the journal's queue, in bytes; longer ones of reads and refused calls are not kept.
pub(crate) const QUEUED_ARGUMENTS: usize = 64 * 1024;
/// Rows that may wait for the journal's writer, reads in flight included.
pub(crate) const JOURNAL_QUEUE: usize = 8192;
