//! The sweep, and composite tools.

use crate::rig::{Rig, request};
use async_trait::async_trait;
use keyferry_broker::{CompositeTool, Composites, Reads};
use keyferry_catalog::Arguments;
use keyferry_core::{Failure, Impact, Rule};
use keyferry_store::calls::{self, NewCall, Whose};
use keyferry_store::claim::{self, Claim, IdempotencyClaim};
use keyferry_store::connections;
use serde_json::{Map, Value, json};
use std::sync::Arc;
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
    claim::claim(&rig.db, &claim).await.unwrap();
    id
}

/// Answers how many sources and labels there are.
struct Count;

#[async_trait]
impl CompositeTool for Count {
    async fn run(&self, _: &Arguments, reads: Reads<'_>) -> Result<Value, Failure> {
        let sources = reads.read("segment_list_sources", Map::new()).await?;
        let labels = reads.read("segment_list_labels", Map::new()).await?;
        let count = |value: &Value, at: &str| value.pointer(at).and_then(Value::as_array).map(Vec::len);
        Ok(json!({"sources": count(&sources, "/data/sources"), "labels": count(&labels, "/data/labels")}))
    }
}

#[tokio::test]
async fn a_composite_tools_reads_are_journaled_beneath_it() {
    let mut composites = Composites::default();
    composites.register("segment_get_workspace", Arc::new(Count));
    let rig = Rig::with(composites).await;
    rig.connect("Main", false).await;
    let done = rig.call_with(&rig.device, "segment_get_workspace", request(json!({}))).await.unwrap();
    assert!(done["result"]["labels"].as_u64().unwrap() > 3, "{done}");
    let journal = rig.journal().await;
    let id = &done["meta"]["callId"];
    assert_eq!(journal.iter().filter(|call| call["parentId"] == *id).count(), 2);
}
