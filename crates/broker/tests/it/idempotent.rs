//! Idempotency keys, row by row of the table in SECURITY.

use crate::rig::{Rig, code, request};
use keyferry_broker::CallRequest;
use keyferry_core::{Principal, Rule};
use serde_json::{Value, json};
use std::time::Duration;

fn keyed(arguments: Value, key: &str) -> CallRequest {
    CallRequest { idempotency_key: Some(key.into()), ..request(arguments) }
}

fn event() -> Value {
    json!({"userId": "u1", "event": "Signed Up"})
}

async fn trusted(rig: &Rig) -> Principal {
    rig.another_device(Rule::Trusted).await
}

#[tokio::test]
async fn the_same_key_answers_again_without_sending() {
    let rig = Rig::new().await;
    rig.preview("segment_track", event()).await.unwrap();
    let first = rig.call_with(&rig.device, "segment_track", keyed(event(), "k1")).await.unwrap();
    let again = rig.call_with(&rig.device, "segment_track", keyed(event(), "k1")).await.unwrap();
    assert_eq!(again["meta"]["replayed"], true);
    assert_eq!(again["meta"]["callId"], first["meta"]["callId"]);
    assert_eq!(again["result"], first["result"]);
    assert_eq!(rig.received("POST", "/v1/track").len(), 1);
}

#[tokio::test]
async fn the_same_key_for_another_call_is_a_conflict() {
    let rig = Rig::new().await;
    let device = trusted(&rig).await;
    rig.call_with(&device, "segment_track", keyed(event(), "k1")).await.unwrap();
    let other = json!({"userId": "u2", "event": "Signed Up"});
    let conflict = rig.call_with(&device, "segment_track", keyed(other, "k1")).await;
    assert_eq!(code(conflict), "idempotency_conflict");
}

#[tokio::test]
async fn a_key_counts_for_one_device() {
    let rig = Rig::new().await;
    let (one, two) = (trusted(&rig).await, trusted(&rig).await);
    let first = rig.call_with(&one, "segment_track", keyed(event(), "k1")).await.unwrap();
    let second = rig.call_with(&two, "segment_track", keyed(event(), "k1")).await.unwrap();
    assert_ne!(first["meta"]["callId"], second["meta"]["callId"]);
    let sent = rig.received("POST", "/v1/track");
    assert_eq!(sent.len(), 2);
    assert_ne!(
        sent[0]["body"]["messageId"], sent[1]["body"]["messageId"],
        "the upstream would drop the second"
    );
}

#[tokio::test]
async fn an_answer_that_says_no_is_answered_again() {
    let rig = Rig::new().await;
    let device = trusted(&rig).await;
    let source = json!({"sourceId": "nosuchsource1234567890", "name": "X"});
    let first =
        rig.call_with(&device, "segment_update_source", keyed(source.clone(), "k1")).await.unwrap_err();
    let sent = rig.received("PATCH", "nosuchsource1234567890").len();
    let again = rig.call_with(&device, "segment_update_source", keyed(source, "k1")).await.unwrap_err();
    assert_eq!((first.failure.code, &first.failure.message), (again.failure.code, &again.failure.message));
    assert_eq!(first.meta.call_id, again.meta.call_id);
    assert!(again.meta.replayed);
    assert_eq!(rig.received("PATCH", "nosuchsource1234567890").len(), sent);
}

#[tokio::test]
async fn what_sent_nothing_gives_its_key_back() {
    let rig = Rig::new().await;
    let device = trusted(&rig).await;
    let source = rig.source("docs-site").await;
    let rename = json!({"sourceId": source, "name": "X"});
    rig.fault(json!({"match": {"method": "PATCH"}, "times": 1, "kind": "status", "status": 429})).await;
    let limited = rig.call_with(&device, "segment_update_source", keyed(rename.clone(), "k1")).await;
    assert_eq!(code(limited), "rate_limited");
    rig.later(Duration::from_secs(120)).await;
    let done = rig.call_with(&device, "segment_update_source", keyed(rename, "k1")).await.unwrap();
    assert_eq!(done["meta"].get("replayed"), None);
}

#[tokio::test]
async fn a_write_that_was_cut_is_unknown_and_stays_so() {
    let rig = Rig::new().await;
    let device = trusted(&rig).await;
    let source = rig.source("docs-site").await;
    let labels = json!({"sourceId": source, "labels": ["platform:web"]});
    rig.fault(json!({"match": {"method": "POST"}, "times": 1, "kind": "cut_after_done"})).await;
    let call = || rig.call_with(&device, "segment_add_labels_to_source", keyed(labels.clone(), "k1"));
    let cut = call().await.unwrap_err();
    assert_eq!(cut.failure.code.as_str(), "outcome_unknown");
    assert!(cut.failure.hint.unwrap().contains("segment_get_source"));
    let again = call().await.unwrap_err();
    assert_eq!(again.failure.code.as_str(), "outcome_unknown");
    assert_eq!(rig.received("POST", "/labels").len(), 1);
}

#[tokio::test]
async fn an_event_without_an_answer_goes_again_under_the_same_message_id_and_confirmation() {
    let rig = Rig::new().await;
    rig.preview("segment_track", event()).await.unwrap();
    rig.fault(json!({"match": {"api": "tracking"}, "times": 20, "kind": "cut_after_done"})).await;
    let cut = rig.call_with(&rig.device, "segment_track", keyed(event(), "k1")).await;
    assert!(["upstream_unavailable", "upstream_timeout"].contains(&code(cut)));
    clear_faults(&rig).await;
    let tried = rig.received("POST", "/v1/track").len();
    let done = rig.call_with(&rig.device, "segment_track", keyed(event(), "k1")).await.unwrap();
    assert_eq!(done["ok"], true);
    let sent = rig.received("POST", "/v1/track");
    assert_eq!(sent.len(), tried + 1);
    let ids: std::collections::BTreeSet<&str> =
        sent.iter().map(|one| one["body"]["messageId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 1);
    // Without the key it is another call, and its confirmation is used.
    assert_eq!(code(rig.call("segment_track", event()).await), "confirmation_used");
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let rig = Rig::new().await;
    for key in ["", "with space", &"k".repeat(129)] {
        let refused = rig.call_with(&rig.device, "segment_track", keyed(event(), key)).await;
        assert_eq!(code(refused), "invalid_arguments");
    }
}

#[tokio::test]
async fn a_key_whose_call_still_runs_says_so() {
    let rig = Rig::new().await;
    let device = trusted(&rig).await;
    rig.fault(json!({"match": {"api": "tracking"}, "times": 1, "kind": "delay", "ms": 60000})).await;
    let (broker, runs) = (rig.broker.clone(), device.clone());
    let running =
        tokio::spawn(async move { broker.call(&runs, "segment_track", keyed(event(), "k1")).await });
    while rig.received("POST", "/v1/track").is_empty() {
        tokio::task::yield_now().await;
    }
    let second = rig.call_with(&device, "segment_track", keyed(event(), "k1")).await;
    assert_eq!(code(second), "idempotency_in_progress");
    running.abort();
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let rig = Rig::new().await;
    let device = trusted(&rig).await;
    rig.call_with(&device, "segment_track", keyed(event(), "k1")).await.unwrap();
    rig.later(Duration::from_secs(24 * 60 * 60)).await;
    let later = rig.call_with(&device, "segment_track", keyed(event(), "k1")).await.unwrap();
    assert_eq!(later["meta"].get("replayed"), None);
}

async fn clear_faults(rig: &Rig) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(rig.sandbox.address).await.unwrap();
    let asked = "DELETE /__sandbox/faults HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(asked.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
}
