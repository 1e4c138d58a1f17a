//! A preview that the client shows its person, which is no approval.

use super::{new_tool, tool};
use crate::gateway::Gateway;
use insta::assert_json_snapshot;
use keyferry_core::Rule;
use serde_json::{Value, json};

fn forms() -> Value {
    json!({"elicitation": {}})
}

fn track() -> Value {
    json!({"name": "call_tool", "arguments": {
        "name": "segment_track", "arguments": {"event": "Paid", "userId": "u1"}, "idempotencyKey": "k1",
    }})
}

fn answered(action: &str) -> Value {
    let mut params = track();
    params["inputResponses"] = json!({"preview": {"action": action, "content": {}}});
    params
}

async fn result(gateway: &Gateway, token: &str, capabilities: Value, params: Value) -> Value {
    let answer = new_tool(gateway, token, capabilities, params).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["result"].clone()
}

#[tokio::test]
async fn a_write_is_shown_and_a_yes_sends_what_was_shown() {
    let (gateway, _, token) = Gateway::with_device().await;
    let asked = result(&gateway, &token, forms(), track()).await;
    let place = gateway.sandbox.address.to_string();
    let asked: Value = serde_json::from_str(&asked.to_string().replace(&place, "[sandbox]")).unwrap();
    assert_json_snapshot!(asked, @r#"
    {
      "inputRequests": {
        "preview": {
          "method": "elicitation/create",
          "params": {
            "message": "`segment_track` would send this:\nPOST http://[sandbox]/us/tracking/v1/track\nArguments: {\"event\":\"Paid\",\"userId\":\"u1\"}\nSend it?",
            "mode": "form",
            "requestedSchema": {
              "properties": {},
              "type": "object"
            }
          }
        }
      },
      "resultType": "input_required"
    }
    "#);
    let done = result(&gateway, &token, forms(), answered("accept")).await;
    assert_eq!((&done["isError"], &done["resultType"]), (&json!(false), &json!("complete")));
}

#[tokio::test]
async fn a_no_and_what_is_no_yes_send_nothing() {
    let (gateway, _, token) = Gateway::with_device().await;
    result(&gateway, &token, forms(), track()).await;
    for action in ["decline", "cancel", "whatever"] {
        let refused = result(&gateway, &token, forms(), answered(action)).await;
        assert_eq!(refused["structuredContent"]["error"]["code"], "confirmation_required", "{action}");
        assert_eq!(refused["isError"], true);
    }
}

#[tokio::test]
async fn an_answer_to_something_else_is_asked_for_again_and_sends_nothing() {
    let (gateway, _, token) = Gateway::with_device().await;
    result(&gateway, &token, forms(), track()).await;
    for astray in [json!(null), json!({}), json!({"other": {"action": "accept", "content": {}}})] {
        let mut params = track();
        params["inputResponses"] = astray;
        let asked = result(&gateway, &token, forms(), params).await;
        assert_eq!(asked["resultType"], "input_required", "{asked}");
    }
    assert!(gateway.arrived("tracking").await.is_empty());
    // What is read needs no answer.
    let read =
        json!({"name": "call_tool", "inputResponses": {}, "arguments": {"name": "segment_list_sources"}});
    assert_eq!(result(&gateway, &token, forms(), read).await["isError"], false);
    assert_eq!(result(&gateway, &token, forms(), answered("accept")).await["isError"], false);
}

#[tokio::test]
async fn a_yes_that_nobody_was_asked_for_sends_nothing() {
    let (gateway, _, token) = Gateway::with_device().await;
    let refused = result(&gateway, &token, forms(), answered("accept")).await;
    assert_eq!(refused["structuredContent"]["error"]["code"], "confirmation_required");
    let mut other = answered("accept");
    result(&gateway, &token, forms(), track()).await;
    other["arguments"]["arguments"]["event"] = json!("Refunded");
    let refused = result(&gateway, &token, forms(), other).await;
    assert_eq!(refused["structuredContent"]["error"]["code"], "confirmation_required");
}

#[tokio::test]
async fn an_approval_is_a_link_to_open_and_a_yes_of_the_client_is_none() {
    let (gateway, person, _) = Gateway::with_device().await;
    let token = gateway.device(&person, Rule::Approve).await;
    let links = json!({"elicitation": {"form": {}, "url": {}}});
    let asked = result(&gateway, &token, links.clone(), track()).await;
    let question = &asked["inputRequests"]["preview"];
    assert_eq!(
        (&asked["resultType"], &question["params"]["mode"]),
        (&json!("input_required"), &json!("url"))
    );
    let link = question["params"]["url"].as_str().unwrap();
    assert!(link.starts_with("https://keys.example.com/approve/"), "{link}");
    let yes = result(&gateway, &token, links, answered("accept")).await;
    assert_eq!(yes["structuredContent"]["error"]["code"], "approval_required");
    // One that can open no links is told it as text.
    let told = result(&gateway, &token, forms(), track()).await;
    assert_eq!(told["structuredContent"]["error"]["code"], "approval_required");
    assert!(told["content"][0]["text"].as_str().unwrap().contains("/approve/"));
}

#[tokio::test]
async fn clients_that_can_show_nothing_are_told() {
    let (gateway, _, token) = Gateway::with_device().await;
    let new = result(&gateway, &token, json!({}), track()).await;
    assert_eq!(new["structuredContent"]["error"]["code"], "confirmation_required");
    let old = tool(&gateway, &token, "call_tool", track()["arguments"].clone()).await;
    assert_eq!(old["structuredContent"]["error"]["code"], "confirmation_required");
}
