//! The one retry policy: again only what certainly did nothing, or what the upstream knows to be the same; with
//! growing, jittered pauses; never past the deadline.

use crate::exchange::{Fate, Unanswered};
use backon::{ExponentialBuilder, Retryable};
use http::StatusCode;
use keyferry_core::{Clocks, Timestamp};
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
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

/// Makes attempts until one answers or none may follow. What is told is the last failure, with the fate of all: once
/// something may have left us, a later attempt that did not leave does not undo it.
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
    let may_have_left = AtomicBool::new(false);
    let result = (|| {
        made.fetch_add(1, Ordering::Relaxed);
        send()
    })
    .retry(policy.pauses())
    .when(|failed| failed.again != Again::Never)
    .adjust(|failed, planned| next_pause(failed.again, planned?, clock, deadline))
    .notify(|failed, pause| {
        if failed.unanswered.fate == Fate::Unknown {
            may_have_left.store(true, Ordering::Relaxed);
        }
        tracing::debug!(code = %failed.unanswered.failure.code, ?pause, "sending again");
    })
    .await;
    let attempts = made.into_inner();
    result.map(|value| Done { value, attempts }).map_err(|failed| {
        let mut unanswered = failed.unanswered;
        unanswered.attempts = attempts;
        if may_have_left.into_inner() && unanswered.fate == Fate::NotSent {
            unanswered.fate = Fate::Unknown;
        }
        unanswered
    })
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
