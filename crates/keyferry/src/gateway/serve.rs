//! `keyferry serve`: bind, assemble, run, drain.

use crate::config::{Config, ConfigError};
use crate::gateway::assemble::Gateway;
use crate::gateway::serving::Serving;
use crate::gateway::signals::{self, Stopping};
use crate::gateway::{log, master_keys, tls};
use keyferry_core::ExposeSecret;
use keyferry_http::{Listening, install_metrics, metrics_router, router, serve};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use url::Url;

/// How long calls in flight may take to end, and the journal to be written, once nothing is accepted any more.
const PATIENCE: Duration = Duration::from_secs(30);

/// The two listeners, bound before anything else is opened, so that a port in use is the first thing said.
pub(crate) struct Bound {
    listener: TcpListener,
    metrics: TcpListener,
    pub(crate) address: SocketAddr,
    metrics_address: SocketAddr,
}

impl Bound {
    pub(crate) async fn bind(config: &Config) -> Result<Self, ConfigError> {
        let listener = bind("listen", config.listen).await?;
        let metrics = bind("metrics_listen", config.metrics_listen).await?;
        // Port 0 became a real one.
        let address = listener.local_addr().unwrap_or(config.listen);
        let metrics_address = metrics.local_addr().unwrap_or(config.metrics_listen);
        Ok(Self { listener, metrics, address, metrics_address })
    }

    /// What people and devices know the gateway by.
    pub(crate) fn public_url(&self, config: &Config) -> Result<Url, ConfigError> {
        if let Some(url) = &config.public_url {
            return Ok(url.clone());
        }
        let scheme = if config.tls.cert.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", self.address);
        Url::parse(&url).map_err(|error| ConfigError::new("public_url", error.to_string()).mend("set it"))
    }
}

async fn bind(key: &str, address: SocketAddr) -> Result<TcpListener, ConfigError> {
    TcpListener::bind(address).await.map_err(|error| {
        ConfigError::new(key, format!("can't listen on {address}: {error}"))
            .mend("stop what listens there, or choose another port; port 0 takes a free one")
    })
}

pub(crate) async fn run(config: Config) -> anyhow::Result<()> {
    log::start(&config)?;
    let stopping = signals::stopping(config.shutdown_delay.duration())?;
    let bound = Bound::bind(&config).await?;
    let public_url = bound.public_url(&config)?;
    let gateway = Gateway::assemble(&config, public_url.clone(), stopping).await?;
    invite_first_owner(&gateway, &public_url).await?;
    gateway.serve(&config, bound).await
}

/// There is no default password: whoever reads this line makes the first account.
async fn invite_first_owner(gateway: &Gateway, public_url: &Url) -> anyhow::Result<()> {
    if let Some(token) = gateway.identity.setup.begin().await? {
        let base = public_url.as_str().trim_end_matches('/');
        // Not through the log, which may be collected: this is for the person at the terminal.
        eprintln!(
            "\nNobody has an account yet. Open this link once to make the first:\n  {base}/dashboard/setup/{}\n",
            token.expose_secret()
        );
    }
    Ok(())
}

impl Gateway {
    /// Serves until it is told to stop, then ends what runs and writes the journal out.
    pub(crate) async fn serve(self, config: &Config, bound: Bound) -> anyhow::Result<()> {
        let tls = tls::acceptor(&config.tls)?;
        let _left = Serving::of(config, &bound)?.leave(&config.data);
        tracing::info!(address = %bound.address, metrics = %bound.metrics_address, engine = self.db.engine(), "serving");
        self.identity.heartbeat.beat().await?;
        let helpers = self.helpers();
        let drained = CancellationToken::new();
        let broker = tokio::spawn({
            let (broker, drained) = (self.broker.clone(), drained.clone());
            async move { broker.run(drained, PATIENCE).await }
        });
        self.listen(config, bound, tls).await?;
        drained.cancel();
        if !broker.await? {
            tracing::error!(
                "not every call in flight could be written to the journal; the sweep settles them at the next start"
            );
        }
        self.leave(helpers).await;
        tracing::info!("stopped");
        Ok(())
    }

    /// What runs beside the listeners for as long as the gateway does.
    fn helpers(&self) -> [JoinHandle<()>; 3] {
        [
            tokio::spawn(self.identity.follower.clone().run()),
            tokio::spawn(self.identity.heartbeat.clone().run()),
            tokio::spawn(master_keys::watch(
                Arc::clone(&self.keys),
                self.db.clone(),
                self.vault.clone(),
                self.identity.follower.clone(),
            )),
        ]
    }

    /// Both listeners, until they are told to stop and what they had taken is answered.
    async fn listen(&self, config: &Config, bound: Bound, tls: Option<TlsAcceptor>) -> anyhow::Result<()> {
        let trusted_proxies: Arc<[_]> = config.trusted_proxies.clone().into();
        let limits = self.doors.limits;
        let Stopping { leaving, stop } = self.stopping.clone();
        let metrics = Listening {
            listener: bound.metrics,
            tls: None,
            trusted_proxies: Arc::from([]),
            limits,
            leaving: leaving.clone(),
        };
        let public = Listening { listener: bound.listener, tls, trusted_proxies, limits, leaving };
        tokio::join!(
            serve(public, router(self.doors.clone()), stop.clone()),
            serve(metrics, metrics_router(install_metrics()?, self.doors.clone()), stop),
        );
        Ok(())
    }

    async fn leave(self, helpers: [JoinHandle<()>; 3]) {
        for helper in helpers {
            helper.abort();
        }
        if let Err(error) = self.identity.heartbeat.end().await {
            tracing::warn!(%error, "could not say goodbye to the other gateways");
        }
        self.db.close().await;
    }
}
