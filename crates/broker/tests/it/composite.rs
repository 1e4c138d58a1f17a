//! Composite tools: each step is a call of its own, and what became of the steps decides what became of the whole.

use crate::rig::{Rig, Wish, code, request};
use async_trait::async_trait;
use keyferry_broker::{CallRequest, CompositeTool, Composites, Steps};
use keyferry_catalog::Arguments;
use keyferry_core::{Failure, ManualClock, Principal, Rule};
use keyferry_store::device_rules::{self, Narrowing};
use serde_json::{Map, Value, json};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// The catalog's tool in whose place a composite of these tests runs: its impact is `write`.
const WHOLE: &str = "segment_add_labels_to_source";
const STEP: &str = "segment_update_source";

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

async fn serving(tool: &str, composite: impl CompositeTool + 'static) -> Rig {
    let mut composites = Composites::default();
    composites.register(tool, Arc::new(composite));
    Rig::with(Wish { composites, ..Wish::default() }).await
}

/// Calls the composite with a key, on a device that needs no confirmation.
async fn call(rig: &Rig, device: &Principal) -> Result<Value, keyferry_broker::Failed> {
    let source = rig.source("docs-site").await;
    let asked = request(json!({"sourceId": source, "labels": ["environment:production"]}));
    rig.call_with(device, WHOLE, CallRequest { idempotency_key: Some("k1".into()), ..asked }).await
}

fn patches(rig: &Rig) -> usize {
    rig.sandbox.requests(0).iter().filter(|one| one["method"] == "PATCH").count()
}

/// The composite's own row, and those beneath it, the oldest first.
async fn rows(rig: &Rig, device: &Principal) -> (Value, Vec<Value>) {
    rig.written().await;
    let query = keyferry_broker::CallsQuery { beneath: true, limit: Some(200), ..Default::default() };
    let list = serde_json::to_value(rig.broker.calls(device, &query).await.unwrap().calls).unwrap();
    let mut all = list.as_array().unwrap().clone();
    all.reverse();
    let own = all.iter().find(|row| row["tool"] == WHOLE).unwrap().clone();
    let beneath = all.into_iter().filter(|row| row["parentId"] == own["id"]).collect();
    (own, beneath)
}

/// Answers how many sources and labels there are.
struct Count;

#[async_trait]
impl CompositeTool for Count {
    async fn run(&self, _: &Arguments, steps: Steps<'_>) -> Result<Value, Failure> {
        let sources = steps.read("segment_list_sources", Map::new()).await?;
        let labels = steps.read("segment_list_labels", Map::new()).await?;
        let count = |value: &Value, at: &str| value.pointer(at).and_then(Value::as_array).map(Vec::len);
        Ok(json!({"sources": count(&sources, "/data/sources"), "labels": count(&labels, "/data/labels")}))
    }
}

#[tokio::test]
async fn its_reads_are_journaled_beneath_it() {
    let rig = serving("segment_get_workspace", Count).await;
    let done = rig.call("segment_get_workspace", json!({})).await.unwrap();
    assert!(done["result"]["labels"].as_u64().unwrap() > 3, "{done}");
    let journal = rig.journal().await;
    let id = &done["meta"]["callId"];
    assert_eq!(journal.iter().filter(|call| call["parentId"] == *id).count(), 2);
}

/// Renames the source to each of these; to `!` where there is no such source.
struct Rename(&'static [&'static str]);

#[async_trait]
impl CompositeTool for Rename {
    async fn run(&self, arguments: &Arguments, steps: Steps<'_>) -> Result<Value, Failure> {
        for name in self.0 {
            let source = match *name {
                "!" => json!("nosuchsource1234567890"),
                _ => arguments.get("sourceId").unwrap().clone(),
            };
            steps.write(STEP, object(json!({"sourceId": source, "name": name}))).await?;
        }
        Ok(json!({"renamed": self.0.len()}))
    }
}

#[tokio::test]
async fn its_writes_are_calls_of_their_own() {
    let rig = serving(WHOLE, Rename(&["One", "Two"])).await;
    let device = rig.another_device(Rule::Trusted).await;
    let done = call(&rig, &device).await.unwrap();
    assert_eq!(done["result"], json!({"renamed": 2}));
    let (own, steps) = rows(&rig, &device).await;
    assert_eq!((&own["state"], steps.len(), patches(&rig)), (&json!("succeeded"), 2, 2));
    for step in &steps {
        assert_eq!(
            (&step["tool"], &step["state"], &step["status"]),
            (&json!(STEP), &json!("succeeded"), &json!(200))
        );
        let id = step["id"].as_str().unwrap().parse().unwrap();
        let record = rig.broker.call_record(&device, &id).await.unwrap();
        assert!(record.arguments.is_some() && record.result.is_some());
    }
    let again = call(&rig, &device).await.unwrap();
    assert_eq!((&again["result"], patches(&rig)), (&done["result"], 2), "the whole has one key");
}

#[tokio::test]
async fn one_unknown_step_makes_the_whole_unknown() {
    let rig = serving(WHOLE, Rename(&["One", "Two"])).await;
    let device = rig.another_device(Rule::Trusted).await;
    rig.fault(json!({"match": {"method": "PATCH"}, "times": 20, "kind": "cut_after_done"})).await;
    let failed = call(&rig, &device).await.unwrap_err();
    assert_eq!(failed.failure.code.as_str(), "outcome_unknown");
    let (own, steps) = rows(&rig, &device).await;
    assert_eq!((&own["state"], &steps[0]["state"]), (&json!("unknown"), &json!("unknown")));
    assert!(failed.failure.message.contains(steps[0]["id"].as_str().unwrap()), "{}", failed.failure.message);
    let sent = patches(&rig);
    assert_eq!(code(call(&rig, &device).await), "outcome_unknown");
    assert_eq!(patches(&rig), sent, "it is not repeated");
}

/// Takes an unknown step for done.
struct Careless;

#[async_trait]
impl CompositeTool for Careless {
    async fn run(&self, arguments: &Arguments, steps: Steps<'_>) -> Result<Value, Failure> {
        let source = arguments.get("sourceId").unwrap();
        let _ = steps.write(STEP, object(json!({"sourceId": source, "name": "One"}))).await;
        Ok(json!("all is well"))
    }
}

#[tokio::test]
async fn an_unknown_step_that_was_swallowed_is_told_all_the_same() {
    let rig = serving(WHOLE, Careless).await;
    let device = rig.another_device(Rule::Trusted).await;
    rig.fault(json!({"match": {"method": "PATCH"}, "times": 20, "kind": "cut_after_done"})).await;
    assert_eq!(code(call(&rig, &device).await), "outcome_unknown");
}

#[tokio::test]
async fn what_stopped_half_way_says_what_was_done() {
    let rig = serving(WHOLE, Rename(&["One", "!"])).await;
    let device = rig.another_device(Rule::Trusted).await;
    let failed = call(&rig, &device).await.unwrap_err();
    assert_eq!(failed.failure.code.as_str(), "outcome_unknown");
    assert!(failed.failure.message.starts_with("It stopped half-way"), "{}", failed.failure.message);
    let (own, steps) = rows(&rig, &device).await;
    assert_eq!(own["state"], "unknown");
    assert!(
        failed.failure.details[0].contains(steps[0]["id"].as_str().unwrap()),
        "{:?}",
        failed.failure.details
    );
}

#[tokio::test]
async fn what_failed_at_its_first_write_failed() {
    let rig = serving(WHOLE, Rename(&["!", "One"])).await;
    let device = rig.another_device(Rule::Trusted).await;
    assert_eq!(code(call(&rig, &device).await), "invalid_source_id");
    let (own, steps) = rows(&rig, &device).await;
    assert_eq!((&own["state"], steps.len()), (&json!("failed"), 1));
}

#[tokio::test]
async fn its_steps_are_ruled_by_the_device() {
    let rig = serving(WHOLE, Rename(&["One"])).await;
    let device = rig.another_device(Rule::Trusted).await;
    let narrowing =
        Narrowing { integration: None, connection: None, tool: Some(STEP.into()), rule: Rule::ReadOnly };
    let mut tx = rig.db.begin().await.unwrap();
    let id = device.device().unwrap();
    device_rules::replace(&mut tx, &device.team, id, &[narrowing], keyferry_core::Clock::now(&rig.clock))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    rig.follower.catch_up().await.unwrap();
    assert_eq!(code(call(&rig, &device).await), "policy_denied");
    assert_eq!(patches(&rig), 0);
}

/// Does more than its own impact says.
struct Overreach;

#[async_trait]
impl CompositeTool for Overreach {
    async fn run(&self, arguments: &Arguments, steps: Steps<'_>) -> Result<Value, Failure> {
        let source = arguments.get("sourceId").unwrap();
        steps.write("segment_delete_source", object(json!({"sourceId": source}))).await
    }
}

#[tokio::test]
async fn a_step_is_of_no_higher_impact_than_the_whole() {
    let rig = serving(WHOLE, Overreach).await;
    let device = rig.another_device(Rule::Trusted).await;
    assert_eq!(code(call(&rig, &device).await), "internal");
    assert!(!rig.sandbox.requests(0).iter().any(|one| one["method"] == "DELETE"));
}

/// Reads without end.
struct Curious;

#[async_trait]
impl CompositeTool for Curious {
    async fn run(&self, _: &Arguments, steps: Steps<'_>) -> Result<Value, Failure> {
        loop {
            steps.read("segment_get_workspace", Map::new()).await?;
        }
    }
}

#[tokio::test]
async fn it_has_fifty_steps() {
    let rig = serving("segment_list_labels", Curious).await;
    assert_eq!(code(rig.call("segment_list_labels", json!({})).await), "rate_limited");
    let read = |one: &Value| one["tool"] == "segment_get_workspace" && one["state"] == "succeeded";
    assert_eq!(rig.journal().await.iter().filter(|one| read(one)).count(), 50);
}

/// Lets a minute pass between two writes.
struct Slow(Arc<OnceLock<ManualClock>>);

#[async_trait]
impl CompositeTool for Slow {
    async fn run(&self, arguments: &Arguments, steps: Steps<'_>) -> Result<Value, Failure> {
        let step = |name| object(json!({"sourceId": arguments.get("sourceId").unwrap(), "name": name}));
        self.0.get().unwrap().advance(Duration::from_secs(60));
        steps.write(STEP, step("late")).await
    }
}

#[tokio::test]
async fn the_whole_has_one_deadline() {
    let clock = Arc::new(OnceLock::new());
    let rig = serving(WHOLE, Slow(Arc::clone(&clock))).await;
    clock.set(rig.clock.clone()).ok().unwrap();
    let device = rig.another_device(Rule::Trusted).await;
    assert_eq!(code(call(&rig, &device).await), "upstream_timeout");
    assert_eq!(patches(&rig), 0);
}
