//! Confirmations: exactly what was previewed, by exactly this device, once, in time.

use crate::rig::{Rig, code, request};
use keyferry_broker::CallRequest;
use keyferry_core::{ErrorCode, Rule};
use keyferry_testkit::Engine::{self, Postgres, Sqlite};
use rstest::rstest;
use serde_json::{Value, json};
use std::time::Duration;

fn event() -> Value {
    json!({"userId": "u1", "event": "Signed Up"})
}

#[rstest]
#[tokio::test]
async fn a_write_that_was_not_previewed_is_not_sent(#[values(Sqlite, Postgres)] engine: Engine) {
    let rig = Rig::on(engine).await;
    let asked = CallRequest { confirmed: Some(true), ..request(event()) };
    assert_eq!(code(rig.call_with(&rig.device, "segment_track", asked).await), "confirmation_required");
    assert!(rig.received("POST", "/v1/track").is_empty());
}

#[rstest]
#[tokio::test]
async fn a_previewed_write_is_sent_once(#[values(Sqlite, Postgres)] engine: Engine) {
    let rig = Rig::on(engine).await;
    let preview = rig.preview("segment_track", event()).await.unwrap();
    assert_eq!(preview["data"]["confirmation"]["needs"], "preview");
    assert_eq!(preview["data"]["willExecute"], false);
    let done = rig.call("segment_track", json!({"user_id": "u1", "event": "Signed Up"})).await.unwrap();
    assert_eq!(done["ok"], true);
    let sent = rig.received("POST", "/v1/track");
    assert_eq!(sent.len(), 1);
    assert!(sent[0]["body"]["messageId"].is_string());
    let again = rig.call("segment_track", event()).await.unwrap_err();
    assert_eq!(again.failure.code, ErrorCode::ConfirmationUsed);
    let call = done["meta"]["callId"].as_str().unwrap();
    assert!(again.failure.details[0].contains(call) && again.failure.details[0].contains("succeeded"));
    assert_eq!(rig.received("POST", "/v1/track").len(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_calls_after_one_preview_exactly_one_is_sent(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let rig = Rig::on(engine).await;
    rig.preview("segment_track", event()).await.unwrap();
    let calls = (0..100).map(|_| {
        let (broker, device) = (rig.broker.clone(), rig.device.clone());
        tokio::spawn(async move { broker.call(&device, "segment_track", request(event())).await })
    });
    let ended = futures::future::join_all(calls.collect::<Vec<_>>()).await;
    let (mut sent, mut used) = (0, 0);
    for result in ended {
        match result.unwrap() {
            Ok(_) => sent += 1,
            Err(failed) => {
                assert_eq!(failed.failure.code, ErrorCode::ConfirmationUsed, "{failed:?}");
                used += 1;
            }
        }
    }
    assert_eq!((sent, used), (1, 99));
    assert_eq!(rig.received("POST", "/v1/track").len(), 1);
}

#[rstest]
#[tokio::test]
async fn other_arguments_another_device_and_another_connection_are_not_confirmed(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let rig = Rig::on(engine).await;
    let second = rig.connect("Second", false).await;
    let other = rig.another_device(Rule::Confirm).await;
    rig.preview("segment_track", event()).await.unwrap();
    let changed = json!({"userId": "u2", "event": "Signed Up"});
    assert_eq!(code(rig.call("segment_track", changed).await), "confirmation_required");
    let elsewhere = rig.call_with(&other, "segment_track", request(event())).await;
    assert_eq!(code(elsewhere), "confirmation_required");
    let on_second = CallRequest { connection: Some(second), ..request(event()) };
    let on_second = rig.call_with(&rig.device, "segment_track", on_second).await;
    assert_eq!(code(on_second), "confirmation_required");
    assert!(rig.received("POST", "/v1/track").is_empty());
    rig.call("segment_track", event()).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn a_replaced_credential_needs_a_new_preview(#[values(Sqlite, Postgres)] engine: Engine) {
    let rig = Rig::on(engine).await;
    rig.preview("segment_track", event()).await.unwrap();
    let key = rig.sandbox.credentials.us.tracking().unwrap().to_owned();
    rig.fill(1, "tracking", &key, &[]).await;
    assert_eq!(code(rig.call("segment_track", event()).await), "confirmation_required");
}

#[rstest]
#[tokio::test]
async fn a_preview_is_good_for_ten_minutes(#[values(Sqlite, Postgres)] engine: Engine) {
    let rig = Rig::on(engine).await;
    rig.preview("segment_track", event()).await.unwrap();
    rig.later(Duration::from_secs(10 * 60)).await;
    assert_eq!(code(rig.call("segment_track", event()).await), "confirmation_expired");
    assert!(rig.received("POST", "/v1/track").is_empty());
    rig.preview("segment_track", event()).await.unwrap();
    rig.later(Duration::from_secs(9 * 60)).await;
    rig.call("segment_track", event()).await.unwrap();
}

#[tokio::test]
async fn a_trusted_device_writes_unasked_but_high_impact_needs_a_person() {
    let rig = Rig::new().await;
    let device = rig.another_device(Rule::Trusted).await;
    rig.call_with(&device, "segment_track", request(event())).await.unwrap();
    let source = rig.source("docs-site").await;
    let delete = rig.call_with(&device, "segment_delete_source", request(json!({"sourceId": source}))).await;
    assert_eq!(code(delete), "approval_required");
    assert!(rig.received("DELETE", &source).is_empty());
}

#[rstest]
#[tokio::test]
async fn what_sent_nothing_gives_its_confirmation_back(#[values(Sqlite, Postgres)] engine: Engine) {
    let rig = Rig::on(engine).await;
    rig.preview("segment_track", event()).await.unwrap();
    rig.fault(json!({"match": {"api": "tracking"}, "times": 1, "kind": "status", "status": 429})).await;
    assert_eq!(code(rig.call("segment_track", event()).await), "rate_limited");
    rig.later(Duration::from_secs(120)).await;
    rig.call("segment_track", event()).await.unwrap();
}

#[tokio::test]
async fn fifty_previews_may_be_open() {
    let rig = Rig::new().await;
    for number in 0..50 {
        rig.preview("segment_track", json!({"userId": "u", "event": format!("E{number}")})).await.unwrap();
    }
    assert_eq!(code(rig.preview("segment_track", event()).await), "rate_limited");
}
