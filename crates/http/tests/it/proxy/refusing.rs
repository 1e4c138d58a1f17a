//! What does not pass, and that nothing of it arrives.

use super::{AsClient, BATCH, trusted};
use crate::gateway::Asking;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

const EVENT: &str = r#"{"batch":[{"type":"track","userId":"u","event":"A"}]}"#;

async fn refused(ask: Asking) -> (u16, String) {
    let answer = ask.send().await;
    let body = answer.json();
    let code = body["error"]["code"].as_str().or(body["code"].as_str()).unwrap_or_default();
    (answer.status.as_u16(), code.to_owned())
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn who_shows_no_token_or_two_of_them_is_nobody() {
    let (gateway, _, token) = trusted().await;
    let two = |text: &str| format!(r#"{{"writeKey":"{token}","writeKey":"{text}","batch":[]}}"#);
    let asks = [
        gateway.post(BATCH).body(EVENT),
        gateway.post(BATCH).basic("not-a-token").body(EVENT),
        gateway.post(BATCH).basic(&token).basic(&token).body(EVENT),
        gateway.post(BATCH).basic(&token).token("other").body(EVENT),
        gateway.post(BATCH).header("x-keyferry-key", "wrong").basic(&token).body(EVENT),
        // A header that is there and wrong is never passed over for the body.
        gateway.post(BATCH).basic("wrong").body(two(&token)),
        gateway.post(BATCH).body(two("another")),
        gateway.post(BATCH).body(r#"{"writeKey":7,"batch":[]}"#),
        gateway.get("/proxy/segment/public_api/sources"),
    ];
    for (index, ask) in asks.into_iter().enumerate() {
        assert_eq!(refused(ask).await, (401, "unauthorized".to_owned()), "{index}");
    }
    assert_eq!(gateway.post(BATCH).body(two(&token)).send().await.status, 200);
    assert_eq!(gateway.arrived("tracking").await.len(), 1);
}

#[tokio::test]
async fn a_path_that_the_catalog_does_not_name_is_not_there() {
    let (gateway, _, token) = trusted().await;
    for path in [
        "/proxy/segment/tracking/v1/unknown",
        "/proxy/segment/tracking/v1//batch",
        "/proxy/segment/tracking//v1/batch",
        "/proxy/segment/tracking/v1/%62atch",
        "/proxy/segment/tracking/v1/x/../batch",
        "/proxy/segment/tracking/v1/batch;x=1",
        "/proxy/segment/tracking/v1/batch%2F",
        "/proxy/segment/tracking/v1/projects/k/settings",
        "/proxy/segment/public_api/v1/batch",
        "/proxy/segment/elsewhere/v1/batch",
        "/proxy/okki/tracking/v1/batch",
        "/proxy/segment@x/tracking/v1/batch",
        "/proxy/segment@9/tracking/v1/batch",
    ] {
        let refusal = refused(gateway.post(path).basic(&token).body(EVENT)).await;
        assert_eq!(refusal, (404, "not_found".to_owned()), "{path}");
    }
    let reads = [
        "/proxy/segment/public_api/sources/..",
        "/proxy/segment/public_api/sources/%2e%2e",
        "/proxy/segment/public_api/sources/a%2F..%2Fb",
        "/proxy/segment/public_api/sources/%5C",
        "/proxy/segment/public_api/sources/%00",
        "/proxy/segment/public_api/sources/x/../../labels",
    ];
    for path in reads {
        assert_eq!(refused(gateway.get(path).token(&token)).await.0, 404, "{path}");
    }
    assert!(gateway.arrived("tracking").await.is_empty());
}

#[tokio::test]
async fn a_body_that_can_not_be_looked_into_is_not_passed() {
    let (gateway, _, token) = trusted().await;
    let ask = || gateway.post(BATCH).basic(&token);
    let packed = |bytes: &[u8]| ask().header("content-encoding", "gzip").body(zipped(bytes));
    let large = format!(r#"{{"batch":[],"p":"{}"}}"#, "x".repeat(512_000));
    let cases = [
        (ask().header("content-encoding", "br").body(EVENT), 415),
        (ask().header("content-encoding", "gzip, gzip").body(EVENT), 415),
        (ask().header("content-encoding", "gzip").header("content-encoding", "identity").body(EVENT), 415),
        (ask().header("transfer-encoding", "gzip, chunked").body(EVENT), 415),
        (ask().header("content-encoding", "gzip").body(EVENT), 400),
        (ask().body(""), 400),
        (ask().body("not JSON"), 400),
        (ask().body(format!("{EVENT}{EVENT}")), 400),
        (ask().body(&b"{\"a\":\"\xff\"}"[..]), 400),
        (ask().body("\u{feff}{}"), 400),
        (ask().body("[".repeat(65)), 400),
        (packed(b"{"), 400),
        (ask().body(large.clone()), 413),
        (packed(large.as_bytes()), 413),
        (packed(&vec![b' '; 400_000]), 413),
        (gateway.post(&format!("{BATCH}?writeKey=x")).basic(&token).body(EVENT), 400),
    ];
    for (index, (ask, status)) in cases.into_iter().enumerate() {
        assert_eq!(refused(ask).await.0, status, "{index}");
    }
    assert!(gateway.arrived("tracking").await.is_empty());
}
