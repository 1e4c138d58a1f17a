use super::{ask, message};
use crate::dashboard::browser::{Browser, led_to, must_not_say, must_say};
use crate::gateway::{Gateway, Person};
use insta::assert_json_snapshot;
use keyferry_core::{DeviceId, Rule};
use serde_json::{Value, json};

async fn rpc(gateway: &Gateway, token: &str, method: &str, params: Value) -> Value {
    let path = "/mcp?tools=segment_list_sources,segment_delete_source,segment_track";
    ask(gateway, path, token, message(method, params)).send().await.json()
}

#[tokio::test]
async fn chosen_tools_stand_beside_the_ten_under_their_own_names() {
    let (gateway, _, token) = Gateway::with_device().await;
    let tools = rpc(&gateway, &token, "tools/list", json!({})).await["result"]["tools"].clone();
    let own: Vec<Value> = tools.as_array().unwrap()[10..]
        .iter()
        .map(|tool| json!([tool["name"], tool["annotations"], tool["inputSchema"]["required"]]))
        .collect();
    assert_json_snapshot!(own, @r#"
    [
      [
        "segment_list_sources",
        {
          "destructiveHint": false,
          "idempotentHint": true,
          "openWorldHint": true,
          "readOnlyHint": true
        },
        null
      ],
      [
        "segment_delete_source",
        {
          "destructiveHint": true,
          "idempotentHint": false,
          "openWorldHint": true,
          "readOnlyHint": false
        },
        [
          "sourceId"
        ]
      ],
      [
        "segment_track",
        {
          "destructiveHint": false,
          "idempotentHint": true,
          "openWorldHint": true,
          "readOnlyHint": false
        },
        [
          "event"
        ]
      ]
    ]
    "#);
    let arguments = json!({"name": "segment_list_sources", "arguments": {"limit": 1, "connectionId": 1}});
    let done = rpc(&gateway, &token, "tools/call", arguments).await;
    assert_eq!(done["result"]["structuredContent"]["args"], json!({"limit": 1}), "{done}");
}

#[tokio::test]
async fn a_write_under_its_own_name_takes_a_preview_all_the_same() {
    let (gateway, _, token) = Gateway::with_device().await;
    let event = json!({"event": "Paid", "userId": "u1"});
    let call = json!({"name": "segment_track", "arguments": event});
    let unasked = rpc(&gateway, &token, "tools/call", call.clone()).await;
    assert_eq!(unasked["result"]["structuredContent"]["error"]["code"], "confirmation_required");
    let preview = json!({"name": "preview_tool", "arguments": {"name": "segment_track", "arguments": event}});
    assert_eq!(rpc(&gateway, &token, "tools/call", preview).await["result"]["isError"], false);
    assert_eq!(rpc(&gateway, &token, "tools/call", call).await["result"]["isError"], false);
}

#[tokio::test]
async fn a_name_that_is_not_in_the_catalog_is_told_with_the_nearest() {
    let (gateway, _, token) = Gateway::with_device().await;
    let asking = ask(&gateway, "/mcp?tools=segment_list_source", &token, message("tools/list", json!({})));
    let answer = asking.send().await;
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]["code"]), (400, &json!(-32602)));
    assert!(answer.text.contains("segment_list_sources"), "{}", answer.text);
    let many: Vec<String> = (0..31).map(|n| format!("t{n}")).collect();
    let asking = ask(&gateway, &format!("/mcp?tools={}", many.join(",")), &token, message("ping", json!({})));
    assert_eq!(asking.send().await.status, 400);
}

/// What `tools/list` names besides the ten.
async fn beside(gateway: &Gateway, token: &str, path: &str) -> Vec<String> {
    let answer = ask(gateway, path, token, message("tools/list", json!({}))).send().await.json();
    let tools = answer["result"]["tools"].as_array().unwrap_or_else(|| panic!("{answer}"));
    tools[10..].iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

async fn one_device() -> (Gateway, Person, DeviceId, String) {
    let gateway = Gateway::new().await;
    let ada = gateway.person("ada@example.com").await;
    gateway.connect(&ada).await;
    let (id, token) = gateway.named_device(&ada, Rule::Confirm).await;
    (gateway, ada, id, token)
}

#[tokio::test]
async fn a_person_chooses_a_devices_tools_on_its_page_until_the_address_says_others() {
    let (gateway, _, id, token) = one_device().await;
    let page = format!("/dashboard/devices/{id}");
    let mut browser = Browser::of(&gateway, "ada@example.com").await;
    assert!(beside(&gateway, &token, "/mcp").await.is_empty());
    let chosen = [("tools", "segment_track\r\nsegment_list_sources")];
    assert_eq!(led_to(&browser.post(&format!("{page}/tools"), &chosen).await), page);
    must_say(&browser.get(&page).await, "segment_track\nsegment_list_sources</textarea>");
    assert_eq!(beside(&gateway, &token, "/mcp").await, ["segment_track", "segment_list_sources"]);
    assert_eq!(beside(&gateway, &token, "/mcp?tools=segment_page").await, ["segment_page"]);
    assert!(beside(&gateway, &token, "/mcp?tools=").await.is_empty());

    let read = json!({"name": "segment_list_sources", "arguments": {"limit": 1}});
    let done = ask(&gateway, "/mcp", &token, message("tools/call", read)).send().await.json();
    assert_eq!(done["result"]["structuredContent"]["ok"], true, "{done}");
    let event = json!({"name": "segment_track", "arguments": {"event": "Paid", "userId": "u1"}});
    let refused = ask(&gateway, "/mcp", &token, message("tools/call", event)).send().await.json();
    assert_eq!(refused["result"]["structuredContent"]["error"]["code"], "confirmation_required");

    assert_eq!(led_to(&browser.post(&format!("{page}/tools"), &[("tools", "")]).await), page);
    assert!(beside(&gateway, &token, "/mcp").await.is_empty());
}

#[tokio::test]
async fn a_page_takes_names_of_the_catalog_and_from_the_owner_alone() {
    let (gateway, ada, id, token) = one_device().await;
    let path = format!("/dashboard/devices/{id}/tools");
    let mut browser = Browser::of(&gateway, "ada@example.com").await;
    let wrong = browser.post(&path, &[("tools", "segment_list_source")]).await;
    assert_eq!(wrong.status, 422);
    must_say(&wrong, "did you mean segment_list_sources");
    must_say(&wrong, "segment_list_source</textarea>");
    let many: Vec<String> = (0..31).map(|n| format!("t{n}")).collect();
    assert_eq!(browser.post(&path, &[("tools", &many.join(" "))]).await.status, 422);
    assert!(beside(&gateway, &token, "/mcp").await.is_empty());

    let bob = gateway.colleague(&ada, "bob@example.com").await;
    let (his, _) = gateway.named_device(&bob, Rule::Confirm).await;
    let path = format!("/dashboard/devices/{his}");
    must_not_say(&browser.get(&path).await, "Tools for MCP clients");
    assert_eq!(browser.post(&format!("{path}/tools"), &[("tools", "segment_track")]).await.status, 403);
}

#[tokio::test]
async fn a_chosen_tool_that_is_gone_from_the_catalog_hides_no_other() {
    let (gateway, ada, id, token) = one_device().await;
    let tools = "gone_since,segment_track".parse().unwrap();
    gateway.identity.devices.show_tools(&ada.principal, &id, &tools).await.unwrap();
    assert_eq!(beside(&gateway, &token, "/mcp").await, ["segment_track"]);
}
