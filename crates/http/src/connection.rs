//! One connection, from the handshake to its end.

use crate::client_address::ClientAddress;
use crate::first_bytes::FirstBytes;
use crate::line::Line;
use crate::offered::Offered;
use crate::places::Place;
use crate::resumed::Resumed;
use crate::unread::Unread;
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::Watcher;
use ipnet::IpNet;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
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
    /// Who takes nothing of its answer for longer is cut off too.
    pub(crate) reading: Duration,
    /// A connection that a proxy keeps for later must not be closed under what it is about to send. So it is told, while
    /// everything is still served, not to keep it.
    pub(crate) leaving: CancellationToken,
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
        // Boxed, so that a plain connection does not hold the room that a TLS one needs.
        match self.served.tls.clone() {
            None => Box::pin(self.begin(stream)).await,
            Some(tls) => Box::pin(self.shake_hands(tls, stream)).await,
        }
    }

    async fn shake_hands(self, tls: TlsAcceptor, stream: TcpStream) {
        match tokio::time::timeout(self.served.patience, tls.accept(stream)).await {
            Ok(Ok(stream)) => self.begin(stream).await,
            Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
            Err(_) => tracing::debug!("TLS handshake took too long"),
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
        let unread = Arc::new(Unread::default());
        let is_http2 = said.is_http2();
        let answering =
            Arc::new(Answering { served: Arc::clone(&served), peer, is_http2, unread: Arc::clone(&unread) });
        let service = service_fn(move |request| Arc::clone(&answering).answer(request));
        let whole = Line::new(Resumed::new(said.0, stream), unread.wait());
        let connection =
            builder(is_http2, served.patience).serve_connection(TokioIo::new(whole), service).into_owned();
        tokio::select! {
            ended = watcher.watch(connection) => if let Err(error) = ended {
                tracing::debug!(%error, "a connection broke");
            },
            () = unread.for_longer_than(served.reading) => {
                metrics::counter!("keyferry_http_connections_unread_total").increment(1);
                tracing::debug!(%peer, "a client left its answer unread for too long; it is cut off");
            }
        }
    }
}

fn builder(is_http2: bool, patience: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(patience);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(ARE_YOU_THERE).max_concurrent_streams(128);
    if is_http2 { builder.http2_only() } else { builder.http1_only() }
}

/// What the requests of a connection share.
struct Answering {
    served: Arc<Served>,
    peer: SocketAddr,
    is_http2: bool,
    unread: Arc<Unread>,
}

impl Answering {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
        let (mut parts, body) = request.into_parts();
        let client = ClientAddress::of(self.peer.ip(), &parts.headers, &self.served.trusted_proxies);
        parts.extensions.insert(client);
        let request = Request::from_parts(parts, Body::new(body));
        let mut answered = self.served.router.clone().oneshot(request).await?;
        if !self.is_http2 {
            if self.served.leaving.is_cancelled() {
                answered.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            return Ok(answered);
        }
        Ok(answered.map(|body| Body::new(Offered::new(body, self.unread.wait()))))
    }
}
