//! Starting and stopping.

use crate::connection::{CuttableListener, Line};
use crate::control;
use crate::credentials::SandboxCredentials;
use crate::exchange::{House, exchange};
use crate::limits::SandboxLimits;
use axum::Router;
use keyferry_core::{Clocks, SystemClock};
use serde_json::{Value, json};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long open connections are waited for when the sandbox is stopped.
const FAREWELL: Duration = Duration::from_secs(2);

#[derive(Debug, Clone)]
pub struct SandboxSettings {
    /// Loopback only; port 0 takes a free one.
    pub listen: SocketAddr,
    pub credentials: SandboxCredentials,
    pub limits: SandboxLimits,
    /// What rate limits, deduplication, and the times of events go by.
    pub clock: Clocks,
}

impl SandboxSettings {
    /// Segment's documented limits and the real time.
    #[must_use]
    pub fn new(listen: SocketAddr, credentials: SandboxCredentials) -> Self {
        Self { listen, credentials, limits: SandboxLimits::default(), clock: Arc::new(SystemClock) }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(
        "the sandbox shows the keys that it receives: it listens on loopback only, and {0} is not; use 127.0.0.1"
    )]
    NotLoopback(SocketAddr),
    #[error("the sandbox cannot listen on {address}: {cause}; choose another port, or 0 for a free one")]
    Listen { address: SocketAddr, cause: io::Error },
}

/// The stand-in for Segment.
#[derive(Debug)]
pub struct Sandbox;

impl Sandbox {
    /// Seeds both workspaces and starts to answer.
    ///
    /// # Errors
    /// When the address is not loopback's, or cannot be listened on.
    pub async fn start(settings: SandboxSettings) -> Result<RunningSandbox, StartError> {
        if !settings.listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(settings.listen));
        }
        let failed = |cause| StartError::Listen { address: settings.listen, cause };
        let listener = TcpListener::bind(settings.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;

        let (stop, stopping) = watch::channel(false);
        let house = Arc::new(House::new(&settings, stopping.clone()));
        let task = tokio::spawn(serve(CuttableListener(listener), Arc::clone(&house), stopping));
        Ok(RunningSandbox { address, credentials: settings.credentials, house, stop, task })
    }
}

async fn serve(
    listener: CuttableListener,
    house: Arc<House>,
    mut stopping: watch::Receiver<bool>,
) -> io::Result<()> {
    let router = Router::new().nest("/__sandbox", control::routes()).fallback(exchange).with_state(house);
    axum::serve(listener, router.into_make_service_with_connect_info::<Line>())
        .with_graceful_shutdown(async move {
            // An error says that the handle was dropped, which means stop as well.
            let _ = stopping.wait_for(|stop| *stop).await;
        })
        .await
}

/// A sandbox that answers until it is stopped or dropped.
pub struct RunningSandbox {
    pub address: SocketAddr,
    pub credentials: SandboxCredentials,
    house: Arc<House>,
    stop: watch::Sender<bool>,
    task: JoinHandle<io::Result<()>>,
}

impl fmt::Debug for RunningSandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningSandbox").field("address", &self.address).finish_non_exhaustive()
    }
}

impl RunningSandbox {
    /// `http://127.0.0.1:PORT`, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The server of one API, as the gateway's configuration takes it: `server("us", "public_api")`.
    #[must_use]
    pub fn server(&self, region: &str, api: &str) -> String {
        format!("{}/{region}/{api}", self.url())
    }

    /// What was received after request `n`, as `GET /__sandbox/requests` tells it.
    #[must_use]
    pub fn requests(&self, n: u64) -> Vec<Value> {
        self.house.record.after(n).into_iter().map(|recorded| json!(recorded)).collect()
    }

    /// Takes no new connections, ends delays, lets running requests end, and gives the port back.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(FAREWELL, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for RunningSandbox {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}
