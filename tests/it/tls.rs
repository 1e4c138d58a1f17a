//! `serve` with a certificate of its own.

use keyferry_testkit::{Gateway, ServeSettings, Wire};
use std::path::Path;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a TLS record begins with that says why a handshake failed (RFC 8446, section 5.1).
const ALERT: u8 = 21;

/// A gateway behind a certificate made just now, and who trusts that certificate and no other.
async fn with_certificate(home: &Path) -> (Gateway, Wire) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let (cert, key) = (home.join("cert.pem"), home.join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).expect("a file");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("a file");
    let mut settings = ServeSettings::new(home, &home.join("data"));
    for (name, file) in [("KEYFERRY_TLS__CERT", cert), ("KEYFERRY_TLS__KEY", key)] {
        settings.more.push((name.to_owned(), file.display().to_string()));
    }
    (Gateway::start(&settings).await, Wire::trusting(&made.cert.pem()))
}

#[tokio::test]
async fn it_answers_https_and_its_links_say_so() {
    let home = TempDir::new().expect("a folder");
    let (gateway, wire) = with_certificate(home.path()).await;
    let base = format!("https://{}", gateway.address);
    let answer = wire.client.get(format!("{base}/readyz")).send().await.expect("an answer over TLS");
    assert_eq!((answer.status().as_u16(), format!("{:?}", answer.version()).as_str()), (200, "HTTP/2.0"));
    let form = [("client_id", "keyferry-cli")];
    let begun = wire.send(wire.client.post(format!("{base}/oauth/device_authorization")).form(&form)).await;
    assert_eq!(begun.ok()["verification_uri"], format!("{base}/pair"));
}

#[tokio::test]
async fn who_speaks_plain_http_to_it_gets_no_answer() {
    let home = TempDir::new().expect("a folder");
    let (gateway, _) = with_certificate(home.path()).await;
    let mut plain = TcpStream::connect(gateway.address).await.expect("it listens");
    plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("it reads");
    let mut answer = Vec::new();
    // How the line ends is the kernel's matter; what was said on it is ours.
    plain.read_to_end(&mut answer).await.ok();
    assert!(answer.first().is_none_or(|first| *first == ALERT), "{}", String::from_utf8_lossy(&answer));
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/"));
}

#[tokio::test]
async fn who_does_not_know_its_certificate_sends_nothing() {
    let home = TempDir::new().expect("a folder");
    let (gateway, _) = with_certificate(home.path()).await;
    let stranger = Wire::default();
    let asked = stranger.client.get(format!("https://{}/healthz", gateway.address)).send().await;
    assert!(asked.is_err_and(|error| error.is_connect()));
    assert!(!gateway.log().contains("\"route\":\"/healthz\""), "{}", gateway.log());
}
