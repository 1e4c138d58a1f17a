//! ClawLink's documented API: where a call stands, in its words, and what leads on.

use crate::gateway::{Answered, Gateway, Person, until};
use keyferry_broker::{CallsQuery, Verdict};
use keyferry_catalog::Catalog;
use keyferry_core::{ConfirmationId, Rule};
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const SOURCE: &str = "rGHNJ1YIkzjmbrN7RW6Gvh";

fn paid() -> Value {
    let input = json!({"event": "Paid", "userId": "u1"});
    json!({"integration_id": "segment", "action_id": "track", "input": input})
}

fn keyed(mut asked: Value, key: &str) -> Value {
    asked["idempotency_key"] = key.into();
    asked
}

async fn execute(gateway: &Gateway, token: &str, asked: &Value) -> Answered {
    gateway.post("/api/executions").token(token).json(asked.clone()).send().await
}

/// Executes, and expects this status in HTTP and in the summary.
#[track_caller]
fn is(answer: &Answered, http: u16, status: &str) -> Value {
    let body = answer.json();
    assert_eq!((answer.status.as_u16(), &body["status"]), (http, &json!(status)), "{body:#}");
    body
}

/// What is recommended next, done.
async fn go_on(gateway: &Gateway, token: &str, told: &Value) -> Answered {
    let next = &told["recommended_next_action"];
    match next["tool"].as_str() {
        Some("clawlink.execute") => execute(gateway, token, &next["input"]).await,
        Some("clawlink.get_execution") => {
            let id = next["input"]["execution_id"].as_str().unwrap();
            gateway.get(&format!("/api/executions/{id}")).token(token).send().await
        }
        _ => panic!("nothing is recommended: {told:#}"),
    }
}

async fn fault(gateway: &Gateway, fault: Value) {
    let body = fault.to_string();
    let mut line = TcpStream::connect(gateway.sandbox.address).await.unwrap();
    let head = "POST /__sandbox/faults HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ";
    line.write_all(format!("{head}{}\r\n\r\n{body}", body.len()).as_bytes()).await.unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

fn events(gateway: &Gateway) -> usize {
    gateway
        .sandbox
        .requests(0)
        .iter()
        .filter(|one| one["path"].as_str().unwrap().ends_with("/v1/track"))
        .count()
}

#[tokio::test]
async fn a_preview_that_is_too_old_is_made_anew() {
    let (gateway, _, token) = Gateway::with_device().await;
    is(&execute(&gateway, &token, &paid()).await, 409, "blocked");
    gateway.clock.advance(Duration::from_secs(11 * 60));
    gateway.identity.follower.catch_up().await.unwrap();
    let again = is(&execute(&gateway, &token, &paid()).await, 409, "blocked");
    assert_eq!(again["output"]["preview"]["willExecute"], false, "{again:#}");
    is(&go_on(&gateway, &token, &again).await, 200, "succeeded");
}

#[tokio::test]
async fn a_write_that_was_done_leads_to_it_and_one_with_a_key_of_its_own_is_done_too() {
    let (gateway, _, token) = Gateway::with_device().await;
    let before = events(&gateway);
    is(&execute(&gateway, &token, &paid()).await, 409, "blocked");
    let done = is(&execute(&gateway, &token, &paid()).await, 200, "succeeded");

    let twice = is(&execute(&gateway, &token, &paid()).await, 409, "blocked");
    assert_eq!(twice["output"], Value::Null, "a retry is no second write: {twice:#}");
    assert!(twice["hint"].as_str().unwrap().contains("`idempotency_key`"), "{twice:#}");
    let looked_up = is(&go_on(&gateway, &token, &twice).await, 200, "succeeded");
    assert_eq!(looked_up["execution_id"], done["execution_id"]);

    let meant = keyed(paid(), "second");
    let previewed = is(&execute(&gateway, &token, &meant).await, 409, "blocked");
    is(&go_on(&gateway, &token, &previewed).await, 200, "succeeded");
    is(&execute(&gateway, &token, &meant).await, 200, "succeeded");
    assert_eq!(events(&gateway) - before, 2, "the last was a retry");
}

async fn approve(gateway: &Gateway, person: &Person, told: &Value) -> ConfirmationId {
    let hint = told["hint"].as_str().unwrap();
    let link = hint.split_whitespace().find(|word| word.contains("/approve/")).unwrap();
    let id: ConfirmationId =
        link.rsplit('/').next().unwrap().trim_end_matches([',', ';', '.']).parse().unwrap();
    gateway.broker.decide(&person.principal, &id, &Verdict::Approve, true).await.unwrap();
    id
}

#[tokio::test]
async fn what_changed_since_it_was_approved_is_asked_for_anew() {
    let (gateway, person, token) = Gateway::with_device().await;
    let delete =
        json!({"integration_id": "segment", "action_id": "delete_source", "input": {"sourceId": SOURCE}});
    let asked = is(&execute(&gateway, &token, &delete).await, 409, "blocked");
    let first = approve(&gateway, &person, &asked).await;
    let trusted = gateway.device(&person, Rule::Trusted).await;
    let rename = json!({"sourceId": SOURCE, "name": "Renamed"});
    let rename = json!({"integration_id": "segment", "action_id": "update_source", "input": rename});
    is(&execute(&gateway, &trusted, &rename).await, 200, "succeeded");

    let changed = is(&execute(&gateway, &token, &delete).await, 409, "blocked");
    let second = approve(&gateway, &person, &changed).await;
    assert_ne!(first, second);
    is(&go_on(&gateway, &token, &changed).await, 200, "succeeded");
}

#[tokio::test]
async fn what_may_have_been_done_is_unknown_and_says_what_to_read() {
    let (gateway, person, _) = Gateway::with_device().await;
    let token = gateway.device(&person, Rule::Trusted).await;
    fault(&gateway, json!({"match": {"method": "POST"}, "kind": "cut_after_done"})).await;
    let label = json!({"label": {"key": "made", "value": "twice", "description": "x"}});
    let asked = json!({"integration_id": "segment", "action_id": "create_label", "input": label});
    let asked = keyed(asked, "once");
    let unknown = is(&execute(&gateway, &token, &asked).await, 409, "unknown");
    assert_eq!(unknown["error_code"], "outcome_unknown");
    let hint = unknown["hint"].as_str().unwrap();
    let again = is(&execute(&gateway, &token, &asked).await, 409, "unknown");
    assert_eq!((&again["execution_id"], &again["hint"]), (&unknown["execution_id"], &json!(hint)));
    let path = format!("/api/executions/{}", unknown["execution_id"].as_str().unwrap());
    let looked_up = gateway.get(&path).token(&token).send().await;
    let looked_up = is(&looked_up, 200, "unknown");
    assert_eq!((&looked_up["hint"], &looked_up["error_code"]), (&json!(hint), &json!("outcome_unknown")));
}

#[tokio::test]
async fn what_is_still_running_under_the_same_key_is_told_with_its_id() {
    let (gateway, person, _) = Gateway::with_device().await;
    let token = gateway.device(&person, Rule::Trusted).await;
    fault(&gateway, json!({"match": {"api": "tracking"}, "kind": "delay", "ms": 20_000})).await;
    let asked = keyed(paid(), "slow");
    let first = gateway.post("/api/executions").token(&token).json(asked.clone());
    let first = tokio::spawn(async move { first.send().await });
    until("the first is in the journal", async || {
        let calls = gateway.broker.calls(&person.principal, &CallsQuery::default()).await.unwrap().calls;
        calls.iter().any(|call| call.tool == "segment_track" && call.state == "intent")
    })
    .await;
    let second = execute(&gateway, &token, &asked).await;
    let running = is(&second, 202, "running");
    assert!(second.headers.contains_key("retry-after"));
    assert_eq!((&running["error_code"], &running["finished_at"]), (&Value::Null, &Value::Null));
    let looked_up = is(&go_on(&gateway, &token, &running).await, 200, "running");
    assert_eq!(looked_up["execution_id"], running["execution_id"]);
    first.abort();
}

#[tokio::test]
async fn several_accounts_without_a_default_are_connected_and_wait_for_a_person() {
    let (gateway, person, token) = Gateway::with_device().await;
    let (two, three) = (gateway.connect(&person).await, gateway.connect(&person).await);
    gateway.broker.disconnect(&person.principal, 1).await.unwrap();
    let told = gateway.get("/api/connections/segment").token(&token).send().await.json();
    assert_eq!(
        json!([told["connected"], told["state"], told["can_execute"], told["needs_reauth"]]),
        json!([true, "error", false, false])
    );
    let reason = told["health_reason"].as_str().unwrap();
    assert!(reason.contains(&format!("({two}, {three})")), "{reason}");
    let found = gateway.get("/api/search?query=list%20sources&limit=1").token(&token).send().await.json();
    let found = &found["items"][0];
    assert_eq!((&found["connected"], &found["connection_state"]), (&json!(true), &json!("error")));
    let listed = gateway.get("/api/integrations").token(&token).send().await.json();
    assert_eq!(listed["items"][0]["connection_state"], "error");
    let begun = gateway.post("/api/connections/segment/begin").token(&token).json(json!({})).send().await;
    assert_eq!(begun.json()["status"], "already_connected", "no third account is asked for");
    let read = json!({"integration_id": "segment", "action_id": "list_sources"});
    let blocked = is(&execute(&gateway, &token, &read).await, 409, "blocked");
    assert!(blocked["hint"].as_str().unwrap().contains("default"), "{blocked:#}");
}

/// A shop with tools that a search finds beside Segment's.
fn beside_a_shop() -> Catalog {
    let folder = tempfile::TempDir::new().unwrap();
    let integration = "integration: shop\nname: Shop\ndescription: A shop.\nregions: { us: United States }\n\
        apis:\n  main: { documents: api.yaml }\nslots:\n  key:\n    label: Key\n    help: There.\n    \
        test:\n      call: { tool: shop_list_gadgets1 }\n";
    let mut api =
        "openapi: 3.1.0\ninfo: { title: Shop, version: v1 }\nservers:\n  - { url: \"https://shop.example\", \
        x-keyferry: { region: us } }\nsecurity: [{ key: [] }]\npaths:\n"
            .to_owned();
    for n in 1..=30 {
        write!(
            api,
            "  /gadgets{n}:\n    get:\n      operationId: listGadgets{n}\n      summary: List all gadgets.\n      \
            responses:\n        \"200\": {{ description: ok }}\n"
        )
        .unwrap();
    }
    api.push_str("components:\n  securitySchemes:\n    key: { type: http, scheme: bearer }\n");
    let shop = folder.path().join("shop");
    std::fs::create_dir(&shop).unwrap();
    std::fs::write(shop.join("integration.yaml"), integration).unwrap();
    std::fs::write(shop.join("api.yaml"), api).unwrap();
    Catalog::load(&[folder.path().to_owned()]).unwrap()
}

#[tokio::test]
async fn a_search_in_what_is_connected_is_not_cut_before_it_is_narrowed() {
    let gateway = Gateway::with_catalog(beside_a_shop()).await;
    let person = gateway.person("ada@example.com").await;
    gateway.connect(&person).await;
    let token = gateway.device(&person, Rule::Confirm).await;
    let found = async |path: &str| gateway.get(path).token(&token).send().await.json()["items"].clone();
    let all = found("/api/search?query=list%20gadgets&limit=25").await;
    let of = |items: &Value, slug: &str| {
        items.as_array().unwrap().iter().filter(|one| one["integration_id"] == slug).count()
    };
    assert!(of(&all, "shop") > 0, "{all:#}");
    let connected = found("/api/search?query=list%20gadgets&limit=25&connected_only=1").await;
    assert_eq!((of(&connected, "shop"), of(&connected, "segment")), (0, 25), "{connected:#}");
    let unsaid = gateway.get("/api/search?query=list&connected_only=perhaps").token(&token).send().await;
    assert_eq!(unsaid.status, 400);
    assert_eq!(unsaid.json()["invalidFields"], json!(["/connected_only"]));
}

#[tokio::test]
async fn an_integration_is_the_same_however_it_is_written() {
    let (gateway, _, token) = Gateway::with_device().await;
    for path in [
        "/api/actions/Segment/list_sources",
        "/api/connections/SEGMENT",
        "/api/actions?integration_id=Segment",
    ] {
        let answer = gateway.get(path).token(&token).send().await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["integration_id"]),
            (200, &json!("segment")),
            "{path}"
        );
    }
    let begun = gateway.post("/api/connections/Segment/begin").token(&token).json(json!({})).send().await;
    assert_eq!(begun.json()["integration_id"], "segment");
    let read = json!({"integration_id": " Segment", "action_id": "list_sources"});
    let done = is(&execute(&gateway, &token, &read).await, 200, "succeeded");
    assert_eq!(done["integration_id"], "segment");
}
