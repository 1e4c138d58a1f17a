//! One connection pool: the only place that says how the HTTP client beneath behaves.

use crate::EgressError;
use crate::connector::Connector;
use crate::reach::Reach;
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Idle connections that are kept to one host: as many as calls may be under way to it at a time, about. With fewer, a
/// busy gateway would close connections that it needs again at once.
const IDLE_PER_HOST: usize = 256;

pub(crate) type Client = legacy::Client<Connector, Full<Bytes>>;

/// What all pools share.
pub(crate) struct ClientSettings {
    pub(crate) tls: rustls::ClientConfig,
    pub(crate) connect_timeout: Duration,
}

impl ClientSettings {
    pub(crate) fn new(
        extra_ca: Vec<CertificateDer<'static>>,
        connect_timeout: Duration,
    ) -> Result<Self, EgressError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = Verifier::new_with_extra_roots(extra_ca, Arc::clone(&provider)).map_err(no_tls)?;
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(no_tls)?
            .dangerous() // The library's word for a verifier of one's own; this one is the platform's.
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(Self { tls, connect_timeout })
    }
}

fn no_tls(error: rustls::Error) -> EgressError {
    EgressError::Tls(error.into())
}

/// A pool that dials what `reach` lets it and nothing else, but for addresses that stand in the URL: those never get
/// to a resolver, so whoever sends checks them first.
pub(crate) fn build(settings: &ClientSettings, reach: &Arc<Reach>) -> Client {
    // A request is given to another connection only while not a byte of it was written, which can't be switched off
    // for a pooled connection that turns out to be closed; whatever may have been written is not sent again.
    legacy::Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_max_idle_per_host(IDLE_PER_HOST)
        .build(Connector::new(settings, reach))
}

/// The authorities of a PEM file, each of which a client takes.
pub(crate) fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, EgressError> {
    let failed = |why: String| EgressError::ExtraCa { path: path.to_owned(), why };
    let pem = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|error| failed(error.to_string()))?;
    if certificates.is_empty() {
        return Err(failed("there is no certificate in it".to_owned()));
    }
    let mut trial = RootCertStore::empty();
    if certificates.iter().any(|certificate| trial.add(certificate.clone()).is_err()) {
        return Err(failed("one of its certificates can't be read as an authority's".to_owned()));
    }
    Ok(certificates)
}
