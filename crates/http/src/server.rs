//! The public listener: HTTP/1.1 and HTTP/2, with or without TLS, bounded in time, drained on the way out.

use crate::client_address::ClientAddress;
use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use ipnet::IpNet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// A client that takes longer to send its headers, or to finish a TLS handshake, is cut off.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a silent HTTP/2 client is asked whether it is still there.
const ARE_YOU_THERE: Duration = Duration::from_secs(30);
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
}

/// Serves until `stop` is cancelled, then until every request in flight has been answered.
pub async fn serve(listening: Listening, router: Router, stop: CancellationToken) {
    let Listening { listener, tls, trusted_proxies } = listening;
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = Connection {
                    peer,
                    router: router.clone(),
                    trusted_proxies: Arc::clone(&trusted_proxies),
                    watcher: graceful.watcher(),
                };
                tokio::spawn(connection.accept(stream, tls.clone()));
            }
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

struct Connection {
    peer: SocketAddr,
    router: Router,
    trusted_proxies: Arc<[IpNet]>,
    watcher: Watcher,
}

impl Connection {
    async fn accept(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        // Small answers must not wait for a bigger packet.
        let _ = stream.set_nodelay(true);
        match tls {
            None => self.run(stream).await,
            Some(tls) => match tokio::time::timeout(PATIENCE, tls.accept(stream)).await {
                Ok(Ok(stream)) => self.run(stream).await,
                Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
                Err(_) => tracing::debug!("TLS handshake took too long"),
            },
        }
    }

    async fn run(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let Self { peer, router, trusted_proxies, watcher } = self;
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let (mut parts, body) = request.into_parts();
            parts.extensions.insert(ClientAddress::of(peer.ip(), &parts.headers, &trusted_proxies));
            router.clone().oneshot(Request::from_parts(parts, Body::new(body)))
        });
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(ARE_YOU_THERE)
            .max_concurrent_streams(128);
        let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "a connection broke");
        }
    }
}
