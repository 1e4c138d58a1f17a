//! One commit for all who wait at the same time: whoever gets the turn takes what is queued, does it, tells the others,
//! and passes the turn on. Nobody lingers for more to come; under load the queue fills while the last commit is made.

use futures::future::BoxFuture;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{Semaphore, oneshot};

/// Entries of one commit.
const MOST: usize = 64;

type Waiting<T, R> = Vec<(T, oneshot::Sender<R>)>;

pub(crate) struct Together<T, R> {
    waiting: Mutex<Waiting<T, R>>,
    turns: Semaphore,
}

impl<T: Send, R: Send> Together<T, R> {
    /// `turns`: how many commits may be made at a time.
    pub(crate) fn new(turns: usize) -> Self {
        Self { waiting: Mutex::default(), turns: Semaphore::new(turns) }
    }

    /// What `all` answers for this one; it answers as many as it is given, in their order. `None`: whoever had the turn
    /// was stopped, and what became of it is not known.
    pub(crate) async fn done<'a>(&self, one: T, all: impl Fn(Vec<T>) -> BoxFuture<'a, Vec<R>>) -> Option<R> {
        let (tell, mut told) = oneshot::channel();
        self.waiting().push((one, tell));
        loop {
            let turn = tokio::select! {
                biased;
                answer = &mut told => return answer.ok(),
                turn = self.turns.acquire() => turn.ok()?,
            };
            let (batch, tells): (Vec<T>, Vec<_>) = self.take().into_iter().unzip();
            if !batch.is_empty() {
                for (tell, answer) in tells.into_iter().zip(all(batch).await) {
                    // Nobody waits any more for one that was stopped.
                    let _ = tell.send(answer);
                }
            }
            drop(turn);
        }
    }

    fn take(&self) -> Waiting<T, R> {
        let mut waiting = self.waiting();
        let most = waiting.len().min(MOST);
        waiting.drain(..most).collect()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<T, R>> {
        // Each change of the queue is whole before anything in it can panic.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use futures::future::join_all;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn those_who_wait_while_one_is_done_are_done_together_and_each_hears_of_its_own() {
        let together = Together::new(1);
        let batches = AtomicUsize::new(0);
        let double = |numbers: Vec<usize>| {
            batches.fetch_add(1, Ordering::Relaxed);
            async move {
                tokio::task::yield_now().await;
                numbers.into_iter().map(|number| number * 2).collect()
            }
            .boxed()
        };
        let all = join_all((0..130).map(|number| together.done(number, double))).await;
        assert_eq!(all, (0..130).map(|number| Some(number * 2)).collect::<Vec<_>>());
        assert!(batches.load(Ordering::Relaxed) <= 4, "{batches:?} commits");
    }

    #[tokio::test]
    async fn when_the_one_with_the_turn_is_stopped_the_others_hear_that_it_is_not_known() {
        let together = Together::<usize, usize>::new(1);
        let never = |_| std::future::pending().boxed();
        let mut first = Box::pin(together.done(1, never));
        assert!(first.as_mut().now_or_never().is_none());
        let mut second = Box::pin(together.done(2, |all| std::future::ready(all).boxed()));
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        assert_eq!(second.await, Some(2), "it was still queued");
    }
}
