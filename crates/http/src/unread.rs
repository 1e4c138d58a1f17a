//! What waits for the client to take it, and since when. Who leaves an answer unread for too long is cut off; how long
//! the whole answer takes is nobody's matter, and a stream that has nothing to say waits for us, not for the client.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Of one connection. What can wait is its line ([`Line`](crate::line::Line)), whose buffers are full, and on HTTP/2
/// each answer ([`Offered`](crate::offered::Offered)), of which the client wants no more although the line is free.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    waiting: Mutex<Waiting>,
    begun: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    since: HashMap<u64, Instant>,
}

/// One thing that waits at times. Dropped, it waits no more.
#[derive(Debug)]
pub(crate) struct Wait {
    unread: Arc<Unread>,
    key: u64,
}

impl Unread {
    pub(crate) fn wait(self: &Arc<Self>) -> Wait {
        let mut waiting = self.lock();
        waiting.next += 1;
        Wait { unread: Arc::clone(self), key: waiting.next }
    }

    /// Returns when something has waited for as long as `bound` without the client taking any of it.
    pub(crate) async fn for_longer_than(&self, bound: Duration) {
        loop {
            match self.oldest() {
                None => self.begun.notified().await,
                Some(since) if since.elapsed() >= bound => return,
                Some(since) => tokio::time::sleep_until(since + bound).await,
            }
        }
    }

    fn oldest(&self) -> Option<Instant> {
        self.lock().since.values().min().copied()
    }

    /// Nothing in here panics between two steps.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wait {
    /// The client has to take something now. What waits already goes on waiting.
    pub(crate) fn begins(&self) {
        self.unread.lock().since.entry(self.key).or_insert_with(Instant::now);
        self.unread.begun.notify_one();
    }

    /// The client took something, or there is nothing for it to take.
    pub(crate) fn ends(&self) {
        self.unread.lock().since.remove(&self.key);
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.ends();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    /// Whether somebody would be cut off who may not wait at all.
    fn is_waiting(unread: &Unread) -> bool {
        unread.for_longer_than(Duration::ZERO).now_or_never().is_some()
    }

    #[tokio::test]
    async fn it_waits_from_its_beginning_to_its_end() {
        let unread = Arc::new(Unread::default());
        let (one, other) = (unread.wait(), unread.wait());
        assert!(!is_waiting(&unread));
        one.begins();
        other.begins();
        one.ends();
        assert!(is_waiting(&unread), "the other waits still");
        drop(other);
        assert!(!is_waiting(&unread));
        assert!(unread.lock().since.is_empty(), "who is gone is remembered");
    }

    #[tokio::test]
    async fn who_is_waited_for_is_heard_of_although_nobody_waited_before() {
        let unread = Arc::new(Unread::default());
        let watching = Arc::clone(&unread);
        let watch = tokio::spawn(async move { watching.for_longer_than(Duration::from_millis(1)).await });
        tokio::task::yield_now().await;
        let wait = unread.wait();
        wait.begins();
        wait.begins();
        watch.await.unwrap();
    }
}
