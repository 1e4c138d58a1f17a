//! The sweep.

use crate::rig::Rig;
use keyferry_core::{Impact, Rule};
use keyferry_store::calls::{self, NewCall, Whose};
use keyferry_store::claim::{self, Claim, IdempotencyClaim};
use keyferry_store::connections;
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
