//! When to stop: at the first SIGTERM or Ctrl-C gently, at the second at once.

use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The two steps of a gentle end.
#[derive(Debug, Clone)]
pub(crate) struct Stopping {
    /// At the signal: everything is still served, and whoever spreads the load is told to look elsewhere.
    pub(crate) leaving: CancellationToken,
    /// After the delay: nothing new is accepted.
    pub(crate) stop: CancellationToken,
}

pub(crate) fn stopping(delay: Duration) -> anyhow::Result<Stopping> {
    let stop = CancellationToken::new();
    let stopping = Stopping { leaving: stop.child_token(), stop };
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let told = stopping.clone();
    tokio::spawn(async move {
        for first in [true, false] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if first {
                tracing::info!("stopping: requests in flight are answered, then the journal is written out");
                told.leaving.cancel();
                let Stopping { stop, .. } = told.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    stop.cancel();
                });
            } else {
                std::process::exit(130);
            }
        }
    });
    Ok(stopping)
}
