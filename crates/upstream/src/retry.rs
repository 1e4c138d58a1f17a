//! The one retry policy: again only what certainly did nothing, or what the upstream knows to be the same; with
//! growing, jittered pauses; never past the deadline.

use crate::exchange::{Fate, Unanswered};
use backon::{ExponentialBuilder, Retryable};
use http::StatusCode;
use keyferry_core::{Clocks, Timestamp};
use std::future::Future;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How often, and how soon.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// Sends of one call at most, the first included.
    pub most_attempts: u32,
    /// The pause before the second send; each later one is twice as long, and jitter is added.
    pub first_pause: Duration,
    pub longest_pause: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            most_attempts: 3,
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(5),
        }
    }
}

/// A send that came to nothing, and whether it may be made again.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) unanswered: Unanswered,
    pub(crate) again: Again,
}

impl Failed {
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.unanswered.status = Some(status.as_u16());
        self
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    Never,
    /// After the policy's pause, and not before the time that the upstream asked for.
    After(Duration),
}

/// Something that was done, and how many attempts it took.
pub(crate) struct Done<T> {
    pub(crate) value: T,
    pub(crate) attempts: u32,
}

/// Makes attempts until one answers or none may follow. What is told is the last failure, unless an earlier attempt may
/// have left us and the last one says nothing of that one's fate: then the earlier one is told.
pub(crate) async fn attempts<T, F>(
    policy: RetryPolicy,
    clock: &Clocks,
    deadline: Timestamp,
    send: impl Fn() -> F,
) -> Result<Done<T>, Unanswered>
where
    F: Future<Output = Result<T, Failed>>,
{
    let made = AtomicU32::new(0);
    let told = Told::default();
    let result = (|| {
        made.fetch_add(1, Ordering::Relaxed);
        let sent = send();
        async { sent.await.map_err(|failed| told.add(failed)) }
    })
    .retry(policy.pauses())
    .when(|again| *again != Again::Never)
    .adjust(|again, planned| next_pause(*again, planned?, clock, deadline))
    .notify(|_, pause| tracing::debug!(?pause, "sending again"))
    .await;
    let attempts = made.into_inner();
    result.map(|value| Done { value, attempts }).map_err(|_| Unanswered { attempts, ..told.all() })
}

/// What the attempts so far come to.
#[derive(Default)]
struct Told(Mutex<Option<Unanswered>>);

impl Told {
    fn add(&self, failed: Failed) -> Again {
        let Failed { unanswered, again } = failed;
        tracing::debug!(code = %unanswered.failure.code, "an attempt came to nothing");
        let mut told = self.0.lock().expect("held only here, where nothing panics: not poisoned");
        *told = Some(match told.take() {
            Some(earlier) => together(earlier, unanswered),
            None => unanswered,
        });
        again
    }

    fn all(self) -> Unanswered {
        let told = self.0.into_inner().expect("held only while adding, where nothing panics: not poisoned");
        told.expect("the attempts end without an answer only after one has failed")
    }
}

/// Which of two attempts' failures is told. One that came to nothing (a 429, no connection, an empty budget) does not
/// undo an earlier one that may have arrived; of it is kept only how long to wait.
fn together(mut earlier: Unanswered, later: Unanswered) -> Unanswered {
    let gave_up_reading = later.status == Some(StatusCode::REQUEST_TIMEOUT.as_u16());
    if earlier.fate != Fate::Unknown || !(later.did_nothing() || gave_up_reading) {
        return later;
    }
    earlier.failure.retry_after = later.failure.retry_after.max(earlier.failure.retry_after);
    earlier
}

/// The pause before the next attempt, or `None` when it would begin after the deadline.
fn next_pause(again: Again, planned: Duration, clock: &Clocks, deadline: Timestamp) -> Option<Duration> {
    let Again::After(asked) = again else { return None };
    let pause = planned.max(asked);
    (clock.now() + pause < deadline).then_some(pause)
}

impl RetryPolicy {
    fn pauses(self) -> ExponentialBuilder {
        ExponentialBuilder::default()
            .with_min_delay(self.first_pause)
            .with_max_delay(self.longest_pause)
            .with_max_times(self.most_attempts.saturating_sub(1) as usize)
            .with_jitter()
    }
}
