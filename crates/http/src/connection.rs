//! One connection, from the handshake to its end.

use crate::client_address::ClientAddress;
use crate::first_bytes::FirstBytes;
use crate::places::Place;
use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::Watcher;
use ipnet::IpNet;
use std::io::Cursor;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// How often a silent HTTP/2 client is asked whether it is still there.
const ARE_YOU_THERE: Duration = Duration::from_secs(30);

/// What the connections of a listener share.
pub(crate) struct Served {
    pub(crate) router: Router,
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) trusted_proxies: Arc<[IpNet]>,
    /// Who takes longer for the TLS handshake, for the first bytes, or for the headers of a request, is cut off.
    pub(crate) patience: Duration,
    pub(crate) stop: CancellationToken,
}

pub(crate) struct Connection {
    pub(crate) served: Arc<Served>,
    pub(crate) peer: SocketAddr,
    pub(crate) watcher: Watcher,
    /// Held until the connection ends.
    pub(crate) _place: Place<String>,
}

impl Connection {
    pub(crate) async fn serve(self, stream: TcpStream) {
        // Small answers must not wait for a bigger packet.
        let _ = stream.set_nodelay(true);
        match &self.served.tls {
            None => self.begin(stream).await,
            Some(tls) => match tokio::time::timeout(self.served.patience, tls.accept(stream)).await {
                Ok(Ok(stream)) => self.begin(stream).await,
                Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
                Err(_) => tracing::debug!("TLS handshake took too long"),
            },
        }
    }

    /// A client that says nothing would be waited for without an end if the protocol were found out later.
    async fn begin(self, mut stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let reading = tokio::time::timeout(self.served.patience, FirstBytes::read(&mut stream));
        let first = tokio::select! {
            first = reading => first,
            () = self.served.stop.cancelled() => return,
        };
        match first {
            Ok(Ok(said)) => self.run(said, stream).await,
            Ok(Err(error)) => tracing::debug!(%error, "a connection ended before it began"),
            Err(_) => tracing::debug!("a connection was silent for too long"),
        }
    }

    async fn run(self, said: FirstBytes, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let Self { served, peer, watcher, _place } = self;
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(served.patience);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(ARE_YOU_THERE)
            .max_concurrent_streams(128);
        let builder = if said.is_http2() { builder.http2_only() } else { builder.http1_only() };
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let (mut parts, body) = request.into_parts();
            parts.extensions.insert(ClientAddress::of(peer.ip(), &parts.headers, &served.trusted_proxies));
            served.router.clone().oneshot(Request::from_parts(parts, Body::new(body)))
        });
        let (reader, writer) = tokio::io::split(stream);
        let whole = tokio::io::join(Cursor::new(said.0).chain(reader), writer);
        let connection = builder.serve_connection(TokioIo::new(whole), service).into_owned();
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "a connection broke");
        }
    }
}
