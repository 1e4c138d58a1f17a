//! Tracking: a body passes as it came, but for the key.

use super::{AsClient, BATCH, trusted};
use crate::gateway::Asking;
use axum::http::Method;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use std::io::Write;

const BODY: &str = r#"{"sentAt":"2020-01-01T00:00:00Z","batch":[{"type":"track","userId":"u-1001","event":"A","messageId":"m-1","properties":{"writeKey":"their own"}}]}"#;

fn zipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn the_token_may_stand_wherever_segment_wants_its_key() {
    let (gateway, _, token) = trusted().await;
    let keyed = BODY.replacen('{', &format!("{{\"writeKey\":\"{token}\","), 1);
    let asks: [(&str, Asking); 6] = [
        ("basic", gateway.post(BATCH).basic(&token).body(BODY)),
        ("bearer", gateway.post(BATCH).token(&token).body(BODY)),
        ("our header", gateway.post(BATCH).header("x-keyferry-key", &token).basic("other").body(BODY)),
        ("the body", gateway.post(BATCH).body(keyed.clone())),
        ("basic and body", gateway.post(BATCH).basic(&token).body(keyed.clone())),
        ("a packed body", gateway.post(BATCH).header("content-encoding", "gzip").body(zipped(&keyed))),
    ];
    for (index, (place, ask)) in asks.into_iter().enumerate() {
        let answer = ask.send().await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, r#"{"success":true}"#), "{place}");
        assert!(answer.headers["x-keyferry-call"].to_str().unwrap().starts_with("call_"), "{place}");
        let arrived = gateway.arrived("tracking").await;
        assert_eq!(arrived.len(), index + 1, "{place}");
        let request = &arrived[index];
        assert!(!request.to_string().contains(&token), "{place}: the token arrived");
        assert!(request["headers"].get("content-encoding").is_none(), "{place}");
        assert_eq!(request["body"]["batch"][0]["messageId"], "m-1", "{place}");
        assert_eq!(request["body"]["sentAt"], "2020-01-01T00:00:00Z", "{place}");
        assert_eq!(request["body"]["batch"][0]["properties"]["writeKey"], "their own", "{place}");
    }
}

#[tokio::test]
async fn every_spelling_of_anothers_key_becomes_the_connections() {
    let (gateway, _, token) = trusted().await;
    let other = &gateway.sandbox.credentials.eu.tracking().unwrap().to_owned();
    let body = format!(
        r#"{{"writeKey":"{other}","write\u004bey":"{other}","WriteKey":"{other}","batch":[
            {{"type":"track","userId":"u","event":"A","writeKey":"{other}","\u0077riteKey":"{other}"}},
            {{"type":"page","userId":"u","write_key":{{"a":"{other}"}},"batch":[{{"writeKey":"{other}"}}]}}]}}"#
    );
    let answer = gateway.post(BATCH).basic(&token).body(body).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let arrived = gateway.arrived("tracking").await.pop().unwrap();
    assert!(!arrived.to_string().contains(other.as_str()), "{arrived:#}");
    let key = gateway.write_key();
    assert_eq!(arrived["body"]["writeKey"], key);
    assert_eq!(arrived["body"]["batch"][0]["writeKey"], key);
    assert_eq!(arrived["body"]["batch"][1]["batch"][0]["writeKey"], key);
    assert_eq!(arrived["status"], 200);
}

#[tokio::test]
async fn the_paths_of_the_sdks_are_sent_to_the_documented_ones() {
    let (gateway, _, token) = trusted().await;
    for (path, sent) in [
        ("/v1/b", "/v1/batch"),
        ("/v1/import/", "/v1/import"),
        ("/v1/t", "/v1/track"),
        ("/v1/identify", "/v1/identify"),
    ] {
        let ask = gateway.post(&format!("/proxy/segment@1/tracking{path}")).basic(&token);
        let answer = ask.body(BODY.replace("m-1", path)).send().await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        assert_eq!(gateway.arrived("tracking").await.pop().unwrap()["path"], sent);
    }
}

#[tokio::test]
async fn the_journal_has_a_proxied_change_with_its_body_and_without_its_key() {
    let (gateway, _, token) = trusted().await;
    let body = format!(r#"{{"writeKey":"{token}","userId":"u-1001","event":"A"}}"#);
    let sent = gateway.post("/proxy/segment/tracking/v1/track").body(body).send().await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    let id = sent.headers["x-keyferry-call"].to_str().unwrap();
    let record = gateway.get(&format!("/api/calls/{id}")).token(&token).send().await.json();
    assert_eq!(record["tool"], "segment_track", "{record:#}");
    assert_eq!((&record["state"], &record["impact"]), (&json!("succeeded"), &json!("write")));
    assert_eq!(record["arguments"]["writeKey"], "***", "{record:#}");
    assert!(record["object"].as_str().unwrap().starts_with("person:"), "{record:#}");
    assert!(!record.to_string().contains(&token));
}

#[tokio::test]
async fn only_what_the_operation_says_goes_up() {
    let (gateway, _, token) = trusted().await;
    let ask = gateway.post(BATCH).basic(&token).header("x-forwarded-host", "evil").header("cookie", "a=b");
    let ask = ask
        .header("proxy-authorization", "Basic eDo=")
        .header("x-api-key", "k")
        .header("user-agent", "sdk/1");
    assert_eq!(ask.header("x-retry-count", "2").body(BODY).send().await.status, 200);
    let arrived = gateway.arrived("tracking").await.pop().unwrap();
    let names: Vec<&str> = arrived["headers"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["accept", "accept-encoding", "authorization", "content-length", "content-type", "host"]
    );
    assert_eq!(arrived["headers"]["content-type"], "application/json");
}

#[tokio::test]
async fn no_other_method_passes() {
    let (gateway, _, token) = trusted().await;
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::HEAD, Method::OPTIONS] {
        let answer = gateway.ask(method.clone(), BATCH).basic(&token).body(BODY).send().await;
        assert_eq!(answer.status, 404, "{method}");
    }
    assert!(gateway.arrived("tracking").await.is_empty());
}
