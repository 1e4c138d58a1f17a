//! Waiting for something to become so. Never a sleep of a guessed length: a condition, looked at again and again, with a
//! bound that only a failing test reaches.

use std::time::{Duration, Instant};

/// Longer than anything takes that a test waits for without saying otherwise.
pub const PATIENCE: Duration = Duration::from_secs(30);
const BETWEEN: Duration = Duration::from_millis(20);

/// What `look` finds, once it finds something.
///
/// # Panics
/// When it finds nothing within [`PATIENCE`].
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(PATIENCE, what, look).await
}

/// The same with a bound of its own.
///
/// # Panics
/// When nothing is found within the bound.
pub async fn until_within<T>(bound: Duration, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + bound;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {bound:?} in vain for: {what}");
        tokio::time::sleep(BETWEEN).await;
    }
}
