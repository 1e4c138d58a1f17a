//! TLS for the public listener, from the files that the configuration names.

use crate::config::{ConfigError, Tls};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// `None` when the configuration names no certificate.
pub(crate) fn acceptor(tls: &Tls) -> Result<Option<TlsAcceptor>, ConfigError> {
    let (Some(cert), Some(key)) = (&tls.cert, &tls.key) else { return Ok(None) };
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_file_iter(cert).and_then(Iterator::collect).map_err(|error| {
            unusable("tls.cert", cert, &error, "a PEM file with the certificate and its chain")
        })?;
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| unusable("tls.key", key, &error, "a PEM file with the certificate's private key"))?;
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| unusable("tls.cert", cert, &error, "a certificate that belongs to `tls.key`"))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

fn unusable(key: &str, file: &Path, error: &dyn std::fmt::Display, wanted: &str) -> ConfigError {
    ConfigError::new(key, format!("can't use {}: {error}", file.display()))
        .mend(format!("let it name {wanted}"))
}
