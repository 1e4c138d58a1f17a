//! The public listener: HTTP/1.1 and HTTP/2, with or without TLS, bounded in time and number, drained on the way out.

use crate::client_address::is_trusted;
use crate::connection::{Connection, Served};
use crate::places::Places;
use crate::state::DoorLimits;
use axum::Router;
use hyper_util::server::graceful::GracefulShutdown;
use ipnet::IpNet;
use keyferry_identity::network_of;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// How long requests in flight may go on after the signal to stop.
const DRAIN: Duration = Duration::from_secs(30);
/// When the machine has no file handles left, accepting fails at once and would spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the listener needs besides the routes.
pub struct Listening {
    pub listener: TcpListener,
    pub tls: Option<TlsAcceptor>,
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Arc<[IpNet]>,
    /// How many connections there may be, and how long a client is waited for.
    pub limits: DoorLimits,
    /// Cancelled some time before the end: from then on each answer is the last of its connection.
    pub leaving: CancellationToken,
}

/// Serves until `stop` is cancelled, then until every request in flight has been answered.
pub async fn serve(listening: Listening, router: Router, stop: CancellationToken) {
    let Listening { listener, tls, trusted_proxies, limits, leaving } = listening;
    let places = Places::new(limits.connections, limits.connections_each);
    let graceful = GracefulShutdown::new();
    let DoorLimits { patience, reading, .. } = limits;
    let served = Arc::new(Served { router, tls, trusted_proxies, patience, reading, leaving, stop });
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = served.stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => match places.take(counted_for(peer.ip(), &served.trusted_proxies)) {
                Ok(place) => {
                    let (served, watcher) = (Arc::clone(&served), graceful.watcher());
                    tokio::spawn(Connection { served, peer, watcher, _place: place }.serve(stream));
                }
                Err(full) => {
                    metrics::counter!("keyferry_http_connections_refused_total").increment(1);
                    tracing::debug!(%peer, %full, "a connection was refused");
                }
            },
            Err(error) => {
                tracing::warn!(%error, "can't accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still running after {} s; they are cut", DRAIN.as_secs());
    }
}

/// Whose connection it is. One of a trusted proxy is that of many clients: it counts in all only.
fn counted_for(peer: IpAddr, trusted_proxies: &[IpNet]) -> Option<String> {
    (!is_trusted(peer.to_canonical(), trusted_proxies)).then(|| network_of(peer))
}
