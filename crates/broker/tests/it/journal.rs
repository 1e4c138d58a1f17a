//! Nothing is sent that the journal does not hold.

use crate::rig::{Rig, code, request};
use keyferry_core::Rule;
use serde_json::json;

#[tokio::test]
async fn a_call_and_its_outcome_are_in_the_journal_without_arguments_in_clear() {
    let rig = Rig::new().await;
    let event =
        json!({"userId": "jane-4711", "event": "Signed Up", "properties": {"email": "jane@x.example"}});
    rig.preview("segment_track", event.clone()).await.unwrap();
    let done = rig.call("segment_track", event.clone()).await.unwrap();
    let id = done["meta"]["callId"].as_str().unwrap().parse().unwrap();
    rig.written().await;
    let record = rig.broker.call_record(&rig.device, &id).await.unwrap();
    assert_eq!((record.state.as_str(), record.status), ("succeeded", Some(200)));
    assert_eq!(record.arguments.unwrap(), event);
    assert!(record.result.is_some());
    assert!(record.object.unwrap().starts_with("person:"));
    let stored = rig.stored();
    for secret in ["jane-4711", "jane@x.example"] {
        assert!(!stored.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
}

#[tokio::test]
async fn who_was_just_answered_finds_the_call_and_its_outcome() {
    let rig = Rig::new().await;
    for _ in 0..20 {
        let read = rig.call("segment_get_workspace", json!({})).await.unwrap();
        let id = read["meta"]["callId"].as_str().unwrap().parse().unwrap();
        let record = rig.broker.call_record(&rig.device, &id).await.unwrap();
        assert_eq!((record.state.as_str(), record.status), ("succeeded", Some(200)));
    }
    let nobodys = keyferry_core::CallId::new();
    let refused = rig.broker.call_record(&rig.device, &nobodys).await.unwrap_err();
    assert_eq!(refused.code.as_str(), "not_found");
}

#[tokio::test]
async fn refused_calls_are_in_it_too() {
    let rig = Rig::new().await;
    code(rig.call("segment_track", json!({"userId": "u1", "event": "A"})).await);
    let journal = rig.journal().await;
    let refused = journal.iter().find(|call| call["tool"] == "segment_track").unwrap();
    assert_eq!(
        (&refused["state"], &refused["errorCode"]),
        (&json!("refused"), &json!("confirmation_required"))
    );
}

#[tokio::test]
async fn without_a_database_no_write_is_sent_and_no_read_for_long() {
    let rig = Rig::new().await;
    let device = rig.another_device(Rule::Trusted).await;
    let event = || request(json!({"userId": "u1", "event": "A"}));
    rig.call_with(&device, "segment_track", event()).await.unwrap();
    rig.written().await;
    let sent = rig.sandbox.requests(0).len();
    rig.db.close().await;
    assert_eq!(code(rig.call_with(&device, "segment_track", event()).await), "gateway_unavailable");
    // One read may pass before the journal's writer finds out; nothing is sent from then on.
    let _ = rig.call("segment_get_workspace", json!({})).await;
    while rig.broker.healthy() {
        tokio::task::yield_now().await;
    }
    let known = rig.sandbox.requests(0).len();
    assert!(known <= sent + 1);
    assert_eq!(code(rig.call("segment_get_workspace", json!({})).await), "gateway_unavailable");
    assert_eq!(rig.sandbox.requests(0).len(), known);
}

#[tokio::test]
async fn when_it_stops_everything_is_written_and_nothing_more_is_sent() {
    let mut rig = Rig::new().await;
    for _ in 0..20 {
        rig.call("segment_get_workspace", json!({})).await.unwrap();
    }
    rig.stop.cancel();
    assert!((&mut rig.running).await.unwrap(), "drained");
    let sent = rig.sandbox.requests(0).len();
    assert_eq!(code(rig.call("segment_get_workspace", json!({})).await), "gateway_unavailable");
    assert_eq!(rig.sandbox.requests(0).len(), sent);
    let asked = keyferry_broker::CallsQuery { limit: Some(200), ..Default::default() };
    let calls = rig.broker.calls(&rig.device, &asked).await.unwrap().calls;
    assert_eq!(calls.iter().filter(|call| call.state == "succeeded").count(), 20);
}

#[tokio::test]
async fn it_is_read_in_pages_and_by_filters() {
    let rig = Rig::new().await;
    for _ in 0..5 {
        rig.call("segment_get_workspace", json!({})).await.unwrap();
    }
    rig.call("segment_list_labels", json!({})).await.unwrap();
    rig.written().await;
    let asked = keyferry_broker::CallsQuery {
        tool: Some("segment_get_workspace".into()),
        limit: Some(2),
        ..Default::default()
    };
    let first = rig.broker.calls(&rig.device, &asked).await.unwrap();
    assert_eq!(first.calls.len(), 2);
    let cursor = first.next_cursor.unwrap().parse().unwrap();
    let asked = keyferry_broker::CallsQuery { cursor: Some(cursor), limit: Some(10), ..asked };
    let rest = rig.broker.calls(&rig.device, &asked).await.unwrap();
    assert_eq!((rest.calls.len(), rest.next_cursor), (3, None));
}
