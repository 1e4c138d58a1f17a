//! Signs of life of a call that takes long, for clients that asked for them.

use rmcp::RoleServer;
use rmcp::model::ProgressNotificationParam;
use rmcp::service::RequestContext;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior};

/// Clients that go by progress wait longer than this for it, and people begin to wonder about here.
const EVERY: Duration = Duration::from_secs(2);

/// Runs the work, and says every two seconds that it is still going on.
pub(super) async fn told<T>(context: &RequestContext<RoleServer>, work: impl Future<Output = T>) -> T {
    let Some(token) = context.meta.get_progress_token() else { return work.await };
    let (mut work, mut passed) = (std::pin::pin!(work), 0.0);
    let mut ticks = tokio::time::interval_at(Instant::now() + EVERY, EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            _ = ticks.tick() => {
                passed += EVERY.as_secs_f64();
                let progress = ProgressNotificationParam::new(token.clone(), passed)
                    .with_message(format!("Waiting for the answer, {passed} s by now."));
                // A client that is gone is told nothing; the call goes on without it.
                let _ = context.peer.notify_progress(progress).await;
            }
        }
    }
}
