use super::{ask, message};
use crate::gateway::Gateway;
use insta::assert_json_snapshot;
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
