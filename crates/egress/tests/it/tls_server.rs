//! TLS: an authority of one's own is trusted when it is named, and only then.

use crate::{get, rule, settings};
use keyferry_egress::{Egress, EgressSettings, SendError};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

const CERTIFICATE: &[u8] = include_bytes!("tls/localhost.der");
const KEY: &[u8] = include_bytes!("tls/localhost.key.der");

/// Answers the first connection; the handle tells whether a request came through.
fn serve_once() -> (u16, std::thread::JoinHandle<bool>) {
    let key = PrivateKeyDer::try_from(KEY).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(CERTIFICATE)], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let connection = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = StreamOwned::new(connection, socket);
        let arrived = stream.read(&mut [0; 1024]).is_ok_and(|length| length > 0);
        // Refused by the client, there is nobody to answer.
        _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret");
        arrived
    });
    (port, served)
}

fn egress(port: u16, extra_ca: Option<&str>) -> Egress {
    let extra_ca = extra_ca.map(|file| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/tls").join(file));
    Egress::new(EgressSettings { extra_ca, ..settings(vec![rule("localhost", port, "127.0.0.0/8")]) })
        .unwrap()
}

#[tokio::test]
async fn an_authority_that_was_named_is_trusted() {
    let (port, served) = serve_once();
    let egress = egress(port, Some("authority.pem"));
    let incoming = egress.send(get(format!("https://localhost:{port}/"))).await.unwrap();
    assert_eq!(incoming.body(6).await.unwrap(), "secret");
    assert!(served.join().unwrap());
}

#[tokio::test]
async fn an_unknown_authority_is_not_trusted_and_nothing_is_sent() {
    let (port, served) = serve_once();
    let error = egress(port, None).send(get(format!("https://localhost:{port}/"))).await.unwrap_err();
    assert!(matches!(error, SendError::Connect(_)), "{error:?}");
    assert!(error.nothing_sent());
    assert!(!served.join().unwrap());
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_trusted() {
    let (port, served) = serve_once();
    let rules = vec![rule("127.0.0.1", port, "127.0.0.0/8")];
    let authority = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/tls/authority.pem");
    let egress = Egress::new(EgressSettings { extra_ca: Some(authority), ..settings(rules) }).unwrap();
    let error = egress.send(get(format!("https://127.0.0.1:{port}/"))).await.unwrap_err();
    assert!(matches!(error, SendError::Connect(_)), "{error:?}");
    assert!(!served.join().unwrap());
}
