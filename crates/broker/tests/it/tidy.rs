//! The sweep, and what is pruned.

use crate::rig::{Rig, request};
use keyferry_broker::CallRequest;
use keyferry_core::{Impact, Rule};
use keyferry_store::calls::{self, NewCall, Whose};
use keyferry_store::claim::{self, Claim, IdempotencyClaim};
use keyferry_store::connections;
use keyferry_testkit::Engine::{self, Postgres, Sqlite};
use rstest::rstest;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn an_intent_whose_process_died_becomes_unknown() {
    let rig = Rig::new().await;
    let device = rig.another_device(Rule::Trusted).await;
    let call = intent(&rig, &device).await;
    assert_eq!(rig.broker.sweep().await.unwrap(), 0);
    rig.later(Duration::from_secs(60)).await;
    assert_eq!(rig.broker.sweep().await.unwrap(), 1);
    let id = device.device().unwrap();
    let row = calls::get(&rig.db, &device.team, Whose::Device(id), &call).await.unwrap().unwrap();
    assert_eq!(row.state.as_str(), "unknown");
    assert_eq!(rig.broker.sweep().await.unwrap(), 0);
    rig.broker.prune().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn an_answer_is_kept_as_long_as_its_key(#[values(Sqlite, Postgres)] engine: Engine) {
    const HOUR: Duration = Duration::from_secs(60 * 60);
    let rig = Rig::on(engine).await;
    let device = rig.another_device(Rule::Trusted).await;
    let event = || CallRequest {
        idempotency_key: Some("k1".into()),
        ..request(json!({"userId": "u1", "event": "Signed Up"}))
    };
    let first = rig.call_with(&device, "segment_track", event()).await.unwrap();
    rig.later(23 * HOUR).await;
    rig.broker.prune().await.unwrap();
    let again = rig.call_with(&device, "segment_track", event()).await.unwrap();
    assert_eq!((&again["meta"]["replayed"], &again["result"]), (&json!(true), &first["result"]));
    rig.later(2 * HOUR).await;
    rig.broker.prune().await.unwrap();
    let id = first["meta"]["callId"].as_str().unwrap().parse().unwrap();
    let record = rig.broker.call_record(&device, &id).await.unwrap();
    assert_eq!((record.result, record.arguments.unwrap()["userId"].as_str()), (None, Some("u1")));
    assert_eq!(calls::stored_bytes(&rig.db, &device.team).await.unwrap(), 0, "it fills nothing up");
}

/// A claimed call that nobody carries out.
async fn intent(rig: &Rig, device: &keyferry_core::Principal) -> keyferry_core::CallId {
    use keyferry_core::Clock;
    let now = rig.clock.now();
    let connection = connections::by_number(&rig.db, &device.team, &device.user, 1).await.unwrap().unwrap();
    let id = keyferry_core::CallId::new();
    let call = NewCall {
        id: id.clone(),
        team: device.team.clone(),
        user: device.user.clone(),
        device: device.device().cloned(),
        connection: Some(connection.id),
        parent: None,
        tool: "segment_track".into(),
        integration: "segment".into(),
        impact: Impact::Write,
        digest: vec![1; 32],
        confirmation: None,
        object: None,
        arguments: None,
        idempotency_hash: None,
        subjects: Vec::new(),
        started_at: now,
        deadline_at: now + Duration::from_secs(20),
    };
    let key = IdempotencyClaim {
        key_hash: vec![2; 32],
        expires_at: now + Duration::from_secs(3600),
        takes_over: None,
    };
    let claim = Claim { call, claimed_at: now, confirmation: None, idempotency: Some(key) };
    claim::claim(rig.db.begin().await.unwrap(), &claim).await.unwrap();
    id
}
