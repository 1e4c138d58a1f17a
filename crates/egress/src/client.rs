//! One connection pool: the only place that says how the HTTP client beneath behaves.

use crate::EgressError;
use crate::reach::Reach;
use crate::resolver::FilteredResolver;
use reqwest::{Certificate, Client, redirect, retry};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Idle connections that are kept to one host.
const IDLE_PER_HOST: usize = 32;

/// What all pools share.
pub(crate) struct ClientSettings {
    pub(crate) extra_ca: Vec<Certificate>,
    pub(crate) connect_timeout: Duration,
}

/// A pool that dials what `reach` lets it and nothing else, but for addresses that stand in the URL: those never get
/// to a resolver, so whoever sends checks them first.
pub(crate) fn build(settings: &ClientSettings, reach: &Arc<Reach>) -> Result<Client, EgressError> {
    Client::builder()
        .dns_resolver(FilteredResolver(Arc::clone(reach)))
        .https_only(!reach.is_loopback_only())
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .connect_timeout(settings.connect_timeout)
        .pool_max_idle_per_host(IDLE_PER_HOST)
        .tls_backend_rustls()
        .tls_certs_merge(settings.extra_ca.iter().cloned())
        .build()
        .map_err(|error| EgressError::Tls(error.into()))
}

/// The authorities of a PEM file, each of which a client takes.
pub(crate) fn read_certificates(path: &Path) -> Result<Vec<Certificate>, EgressError> {
    let failed = |why: String| EgressError::ExtraCa { path: path.to_owned(), why };
    let pem = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| failed(error.to_string()))?;
    if certificates.is_empty() {
        return Err(failed("there is no certificate in it".to_owned()));
    }
    // Whether they are certificates at all, only a client tells: a trial keeps this apart from the system's own.
    let trial = Client::builder().no_proxy().tls_certs_only(certificates.iter().cloned()).build();
    trial.map_err(|_| failed("one of its certificates can't be read as an authority's".to_owned()))?;
    Ok(certificates)
}
