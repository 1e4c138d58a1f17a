//! Erasing a person: nothing that names them is left, and nobody else's records go.

use crate::rig::{Rig, request};
use keyferry_broker::{CallRequest, Erased, TeamKeys, erasable, erase};
use keyferry_core::{CallId, ErrorCode, Rule, TeamId};
use keyferry_testkit::Engine::{self, Postgres, Sqlite};
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::Arc;

fn keys(rig: &Rig) -> TeamKeys {
    TeamKeys::new(rig.db.clone(), rig.vault.clone(), Arc::new(rig.clock.clone()))
}

fn event(user: &str) -> Value {
    json!({"userId": user, "event": "Signed Up", "properties": {"email": format!("{user}@example.com")}})
}

/// Previews and sends an event about somebody; answers its call.
async fn told(rig: &Rig, user: &str) -> CallId {
    rig.preview("segment_track", event(user)).await.unwrap();
    let done = rig.call("segment_track", event(user)).await.unwrap();
    rig.written().await;
    done["meta"]["callId"].as_str().unwrap().parse().unwrap()
}

#[rstest]
#[tokio::test]
async fn a_person_is_erased_and_nobody_else(#[values(Sqlite, Postgres)] engine: Engine) {
    let rig = Rig::on(engine).await;
    let (jane, john) = (told(&rig, "jane-4711").await, told(&rig, "john-0815").await);
    let counted = erasable(&rig.db, &keys(&rig), None, "jane-4711").await.unwrap();
    let erased = erase(&rig.db, &keys(&rig), None, " JANE-4711").await.unwrap();
    assert_eq!(counted, erased, "what is counted is what is erased, and counting erases nothing");
    assert_eq!(erased, [Erased { team: rig.person.team.clone(), calls: 2 }], "a preview and its call");
    let gone = rig.broker.call_record(&rig.device, &jane).await.unwrap();
    assert_eq!((gone.arguments, gone.result, gone.object), (None, None, None));
    assert_eq!(gone.state, "succeeded", "that it was made stays");
    let kept = rig.broker.call_record(&rig.device, &john).await.unwrap();
    assert_eq!(kept.arguments.unwrap()["userId"], "john-0815");
    assert!(erase(&rig.db, &keys(&rig), None, "jane-4711").await.unwrap().is_empty(), "once");
}

#[tokio::test]
async fn a_key_whose_answer_was_erased_still_sends_nothing_twice() {
    let rig = Rig::new().await;
    let device = rig.another_device(Rule::Trusted).await;
    let keyed = || CallRequest { idempotency_key: Some("k1".into()), ..request(event("jane-4711")) };
    rig.call_with(&device, "segment_track", keyed()).await.unwrap();
    erase(&rig.db, &keys(&rig), Some(&device.team), "jane-4711").await.unwrap();
    let again = rig.call_with(&device, "segment_track", keyed()).await.unwrap();
    assert_eq!((&again["meta"]["replayed"], &again["meta"]["answerKept"]), (&json!(true), &json!(false)));
    assert_eq!(rig.received("POST", "/v1/track").len(), 1);
}

#[tokio::test]
async fn one_team_is_erased_in_that_team_only() {
    let rig = Rig::new().await;
    told(&rig, "jane-4711").await;
    let (stranger, _) = rig.stranger().await;
    let keys = keys(&rig);
    assert!(erase(&rig.db, &keys, Some(&stranger.team), "jane-4711").await.unwrap().is_empty());
    let unknown = erase(&rig.db, &keys, Some(&TeamId::new()), "jane-4711").await.unwrap_err();
    assert_eq!(unknown.code, ErrorCode::NotFound);
    assert_eq!(erase(&rig.db, &keys, None, " ").await.unwrap_err().code, ErrorCode::InvalidArguments);
    assert_eq!(erase(&rig.db, &keys, None, "jane-4711").await.unwrap().len(), 1);
}
