//! A preview is good for exactly one call with exactly its digest; an approval for what the person saw.

use keyferry_testkit::{Demo, Device, Engine, Typed};
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const TRACK: &str = "segment_track";

fn purchase() -> Value {
    json!({"userId": "u-1001", "event": "Purchased", "properties": {"price": 29.99}})
}

/// How often each status and code was answered.
async fn at_once(calls: usize, device: &Device, with: Value) -> BTreeMap<(u16, String), usize> {
    let mut calling = tokio::task::JoinSet::new();
    for _ in 0..calls {
        let (device, with) = (device.clone(), with.clone());
        calling.spawn(async move {
            let answer = device.call_with(TRACK, purchase(), with).await;
            let (status, code) = answer.told();
            (status, code.to_owned())
        });
    }
    let mut told = BTreeMap::new();
    while let Some(answer) = calling.join_next().await {
        *told.entry(answer.expect("a call does not panic")).or_insert(0) += 1;
    }
    told
}

#[rstest]
#[tokio::test]
async fn of_a_hundred_calls_after_one_preview_exactly_one_is_sent(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let demo = Demo::start(engine).await;
    let device = demo.device();
    device.preview(TRACK, purchase()).await.ok();
    let before = demo.sandbox.last().await;
    let told = at_once(100, &device, json!({})).await;
    let expected = [((200, String::new()), 1), ((412, "confirmation_used".to_owned()), 99)];
    assert_eq!(told, BTreeMap::from(expected));
    assert_eq!(demo.sandbox.requests(before).await.len(), 1);
}

#[rstest]
#[tokio::test]
async fn of_a_hundred_calls_with_one_key_exactly_one_is_sent_and_no_other_answer_is_made_up(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let demo = Demo::start(engine).await;
    let device = demo.device();
    device.preview(TRACK, purchase()).await.ok();
    let before = demo.sandbox.last().await;
    let told = at_once(100, &device, json!({"idempotencyKey": "one"})).await;
    let others: Vec<_> =
        told.keys().filter(|(status, code)| *status != 200 && code != "idempotency_in_progress").collect();
    assert!(others.is_empty(), "{told:?}");
    assert!(told.contains_key(&(200, String::new())), "{told:?}");
    assert_eq!(demo.sandbox.requests(before).await.len(), 1);
}

#[rstest]
#[tokio::test]
async fn a_preview_is_worth_nothing_for_other_arguments_another_device_or_another_connection(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let demo = Demo::start(engine).await;
    let person = demo.person().await;
    let eu = person.connected("Europe", "eu", Typed::all(&demo.keys.eu)).await;
    let us = demo.file.connection_id;
    let other = demo.device_with(&person.new_device("another", "confirm").await);
    let device = demo.device();
    device.preview_with(TRACK, purchase(), json!({"connectionId": us})).await.ok();
    let before = demo.sandbox.last().await;

    let mut changed = purchase();
    changed["properties"]["price"] = json!(2999.0);
    let refused = [
        device.call_with(TRACK, changed, json!({"connectionId": us, "confirmed": true})).await,
        device.call_with("segment_identify", json!({"userId": "u-1001"}), json!({"connectionId": us})).await,
        other.call_with(TRACK, purchase(), json!({"connectionId": us, "confirmed": true})).await,
        device.call_with(TRACK, purchase(), json!({"connectionId": eu, "confirmed": true})).await,
    ];
    for answer in refused {
        assert_eq!(answer.told(), (412, "confirmation_required"), "{}", answer.text);
    }
    assert_eq!(demo.sandbox.requests(before).await, Vec::<Value>::new());
    device.call_with(TRACK, purchase(), json!({"connectionId": us})).await.ok();
    assert_eq!(demo.sandbox.requests(before).await.len(), 1, "the preview was still good for its own call");
}

#[rstest]
#[tokio::test]
async fn an_object_renamed_after_the_approval_is_not_deleted(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let demo = Demo::start(engine).await;
    let (device, person) = (demo.device(), demo.person().await);
    let source = source_called(&device, "docs-site").await;
    let arguments = json!({"sourceId": source});
    let url = approval_of(&device, &arguments).await;
    person.approve(&url).await;
    let key = &demo.keys.us.public_api;
    let path = format!("/us/public_api/sources/{source}");
    demo.sandbox.behind_the_back("PATCH", &path, key, json!({"name": "Renamed meanwhile"})).await;
    let before = demo.sandbox.last().await;

    let answer = device.call("segment_delete_source", arguments.clone()).await;
    assert_eq!(answer.told(), (412, "state_changed"), "{}", answer.text);
    assert_eq!(demo.sandbox.changes(before).await, Vec::<Value>::new());
    let again = device.call("segment_delete_source", arguments.clone()).await;
    assert_eq!(again.status, 412, "the approval is used up: {}", again.text);
    assert_eq!(demo.sandbox.changes(before).await, Vec::<Value>::new());

    person.approve(&approval_of(&device, &arguments).await).await;
    device.call("segment_delete_source", arguments).await.ok();
    let deleted = demo.sandbox.changes(before).await;
    assert_eq!((deleted.len(), &deleted[0]["method"]), (1, &json!("DELETE")));
}

#[tokio::test]
async fn what_a_person_denied_is_not_sent_and_the_agent_reads_why() {
    let demo = Demo::start(Engine::Sqlite).await;
    let (device, person) = (demo.device(), demo.person().await);
    let arguments = json!({"sourceId": source_called(&device, "docs-site").await});
    let url = approval_of(&device, &arguments).await;
    person.deny(&url, "not before the launch").await;
    let before = demo.sandbox.last().await;
    let answer = device.call("segment_delete_source", arguments).await;
    assert_eq!(answer.told(), (412, "approval_denied"), "{}", answer.text);
    assert!(answer.text.contains("not before the launch"), "{}", answer.text);
    assert_eq!(demo.sandbox.changes(before).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_device_can_neither_approve_nor_be_approved_by_a_stale_sign_in_of_nobody() {
    let demo = Demo::start(Engine::Sqlite).await;
    let device = demo.device();
    let arguments = json!({"sourceId": source_called(&device, "docs-site").await});
    let url = approval_of(&device, &arguments).await;
    let path = url
        .strip_prefix(&demo.base())
        .expect("a link of this gateway")
        .replace("/approve/", "/dashboard/approvals/");
    let answer = device.json("POST", &path, json!({"decision": "approve"})).await;
    assert!(answer.status == 303 || answer.status >= 400, "{answer:?}");
    let page = demo.stranger().open(&url).await;
    assert!(page.path.starts_with("/dashboard/sign-in"), "{}", page.path);
    let still = device.call("segment_delete_source", arguments).await;
    assert_eq!(still.told(), (412, "approval_required"), "{}", still.text);
}

/// Previews a deletion and answers the link for the person.
async fn approval_of(device: &Device, arguments: &Value) -> String {
    let preview = device.preview("segment_delete_source", arguments.clone()).await.ok();
    assert_eq!(preview["data"]["confirmation"]["needs"], "person", "{preview:#}");
    let asked = device.call("segment_delete_source", arguments.clone()).await;
    assert_eq!(asked.told(), (412, "approval_required"), "{}", asked.text);
    asked.body["approvalUrl"].as_str().expect("a link for the person").to_owned()
}

async fn source_called(device: &Device, slug: &str) -> String {
    let answer = device.call("segment_list_sources", json!({"limit": 100})).await.ok();
    let sources = answer["result"]["data"]["sources"].as_array().expect("a list of sources");
    let source = sources.iter().find(|source| source["slug"] == slug).expect("a seeded source");
    source["id"].as_str().expect("an id").to_owned()
}
