//! Idempotency keys, row by row of the table in SECURITY.

use crate::rig::{Rig, Wish, code, request};
use keyferry_broker::{CallRequest, Limits, Verdict};
use keyferry_core::{Principal, Rule};
use keyferry_testkit::Engine::{self, Postgres, Sqlite};
use keyferry_upstream::Settings;
use rstest::rstest;
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

#[rstest]
#[tokio::test]
async fn an_event_without_an_answer_goes_again_under_the_same_message_id_and_confirmation(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let rig = Rig::on(engine).await;
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

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_calls_with_one_key_none_is_told_that_its_confirmation_was_used(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let rig = Rig::on(engine).await;
    rig.preview("segment_track", event()).await.unwrap();
    let calls = (0..100).map(|_| {
        let (broker, device) = (rig.broker.clone(), rig.device.clone());
        tokio::spawn(async move { broker.call(&device, "segment_track", keyed(event(), "k1")).await })
    });
    for ended in futures::future::join_all(calls.collect::<Vec<_>>()).await {
        if let Err(failed) = ended.unwrap() {
            assert_eq!(failed.failure.code.as_str(), "idempotency_in_progress");
        }
    }
    assert_eq!(rig.received("POST", "/v1/track").len(), 1);
}

#[tokio::test]
async fn a_change_whose_answer_is_too_long_was_made() {
    let settings = Settings { longest_plain_answer: 10, ..Settings::default() };
    let rig = Rig::made(Sqlite, Wish { settings, ..Wish::default() }).await;
    let number = rig.connect_empty("Events", false).await;
    let key = rig.sandbox.credentials.us.tracking().unwrap().to_owned();
    rig.fill(number, "tracking", &key, &[]).await;
    let device = trusted(&rig).await;
    let first = rig.call_with(&device, "segment_track", keyed(event(), "k1")).await.unwrap_err();
    assert_eq!(first.failure.code.as_str(), "response_too_large");
    let id = first.meta.call_id.unwrap().parse().unwrap();
    let record = rig.broker.call_record(&device, &id).await.unwrap();
    assert_eq!(record.state, "succeeded");
    let again = rig.call_with(&device, "segment_track", keyed(event(), "k1")).await.unwrap_err();
    assert_eq!((again.failure.code.as_str(), again.meta.replayed), ("response_too_large", true));
    assert_eq!(rig.received("POST", "/v1/track").len(), 1);
}

/// The database takes no writes from the claim until long after the outcome is known.
#[tokio::test]
async fn an_outcome_that_is_settled_late_gives_back_key_and_approval() {
    let rig = Rig::new().await;
    let delete = json!({"sourceId": rig.source("docs-site").await});
    let preview = rig.preview("segment_delete_source", delete.clone()).await.unwrap();
    let id = preview["data"]["confirmation"]["id"].as_str().unwrap().parse().unwrap();
    rig.broker.decide(&rig.person, &id, &Verdict::Approve, true).await.unwrap();
    let before = rig.sandbox.requests(0).len();
    rig.fault(json!({"match": {"method": "GET"}, "times": 1, "kind": "delay", "ms": 1500})).await;
    let (broker, device, asked) = (rig.broker.clone(), rig.device.clone(), keyed(delete.clone(), "k1"));
    let call = tokio::spawn(async move { broker.call(&device, "segment_delete_source", asked).await });
    while rig.sandbox.requests(0).len() == before {
        tokio::task::yield_now().await;
    }
    let writer = rig.db.begin().await.unwrap();
    let failed = call.await.unwrap().unwrap_err();
    assert_eq!(failed.failure.code.as_str(), "gateway_unavailable");
    assert_eq!(failed.meta.recorded, Some(false));
    writer.rollback().await.unwrap();
    let again = async {
        loop {
            match rig.call_with(&rig.device, "segment_delete_source", keyed(delete.clone(), "k1")).await {
                Ok(done) => break done,
                // Until the writer is free again, whichever of the two is met first.
                Err(failed) => {
                    let code = failed.failure.code.as_str();
                    assert!(["idempotency_in_progress", "gateway_unavailable"].contains(&code), "{code}");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    };
    let done = tokio::time::timeout(Duration::from_secs(30), again).await.unwrap();
    assert_eq!(done["meta"].get("replayed"), None);
    assert_eq!(rig.sandbox.requests(0).iter().filter(|one| one["method"] == "DELETE").count(), 1);
}

#[rstest]
#[tokio::test]
async fn a_retry_that_sends_nothing_does_not_free_what_may_have_arrived(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let rig = Rig::on(engine).await;
    let call = || rig.call_with(&rig.device, "segment_track", keyed(event(), "k1"));
    rig.preview("segment_track", event()).await.unwrap();
    rig.fault(json!({"match": {"api": "tracking"}, "times": 20, "kind": "cut_after_done"})).await;
    call().await.unwrap_err();
    clear_faults(&rig).await;
    let arrived = rig.received("POST", "/v1/track").len();
    rig.fault(json!({"match": {"api": "tracking"}, "times": 20, "kind": "status", "status": 429})).await;
    assert_eq!(code(call().await), "rate_limited");
    clear_faults(&rig).await;
    rig.later(Duration::from_secs(120)).await;
    // The second try did nothing, but the first may have: what confirmed it is not good for another event.
    assert_eq!(code(rig.call("segment_track", event()).await), "confirmation_used");
    // With the key it goes again, as the same event.
    call().await.unwrap();
    let sent = rig.received("POST", "/v1/track");
    assert!(sent.len() > arrived);
    let ids: std::collections::BTreeSet<&str> =
        sent.iter().map(|one| one["body"]["messageId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(code(rig.call("segment_track", event()).await), "confirmation_used");
}

#[tokio::test]
async fn an_answer_that_was_not_kept_is_said_to_be_so() {
    let limits = Limits { kept_answer: 10, ..Limits::default() };
    let rig = Rig::with(Wish { limits, ..Wish::default() }).await;
    let device = trusted(&rig).await;
    let rename = json!({"sourceId": rig.source("docs-site").await, "name": "X"});
    let call = || rig.call_with(&device, "segment_update_source", keyed(rename.clone(), "k1"));
    let first = call().await.unwrap();
    assert_eq!((first["meta"].get("answerKept"), first.get("hint")), (None, None));
    let again = call().await.unwrap();
    assert_eq!((&again["ok"], &again["result"]), (&json!(true), &Value::Null));
    assert_eq!((&again["meta"]["replayed"], &again["meta"]["answerKept"]), (&json!(true), &json!(false)));
    let hint = again["hint"].as_str().unwrap();
    assert!(hint.contains("was done") && hint.contains("segment_get_source"), "{hint}");
    let part = CallRequest { select: Some("/data/source/name".into()), ..keyed(rename.clone(), "k1") };
    let part = rig.call_with(&device, "segment_update_source", part).await.unwrap();
    assert_eq!(part["meta"]["answerKept"], false, "a part of nothing is not told as an error");
    assert_eq!(rig.sandbox.requests(0).iter().filter(|one| one["method"] == "PATCH").count(), 1);
}

async fn clear_faults(rig: &Rig) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(rig.sandbox.address).await.unwrap();
    let asked = "DELETE /__sandbox/faults HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(asked.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
}
