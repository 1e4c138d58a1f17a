use crate::gateway::Gateway;
use insta::assert_json_snapshot;
use keyferry_core::Rule;
use serde_json::json;

#[tokio::test]
async fn a_link_is_made_for_a_person_and_its_token_reads_the_state() {
    let gateway = Gateway::new().await;
    let person = gateway.person("ada@example.com").await;
    let token = gateway.device(&person, Rule::Confirm).await;

    let started =
        gateway.post("/api/connect/start").token(&token).json(json!({"integration": "Segment"})).send().await;
    assert_json_snapshot!(started.shown(), @"");

    let session = started.json()["sessionToken"].as_str().unwrap().to_owned();
    let state = gateway.get(&format!("/api/connect/sessions/{session}")).send().await;
    assert_json_snapshot!(state.shown(), @"");
}

#[tokio::test]
async fn what_is_connected_is_answered_unless_a_new_link_is_asked_for() {
    let (gateway, _, token) = Gateway::with_device().await;
    let start = |body| gateway.post("/api/connect/start").token(&token).json(body).send();
    let connected = start(json!({"integration": "segment"})).await.json();
    assert_eq!((&connected["alreadyConnected"], &connected["connection"]["id"]), (&true.into(), &1.into()));
    let link = start(json!({"integration": "segment", "reuseIfConnected": false})).await.json();
    assert_eq!(link["status"], "awaiting_user_action");
}

#[tokio::test]
async fn errors_are_sentences() {
    let (gateway, _, token) = Gateway::with_device().await;
    let missing = gateway.post("/api/connect/start").token(&token).json(json!({})).send().await;
    assert_json_snapshot!(missing.shown(), @"");
    let typed = gateway.post("/api/connect/start").token(&token).json(json!({"integration": 7})).send().await;
    assert_json_snapshot!(typed.shown(), @"");
    let unknown =
        gateway.post("/api/connect/start").token(&token).json(json!({"integration": "x"})).send().await;
    assert_json_snapshot!(unknown.shown(), @"");
    let nobodys = gateway.get("/api/connect/sessions/nobodys").send().await;
    assert_json_snapshot!(nobodys.shown(), @"");
}
