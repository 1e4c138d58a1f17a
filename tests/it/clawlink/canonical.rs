//! ClawLink's documented API: what there is.

use super::{Plugin, fields, is_flat, is_structured, text};
use keyferry_testkit::{Demo, Engine};
use serde_json::{Value, json};

#[tokio::test]
async fn whoami_is_told_in_its_words() {
    let demo = Demo::start(Engine::Sqlite).await;
    let whoami = Plugin::paired(&demo).get("/api/agent/whoami").await.ok();
    for name in ["user_id", "workspace_id", "workspace_name", "environment"] {
        text(&whoami, name);
    }
    assert!(whoami.get("region").is_some());
    assert_eq!(whoami["capabilities"], json!({"can_execute": true, "can_begin_connection": true}));
}

#[tokio::test]
async fn actions_are_found_listed_and_described() {
    let demo = Demo::start(Engine::Sqlite).await;
    let plugin = Plugin::paired(&demo);
    let found = plugin.get("/api/search?query=list%20sources&connected_only=true&limit=1").await.ok();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let first = &found["items"][0];
    let names = ["action_id", "connected", "connection_state", "integration_id", "kind", "summary", "title"];
    assert_eq!(fields(first), names);
    assert_eq!((&first["integration_id"], &first["action_id"]), (&json!("segment"), &json!("list_sources")));
    assert_eq!((&first["kind"], &first["connection_state"]), (&json!("action"), &json!("healthy")));

    let all = plugin.get("/api/actions?integration_id=segment").await.ok();
    let wanted = plugin.get("/api/actions?integration_id=Segment&intent=list%20sources").await.ok();
    assert_eq!(wanted["integration_id"], "segment");
    assert_eq!(wanted["items"][0]["action_id"], "list_sources");
    let count = |list: &Value| list["items"].as_array().unwrap().len();
    assert!(count(&wanted) < count(&all), "an intent narrows");
    for item in all["items"].as_array().unwrap() {
        assert!(["read", "write", "delete", "admin"].contains(&text(item, "side_effect_level")), "{item:#}");
    }

    let short = plugin.get("/api/actions/segment/update_source").await.ok();
    let whole = plugin.get("/api/actions/segment/segment_update_source").await.ok();
    assert_eq!(short, whole);
    assert_eq!(
        (&short["action_id"], &short["side_effect_level"]),
        (&json!("update_source"), &json!("write"))
    );
    assert_eq!(short["input_summary"]["required"], json!(["sourceId"]));
    assert!(short["input_schema"]["properties"]["sourceId"].is_object());
    for list in ["examples", "tags", "preconditions"] {
        assert!(short[list].is_array(), "{list}");
    }
}

#[tokio::test]
async fn what_is_not_there_or_not_said_is_refused() {
    let demo = Demo::start(Engine::Sqlite).await;
    let plugin = Plugin::paired(&demo);
    for (path, status, code) in [
        ("/api/search", 400, "invalid_arguments"),
        ("/api/search?query=%20", 400, "invalid_arguments"),
        ("/api/search?query=a&limit=many", 400, "invalid_arguments"),
        ("/api/actions", 400, "invalid_arguments"),
        ("/api/actions?integration_id=%20", 400, "invalid_arguments"),
        ("/api/actions?integration_id=coffee", 404, "not_found"),
        ("/api/actions/coffee/make", 404, "not_found"),
        ("/api/actions/segment/make_coffee", 404, "tool_not_found"),
        ("/api/connections/coffee", 404, "not_found"),
        ("/api/connections/4711", 404, "not_found"),
        ("/api/executions/call_0123456789abcdef0123456789abcdef", 404, "not_found"),
        ("/api/executions/nobodys", 404, "not_found"),
    ] {
        is_structured(&plugin.get(path).await, status, code);
        is_flat(&Plugin::unpaired(&demo).get(path).await, 401, "unauthorized");
    }
}

#[tokio::test]
async fn an_account_is_told_by_its_number_and_by_its_integration() {
    let demo = Demo::start(Engine::Sqlite).await;
    let plugin = Plugin::paired(&demo);
    let number = demo.file.connection_id;
    let ours = plugin.get(&format!("/api/connections/{number}")).await.ok();
    assert_eq!((&ours["number"], &ours["integration"]), (&json!(number), &json!("segment")));
    let theirs = plugin.get("/api/connections/segment").await.ok();
    let names = [
        "account_label",
        "can_execute",
        "connected",
        "health_reason",
        "integration_id",
        "last_checked_at",
        "needs_reauth",
        "state",
    ];
    assert_eq!(fields(&theirs), names);
    assert_eq!((&theirs["connected"], &theirs["state"]), (&json!(true), &json!("healthy")));
    assert_eq!((&theirs["account_label"], &theirs["can_execute"]), (&ours["label"], &json!(true)));
    text(&theirs, "last_checked_at");
}

#[tokio::test]
async fn nobodys_account_is_not_connected_and_a_link_is_begun() {
    let demo = Demo::start(Engine::Sqlite).await;
    let stranger = demo.outsider("outsider").await;
    let plugin = Plugin::with_key(&demo, &stranger.new_device("theirs", "confirm").await);
    let told = plugin.get("/api/connections/segment").await.ok();
    assert_eq!((&told["state"], &told["connected"]), (&json!("not_connected"), &json!(false)));
    assert_eq!(told["can_execute"], false);
    let asked = json!({"redirect_url": "https://evil.example", "channel": "chat"});
    let begun = plugin.post("/api/connections/segment/begin", asked).await.ok();
    assert_eq!(
        (&begun["status"], &begun["integration_id"]),
        (&json!("requires_user_action"), &json!("segment"))
    );
    let link = text(&begun, "connect_url");
    assert!(link.starts_with(&format!("{}/connect/segment?session=", demo.base())), "{link}");
    assert!(begun["instructions"][0].as_str().unwrap().contains(link));
    text(&begun, "connection_session_id");
    text(&begun, "expires_at");
    assert!(!begun.to_string().contains("evil.example"));

    let there = Plugin::paired(&demo);
    let reused = there.post("/api/connections/segment/begin", json!({"reuse_if_connected": true})).await.ok();
    assert_eq!(reused["status"], "already_connected");
    assert_eq!(reused["connection"]["id"], json!(demo.file.connection_id));
    let fresh = there.post("/api/connections/segment/begin", json!({"reuse_if_connected": false})).await.ok();
    assert_eq!(fresh["status"], "requires_user_action");
    is_structured(&there.post("/api/connections/coffee/begin", json!({})).await, 404, "not_found");
}
