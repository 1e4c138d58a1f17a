//! How a connection is made: resolved, screened, dialled, and with TLS where the URL says so, within one time.

use crate::client::ClientSettings;
use crate::reach::Reach;
use crate::resolver::FilteredResolver;
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use keyferry_core::Cause;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tower_service::Service;

/// How often a silent connection is asked whether the other end is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

#[derive(Clone)]
pub(crate) struct Connector {
    https: HttpsConnector<HttpConnector<FilteredResolver>>,
    timeout: Duration,
}

/// Resolving, connecting and the TLS handshake took too long together.
#[derive(Debug, thiserror::Error)]
#[error("connecting took too long")]
pub(crate) struct ConnectTimedOut;

impl Connector {
    pub(crate) fn new(settings: &ClientSettings, reach: &Arc<Reach>) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(FilteredResolver(Arc::clone(reach)));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEP_ALIVE));
        // Of several addresses each gets a share of the time.
        tcp.set_connect_timeout(Some(settings.connect_timeout));
        let builder = HttpsConnectorBuilder::new().with_tls_config(settings.tls.clone());
        let builder = if reach.is_loopback_only() { builder.https_or_http() } else { builder.https_only() };
        Self { https: builder.enable_all_versions().wrap_connector(tcp), timeout: settings.connect_timeout }
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = Cause;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Cause>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        self.https.poll_ready(cx)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let connecting = tokio::time::timeout(self.timeout, self.https.call(to));
        Box::pin(async move { connecting.await.unwrap_or_else(|_| Err(ConnectTimedOut.into())) })
    }
}
