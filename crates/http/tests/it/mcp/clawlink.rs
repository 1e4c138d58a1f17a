//! ClawLink's eleven tools, in its shapes.

use super::{HOST, ask, message};
use crate::gateway::{Answered, Gateway};
use insta::assert_json_snapshot;
use keyferry_core::Rule;
use serde_json::{Value, json};

async fn rpc(gateway: &Gateway, token: &str, method: &str, params: Value) -> Answered {
    ask(gateway, "/api/mcp", token, message(method, params)).send().await
}

async fn tool(gateway: &Gateway, token: &str, name: &str, arguments: Value) -> Value {
    let params = json!({"name": format!("clawlink.{name}"), "arguments": arguments});
    let answer = rpc(gateway, token, "tools/call", params).await.json();
    assert!(answer["error"].is_null(), "{answer}");
    answer["result"].clone()
}

#[tokio::test]
async fn there_are_eleven_and_a_client_that_takes_json_alone_is_served() {
    let (gateway, _, token) = Gateway::with_device().await;
    let list = gateway.post("/api/mcp").header("host", HOST).header("x-clawlink-api-key", &token);
    let list = list.json(message("tools/list", json!({}))).send().await.json();
    let tools = list["result"]["tools"].as_array().unwrap();
    let names: Vec<&str> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_json_snapshot!(names, @r#"
    [
      "clawlink.whoami",
      "clawlink.search",
      "clawlink.list_integrations",
      "clawlink.get_integration",
      "clawlink.list_actions",
      "clawlink.get_action",
      "clawlink.get_connection",
      "clawlink.connect_app",
      "clawlink.begin_connection",
      "clawlink.execute",
      "clawlink.get_execution"
    ]
    "#);
    let described = gateway.get("/api/mcp").header("host", HOST).send().await;
    assert_eq!(described.json()["tools"].as_array().unwrap().len(), 11);
}

#[tokio::test]
async fn nobody_gets_the_error_that_its_clients_know() {
    let gateway = Gateway::new().await;
    let nobody = gateway.post("/api/mcp").header("host", HOST).json(message("ping", json!({}))).send().await;
    assert!(nobody.headers.contains_key("www-authenticate"));
    assert_json_snapshot!(nobody.shown(), @r#"
    {
      "body": {
        "error": {
          "code": -32001,
          "message": "Unauthorized"
        },
        "id": null,
        "jsonrpc": "2.0"
      },
      "status": 401
    }
    "#);
}

#[tokio::test]
async fn what_there_is_is_told_in_its_words() {
    let (gateway, _, token) = Gateway::with_device().await;
    let told = async |name: &str, arguments: Value| {
        let result = tool(&gateway, &token, name, arguments).await;
        assert_eq!(result["isError"], false, "{result}");
        result["structuredContent"].clone()
    };
    let found = told("search", json!({"query": "list sources", "limit": 1})).await;
    let integration = told("get_integration", json!({"integration_id": "segment"})).await;
    let connection = told("get_connection", json!({"integration_id": "segment"})).await;
    let begun = told("connect_app", json!({"integration_id": "segment", "channel": "chat"})).await;
    assert_eq!(begun["status"], "already_connected");
    let integration =
        json!([integration["integration_id"], integration["connected"], integration["connection_state"]]);
    assert_json_snapshot!(json!([found, integration, connection]), {"[2].last_checked_at" => "[instant]"}, @r#"
    [
      {
        "items": [
          {
            "action_id": "list_sources",
            "connected": true,
            "connection_state": "healthy",
            "integration_id": "segment",
            "kind": "action",
            "summary": "All sources of the workspace, with kind, state and labels.",
            "title": "List sources"
          }
        ]
      },
      [
        "segment",
        true,
        "healthy"
      ],
      {
        "account_label": "Sandbox",
        "can_execute": true,
        "connected": true,
        "health_reason": null,
        "integration_id": "segment",
        "last_checked_at": "[instant]",
        "needs_reauth": false,
        "state": "healthy"
      }
    ]
    "#);
    let listed = told("list_integrations", json!({})).await;
    assert_eq!((&listed["total"], &listed["items"][0]["integration_id"]), (&json!(1), &json!("segment")));
    assert_eq!(told("whoami", json!({})).await["environment"], "self_hosted");
    let actions = told("list_actions", json!({"integration_id": "segment"})).await;
    assert!(actions["items"].as_array().unwrap().len() > 30);
    let action = json!({"integration_id": "segment", "action_id": "track"});
    let action = told("get_action", action).await;
    assert_eq!(
        (&action["side_effect_level"], &action["input_summary"]["required"]),
        (&json!("write"), &json!(["event"]))
    );
    let fresh =
        told("begin_connection", json!({"integration_id": "segment", "reuse_if_connected": false})).await;
    assert_eq!(fresh["status"], "requires_user_action");
}

#[tokio::test]
async fn a_write_is_blocked_with_its_preview_and_done_when_it_is_asked_again() {
    let (gateway, person, token) = Gateway::with_device().await;
    let event = json!({
        "integration_id": "segment", "action_id": "segment_track", "input": {"event": "Paid", "userId": "u1"},
        "confirm": true,
    });
    let blocked = tool(&gateway, &token, "execute", event.clone()).await;
    assert_eq!(blocked["isError"], false);
    let blocked = &blocked["structuredContent"];
    assert_eq!((&blocked["status"], &blocked["error_code"]), (&json!("blocked"), &json!("policy_blocked")));
    assert_eq!(blocked["output"]["preview"]["request"]["method"], "POST");
    let done = tool(&gateway, &token, "execute", event.clone()).await["structuredContent"].clone();
    assert_eq!(done["status"], "succeeded", "{done}");
    let execution = json!({"execution_id": done["execution_id"]});
    let looked_up = tool(&gateway, &token, "get_execution", execution).await["structuredContent"].clone();
    assert_eq!((&looked_up["status"], &looked_up["action_id"]), (&json!("succeeded"), &json!("track")));

    let approving = gateway.device(&person, Rule::Approve).await;
    let asked = tool(&gateway, &approving, "execute", event.clone()).await["structuredContent"].clone();
    assert_eq!(asked["status"], "blocked");
    assert!(asked["hint"].as_str().unwrap().contains("https://keys.example.com/approve/"));
    let wrong = json!({"integration_id": "segment", "action_id": "segment_track", "input": {}});
    let failed = tool(&gateway, &token, "execute", wrong).await["structuredContent"].clone();
    assert_eq!((&failed["status"], &failed["error_code"]), (&json!("failed"), &json!("validation_error")));
}
