//! Connect links as the OpenClaw plugin asks for them: the person types the key into the gateway's own page.

use super::{Plugin, is_flat, text};
use keyferry_testkit::{Demo, Engine};
use serde_json::{Value, json};

#[tokio::test]
async fn an_account_that_is_there_is_answered_unless_another_is_wanted() {
    let demo = Demo::start(Engine::Sqlite).await;
    let plugin = Plugin::paired(&demo);
    let start = async |body: Value| plugin.post("/api/connect/start", body).await.ok();
    for integration in ["segment", " Segment "] {
        let there = start(json!({"integration": integration, "reuseIfConnected": true})).await;
        assert_eq!((&there["alreadyConnected"], &there["integration"]), (&json!(true), &json!("segment")));
        let connection = &there["connection"];
        assert_eq!(
            (&connection["id"], &connection["isDefault"]),
            (&json!(demo.file.connection_id), &json!(true))
        );
        assert_eq!(connection["authState"], "active");
    }
    let link = start(json!({"integration": "segment", "reuseIfConnected": false})).await;
    assert_eq!((&link["status"], &link["pollIntervalMs"]), (&json!("awaiting_user_action"), &json!(3000)));
    for name in ["sessionId", "sessionToken", "displayCode", "expiresAt", "statusUrl"] {
        text(&link, name);
    }
    let token = text(&link, "sessionToken");
    assert_eq!(text(&link, "connectUrl"), format!("{}/connect/segment?session={token}", demo.base()));
    let again = start(json!({"integration": "segment", "reuseIfConnected": false})).await;
    assert_eq!(again["sessionToken"], link["sessionToken"], "a link that is open is given again");
}

#[tokio::test]
async fn a_links_token_reads_its_state_and_refusals_are_sentences() {
    let demo = Demo::start(Engine::Sqlite).await;
    let (plugin, nobody) = (Plugin::paired(&demo), Plugin::unpaired(&demo));
    let link =
        plugin.post("/api/connect/start", json!({"integration": "segment", "reuseIfConnected": false})).await;
    let link = link.ok();
    let path = format!("/api/connect/sessions/{}", text(&link, "sessionToken"));
    let told = nobody.get(&path).await.ok();
    let session = &told["session"];
    assert_eq!(
        (&session["status"], &session["integration"]),
        (&json!("awaiting_user_action"), &json!("segment"))
    );
    assert_eq!((&session["token"], &told["connection"]), (&link["sessionToken"], &Value::Null));
    assert_eq!(told["integrationMeta"]["slug"], "segment");

    is_flat(&nobody.get("/api/connect/sessions/nobodys").await, 404, "not_found");
    is_flat(&plugin.post("/api/connect/start", json!({})).await, 400, "invalid_arguments");
    is_flat(&plugin.post("/api/connect/start", json!({"integration": "coffee"})).await, 404, "not_found");
    is_flat(
        &plugin.raw("POST", "/api/connect/start", Some("{".to_owned()), &[]).await,
        400,
        "invalid_arguments",
    );
}
