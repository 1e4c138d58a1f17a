//! ClawLink's documented API: executions. What is not done is told in the same shape, and never done by a yes of the
//! agent's own.

use super::{Plugin, is_structured, text};
use keyferry_testkit::{Answer, Demo, Engine, until};
use rstest::rstest;
use serde_json::{Value, json};

async fn execute(plugin: &Plugin, action: &str, input: Value, with: Value) -> Answer {
    let mut body = json!({"integration_id": "segment", "action_id": action, "input": input, "confirm": true});
    let more = with.as_object().into_iter().flatten();
    body.as_object_mut().expect("a body").extend(more.map(|(name, value)| (name.clone(), value.clone())));
    plugin.post("/api/executions", body).await
}

fn purchase(price: f64) -> Value {
    json!({"userId": "u-1001", "event": "Purchased", "properties": {"price": price}})
}

#[track_caller]
fn is_summary(answer: &Answer, status: u16, word: &str, code: &str) {
    let body = &answer.body;
    let told = (answer.status, body["status"].as_str(), body["error_code"].as_str().unwrap_or_default());
    assert_eq!(told, (status, Some(word), code), "{body:#}");
    assert!(body["display"]["title"].is_string() && body["display"]["summary"].is_string(), "{body:#}");
    for name in ["execution_id", "integration_id", "action_id", "started_at", "finished_at"] {
        assert!(body.get(name).is_some(), "{name} is not there: {body:#}");
    }
}

#[tokio::test]
async fn a_read_is_done_and_can_be_looked_up() {
    let demo = Demo::start(Engine::Sqlite).await;
    let plugin = Plugin::paired(&demo);
    for action in ["list_sources", "segment_list_sources"] {
        let done = execute(&plugin, action, json!({"limit": 1}), json!({})).await;
        is_summary(&done, 200, "succeeded", "");
        assert_eq!(done.body["action_id"], "list_sources");
        assert!(done.body["output"]["data"]["sources"].is_array(), "{:#}", done.body);
        let path = format!("/api/executions/{}", text(&done.body, "execution_id"));
        let told = until("the call is in the journal", async || {
            Some(plugin.get(&path).await).filter(|told| told.body["status"] == "succeeded")
        })
        .await;
        is_summary(&told, 200, "succeeded", "");
        assert_eq!(told.body["action_id"], "list_sources");
    }
}

#[rstest]
#[tokio::test]
async fn a_write_is_blocked_with_its_preview_and_done_when_it_is_asked_again(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let demo = Demo::start(engine).await;
    let plugin = Plugin::paired(&demo);
    let before = demo.sandbox.last().await;
    let blocked = execute(&plugin, "track", purchase(29.99), json!({})).await;
    is_summary(&blocked, 409, "blocked", "policy_blocked");
    assert_eq!(blocked.body["output"]["preview"]["willExecute"], false);
    text(&blocked.body, "hint");
    assert_eq!(demo.sandbox.requests(before).await, Vec::<Value>::new());

    let next = &blocked.body["recommended_next_action"];
    assert_eq!(next["tool"], "clawlink.execute");
    let done = plugin.post("/api/executions", next["input"].clone()).await;
    is_summary(&done, 200, "succeeded", "");
    assert_eq!(demo.sandbox.requests(before).await.len(), 1);
}

#[rstest]
#[tokio::test]
async fn an_idempotency_key_is_good_for_one_execution(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let demo = Demo::start(engine).await;
    let plugin = Plugin::paired(&demo);
    let (before, with) = (demo.sandbox.last().await, json!({"idempotency_key": "order-1"}));
    let track = async |price: f64| execute(&plugin, "track", purchase(price), with.clone()).await;
    let blocked = track(1.0).await;
    is_summary(&blocked, 409, "blocked", "policy_blocked");
    assert_eq!(blocked.body["recommended_next_action"]["input"]["idempotency_key"], "order-1");
    let done = track(1.0).await;
    is_summary(&done, 200, "succeeded", "");
    let again = track(1.0).await;
    is_summary(&again, 200, "succeeded", "");
    assert_eq!(again.body["output"], done.body["output"]);
    is_summary(&track(2.0).await, 400, "failed", "validation_error");
    assert_eq!(demo.sandbox.requests(before).await.len(), 1, "one event, however often it is asked for");
}

#[tokio::test]
async fn what_a_person_has_to_approve_comes_with_the_link_and_what_to_do_then() {
    let demo = Demo::start(Engine::Sqlite).await;
    let plugin = Plugin::paired(&demo);
    let listed = execute(&plugin, "list_sources", json!({}), json!({})).await;
    let source = listed.body["output"]["data"]["sources"][0]["id"].clone();
    let asked = execute(&plugin, "delete_source", json!({"sourceId": source}), json!({})).await;
    is_summary(&asked, 409, "blocked", "policy_blocked");
    let hint = text(&asked.body, "hint").to_owned();
    let link = hint.split_whitespace().find(|word| word.contains("/approve/")).expect("a link in the hint");
    demo.person().await.approve(link.trim_end_matches([',', '.'])).await;
    let next = &asked.body["recommended_next_action"];
    assert_eq!(next["tool"], "clawlink.execute");
    is_summary(&plugin.post("/api/executions", next["input"].clone()).await, 200, "succeeded", "");
}

#[tokio::test]
async fn what_failed_says_why_in_its_words() {
    let demo = Demo::start(Engine::Sqlite).await;
    let plugin = Plugin::paired(&demo);
    let wrong = execute(&plugin, "update_source", json!({"colour": "red"}), json!({})).await;
    is_summary(&wrong, 400, "failed", "validation_error");
    assert!(text(&wrong.body, "message").contains("/sourceId"), "{:#}", wrong.body);
    is_summary(
        &execute(&plugin, "make_coffee", json!({}), json!({})).await,
        400,
        "failed",
        "action_not_found",
    );
    let elsewhere = json!({"integration_id": "coffee"});
    let elsewhere = execute(&plugin, "list_sources", json!({}), elsewhere).await;
    is_summary(&elsewhere, 400, "failed", "integration_not_found");

    let reader = demo.person().await.new_device("reader", "read-only").await;
    let reader = Plugin::with_key(&demo, &reader);
    is_summary(&execute(&reader, "track", purchase(1.0), json!({})).await, 409, "blocked", "forbidden");
    let stranger = demo.outsider("outsider").await.new_device("theirs", "trusted").await;
    let unconnected =
        execute(&Plugin::with_key(&demo, &stranger), "list_sources", json!({}), json!({})).await;
    is_summary(&unconnected, 409, "blocked", "integration_not_connected");
    assert_eq!(unconnected.body["recommended_next_action"]["tool"], "clawlink.begin_connection");
    assert!(text(&unconnected.body, "hint").contains("/connect/segment"), "{:#}", unconnected.body);

    demo.sandbox
        .fault(json!({"match": {"api": "public_api"}, "times": 9, "kind": "status", "status": 500}))
        .await;
    let broken = execute(&plugin, "list_sources", json!({}), json!({})).await;
    is_summary(&broken, 500, "failed", "execution_failed");
}

#[tokio::test]
async fn a_body_that_does_not_say_what_to_execute_is_refused() {
    let demo = Demo::start(Engine::Sqlite).await;
    let plugin = Plugin::paired(&demo);
    let both = json!({"integration_id": "segment", "action_id": "list_sources"});
    let missing = plugin.post("/api/executions", json!({"input": {}})).await;
    is_structured(&missing, 400, "invalid_arguments");
    assert_eq!(missing.body["missingFields"], json!(["/integration_id", "/action_id"]));
    for (name, value) in [("input", json!([])), ("connection_id", json!(1)), ("idempotency_key", json!(7))] {
        let mut body = both.clone();
        body[name] = value;
        let refused = plugin.post("/api/executions", body).await;
        is_structured(&refused, 400, "invalid_arguments");
        assert_eq!(refused.body["invalidFields"], json!([format!("/{name}")]));
    }
    for body in ["{", "[]", "null"] {
        let refused = plugin.raw("POST", "/api/executions", Some(body.to_owned()), &[]).await;
        is_structured(&refused, 400, "invalid_arguments");
    }
    is_summary(&plugin.post("/api/executions", both).await, 200, "succeeded", "");
}
