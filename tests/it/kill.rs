//! kill -9 at the two moments that matter. Nothing is sent twice, nothing that was sent is unrecorded, and what can't be
//! known is told as unknown, with what to read.

use keyferry_testkit::{Demo, Device, Engine, until};
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Longer than the test.
const FOREVER: u64 = 600_000;

/// Starts a call that will not be answered, and gives the gateway time to do all it does: until the sandbox has `seen`.
async fn call_until_seen(
    demo: &Demo,
    device: &Device,
    tool: &str,
    arguments: Value,
    with: Value,
    method: &str,
) {
    let before = demo.sandbox.last().await;
    let device = device.clone();
    let body = {
        let mut body = with;
        body["arguments"] = arguments;
        body
    };
    let path = format!("/api/tools/{tool}/execute");
    tokio::spawn(async move { device.try_json("POST", &path, body).await });
    until("the request arrives upstream", async || {
        demo.sandbox.requests(before).await.into_iter().find(|request| request["method"] == method)
    })
    .await;
}

/// The newest call of a tool that was meant to be sent.
async fn recorded(device: &Device, tool: &str) -> Value {
    let calls = device.journal().await;
    let made = calls
        .into_iter()
        .find(|call| call["tool"] == tool && call["state"] != "previewed" && call["state"] != "refused");
    made.unwrap_or_else(|| panic!("the journal has no call of {tool}"))
}

async fn count(demo: &Demo, method: &str) -> usize {
    demo.sandbox.requests(0).await.iter().filter(|request| request["method"] == method).count()
}

async fn approved_deletion(demo: &Demo, device: &Device) -> Value {
    let listed = device.call("segment_list_sources", json!({"limit": 100})).await.ok();
    let sources = listed["result"]["data"]["sources"].as_array().expect("sources").clone();
    let source = sources.iter().find(|source| source["slug"] == "docs-site").expect("a seeded source");
    let arguments = json!({"sourceId": source["id"]});
    let preview = device.preview("segment_delete_source", arguments.clone()).await.ok();
    let url = preview["data"]["confirmation"]["approvalUrl"].as_str().expect("a link").to_owned();
    demo.person().await.approve(&url).await;
    arguments
}

/// The restarted gateway neither sends it again nor forgets it.
async fn stays_unknown(demo: &Demo, device: &Device, arguments: Value, key: &Value, deletions: usize) {
    // The read that was under way when it was killed may be another.
    assert!(demo.sweep_as_if_later().await >= 1, "no intent was left behind");
    let record = recorded(device, "segment_delete_source").await;
    assert_eq!(record["state"], "unknown", "{record:#}");
    assert_eq!(record["errorCode"], "outcome_unknown", "{record:#}");

    let retried = device.call_with("segment_delete_source", arguments.clone(), key.clone()).await;
    assert_eq!(retried.told(), (504, "outcome_unknown"), "{}", retried.text);
    let hint = retried.body["hint"].as_str().unwrap_or_default();
    assert!(hint.contains("segment_"), "the hint names no tool to read with: {}", retried.text);

    let anew = device.call("segment_delete_source", arguments).await;
    assert_eq!(anew.told(), (412, "confirmation_used"), "{}", anew.text);
    assert!(
        anew.text.contains("unknown") && anew.text.contains(record["id"].as_str().expect("an id")),
        "{}",
        anew.text
    );
    assert_eq!(count(demo, "DELETE").await, deletions, "nothing more was sent");
}

#[rstest]
#[tokio::test]
async fn between_claim_and_send(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let mut demo = Demo::start(engine).await;
    let device = demo.device();
    let arguments = approved_deletion(&demo, &device).await;
    // What the person saw is read again between the claim and the send: there the gateway is held.
    demo.sandbox
        .fault(json!({"match": {"method": "GET"}, "times": 10, "kind": "delay", "ms": FOREVER}))
        .await;
    let key = json!({"idempotencyKey": "delete-docs"});
    call_until_seen(&demo, &device, "segment_delete_source", arguments.clone(), key.clone(), "GET").await;
    demo.kill9().await;
    demo.sandbox.clear_faults().await;
    demo.restart().await;
    stays_unknown(&demo, &device, arguments, &key, 0).await;
}

#[rstest]
#[tokio::test]
async fn between_send_and_outcome(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let mut demo = Demo::start(engine).await;
    let device = demo.device();
    let arguments = approved_deletion(&demo, &device).await;
    demo.sandbox.fault(json!({"match": {"method": "DELETE"}, "kind": "delay", "ms": FOREVER})).await;
    let key = json!({"idempotencyKey": "delete-docs"});
    call_until_seen(&demo, &device, "segment_delete_source", arguments.clone(), key.clone(), "DELETE").await;
    demo.kill9().await;
    demo.restart().await;
    stays_unknown(&demo, &device, arguments, &key, 1).await;
}

#[rstest]
#[tokio::test]
async fn a_cut_line_after_a_deletion_is_unknown_at_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let demo = Demo::start(engine).await;
    let device = demo.device();
    let arguments = approved_deletion(&demo, &device).await;
    demo.sandbox.fault(json!({"match": {"method": "DELETE"}, "kind": "cut_after_done"})).await;
    let answer = device.call("segment_delete_source", arguments).await;
    assert_eq!(answer.told(), (504, "outcome_unknown"), "{}", answer.text);
    assert!(answer.body["hint"].as_str().is_some_and(|hint| hint.contains("segment_")), "{}", answer.text);
    assert_eq!(recorded(&device, "segment_delete_source").await["state"], "unknown");
    assert_eq!(count(&demo, "DELETE").await, 1);
}

#[rstest]
#[tokio::test]
async fn an_event_is_sent_again_with_its_key_under_the_same_message_id(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let mut demo = Demo::start(engine).await;
    let device = demo.device();
    let event = json!({"userId": "u-1001", "event": "Paid once"});
    let key = json!({"idempotencyKey": "payment-7"});
    device.preview("segment_track", event.clone()).await.ok();
    demo.sandbox.fault(json!({"match": {"api": "tracking"}, "kind": "delay", "ms": FOREVER})).await;
    call_until_seen(&demo, &device, "segment_track", event.clone(), key.clone(), "POST").await;
    demo.kill9().await;
    demo.restart().await;

    let early = device.call_with("segment_track", event.clone(), key.clone()).await;
    assert_eq!(early.told(), (409, "idempotency_in_progress"), "{}", early.text);
    assert_eq!(demo.sweep_as_if_later().await, 1);
    assert_eq!(recorded(&device, "segment_track").await["state"], "unknown");
    let sent = device.call_with("segment_track", event.clone(), key.clone()).await.ok();
    assert_eq!(sent["result"]["success"], json!(true), "{sent:#}");
    let replayed = device.call_with("segment_track", event, key).await.ok();
    assert_eq!(replayed["meta"]["replayed"], json!(true), "{replayed:#}");

    let requests = demo.sandbox.changes(0).await;
    let ids: Vec<&Value> = requests
        .iter()
        .filter(|one| one["body"]["event"] == "Paid once")
        .map(|one| &one["body"]["messageId"])
        .collect();
    assert_eq!(ids.len(), 2, "{requests:#?}");
    assert!(ids[0].is_string() && ids[0] == ids[1], "{ids:?}");
}

#[tokio::test]
async fn what_certainly_never_left_is_sent_by_a_retry_with_the_same_key_and_the_same_preview() {
    let mut demo = Demo::start(Engine::Sqlite).await;
    let device = demo.device();
    let source = device.call("segment_list_sources", json!({"limit": 1})).await.ok();
    let source = source["result"]["data"]["sources"][0]["id"].clone();
    let arguments = json!({"sourceId": source, "name": "Named by a retry"});
    let key = json!({"idempotencyKey": "rename-1"});
    device.preview("segment_update_source", arguments.clone()).await.ok();
    let keys = demo.keys.clone();
    demo.sandbox.stop().await;
    let failed = device.call_with("segment_update_source", arguments.clone(), key.clone()).await;
    assert_eq!(failed.told(), (502, "upstream_unavailable"), "{}", failed.text);
    demo.sandbox.start_again(keys).await;
    device.call_with("segment_update_source", arguments, key).await.ok();
    assert_eq!(count(&demo, "PATCH").await, 1);
}

#[rstest]
#[tokio::test]
async fn no_write_reaches_the_upstream_that_the_journal_does_not_hold(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let mut demo = Demo::start(engine).await;
    let trusted = demo.device_with(&demo.person().await.new_device("trusted", "trusted").await);
    let before = demo.sandbox.last().await;
    let calling: Vec<_> = (0..4)
        .map(|lane| {
            let device = trusted.clone();
            tokio::spawn(async move {
                for n in 0.. {
                    let event = format!("Event {lane}.{n}");
                    let body = json!({"arguments": {"userId": "u-1001", "event": event}});
                    if device.try_json("POST", "/api/tools/segment_track/execute", body).await.is_err() {
                        return;
                    }
                }
            })
        })
        .collect();
    until("some of them arrived", async || (demo.sandbox.changes(before).await.len() > 40).then_some(()))
        .await;
    demo.kill9().await;
    for lane in calling {
        lane.await.expect("a lane ends with the gateway");
    }
    demo.restart().await;
    let arrived = demo.sandbox.changes(before).await;
    let arrived: BTreeSet<String> =
        arrived.iter().map(|request| request["body"]["event"].to_string()).collect();
    let recorded = recorded_events(&trusted).await;
    let lost: Vec<&String> = arrived.difference(&recorded).collect();
    assert!(lost.is_empty(), "{} arrived upstream, and the journal does not know: {lost:?}", arrived.len());
}

/// The names of the events that the journal holds.
async fn recorded_events(device: &Device) -> BTreeSet<String> {
    let (mut events, mut cursor) = (BTreeSet::new(), String::new());
    loop {
        let page = device.get(&format!("/api/calls?tool=segment_track&limit=200{cursor}")).await.ok();
        for call in page["calls"].as_array().expect("a list of calls") {
            let record = device.record(call["id"].as_str().expect("an id")).await;
            events.insert(record["arguments"]["event"].to_string());
        }
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return events,
        }
    }
}
