use super::{HOST, META, NEW, ask, message, rpc};
use crate::gateway::Gateway;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

async fn initialize(gateway: &Gateway, token: &str, version: &str) -> Value {
    let params = json!({
        "protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "a client", "version": "1"},
    });
    let asking =
        gateway.post("/mcp").header("host", HOST).header("accept", "application/json, text/event-stream");
    asking.token(token).json(message("initialize", params)).send().await.json()["result"].clone()
}

#[tokio::test]
async fn older_clients_shake_hands_and_get_the_version_that_they_know() {
    let (gateway, _, token) = Gateway::with_device().await;
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        assert_eq!(initialize(&gateway, &token, version).await["protocolVersion"], version);
    }
    let mut answer = initialize(&gateway, &token, "2025-06-18").await;
    answer["serverInfo"]["version"] = "[version]".into();
    answer["instructions"] = "[instructions]".into();
    assert_json_snapshot!(answer, @r#"
    {
      "capabilities": {
        "prompts": {},
        "resources": {},
        "tools": {}
      },
      "instructions": "[instructions]",
      "protocolVersion": "2025-06-18",
      "serverInfo": {
        "name": "keyferry",
        "title": "Keyferry",
        "version": "[version]"
      }
    }
    "#);
    let done = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let told = ask(&gateway, "/mcp", &token, done).send().await;
    assert_eq!((told.status.as_u16(), told.text.as_str()), (202, ""));
    assert_eq!(rpc(&gateway, &token, "ping", json!({})).await["result"], json!({}));
    for (method, list) in [("prompts/list", "prompts"), ("resources/list", "resources")] {
        assert_eq!(rpc(&gateway, &token, method, json!({})).await["result"][list], json!([]), "{method}");
    }
    for (method, params, code) in [
        ("prompts/get", json!({"name": "x"}), -32602),
        ("resources/read", json!({"uri": "test://x"}), -32002),
        ("logging/setLevel", json!({"level": "info"}), -32601),
    ] {
        let answer = rpc(&gateway, &token, method, params).await;
        assert_eq!(answer["error"]["code"], code, "{method}: {answer}");
    }
}

#[tokio::test]
async fn a_new_client_asks_what_there_is_without_a_handshake() {
    let (gateway, _, token) = Gateway::with_device().await;
    let params = json!({"_meta": {
        format!("{META}/protocolVersion"): NEW,
        format!("{META}/clientInfo"): {"name": "a client", "version": "1"},
        format!("{META}/clientCapabilities"): {},
    }});
    let asking =
        gateway.post("/mcp").header("host", HOST).header("accept", "application/json, text/event-stream");
    let asking =
        asking.header("mcp-protocol-version", NEW).header("mcp-method", "server/discover").token(&token);
    let answer = asking.json(message("server/discover", params)).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let versions = answer.json()["result"]["supportedVersions"].as_array().unwrap().clone();
    assert!(versions.contains(&json!(NEW)), "{versions:?}");
    assert!(!answer.headers.contains_key("mcp-session-id"));
}

#[tokio::test]
async fn the_ten_tools_say_what_they_do_to_the_world() {
    let (gateway, _, token) = Gateway::with_device().await;
    let answer = rpc(&gateway, &token, "tools/list", json!({})).await;
    let tools = answer["result"]["tools"].as_array().unwrap();
    let said: Vec<Value> = tools
        .iter()
        .map(|tool| {
            let hints = &tool["annotations"];
            assert_eq!(tool["inputSchema"]["type"], "object");
            assert_eq!(tool["outputSchema"]["type"], "object");
            let of = |name: &str| hints[name].as_bool().unwrap();
            let words = [
                ("readOnlyHint", "reads"),
                ("destructiveHint", "destroys"),
                ("idempotentHint", "idempotent"),
            ];
            let words: Vec<&str> =
                words.into_iter().filter(|(hint, _)| of(hint)).map(|(_, word)| word).collect();
            json!(format!("{}: {}", tool["name"].as_str().unwrap(), words.join(", ")))
        })
        .collect();
    assert_json_snapshot!(said, @r#"
    [
      "whoami: reads, idempotent",
      "list_integrations: reads, idempotent",
      "search_tools: reads, idempotent",
      "list_tools: reads, idempotent",
      "describe_tool: reads, idempotent",
      "preview_tool: reads",
      "call_tool: destroys",
      "get_call: reads, idempotent",
      "connect: idempotent",
      "list_approvals: reads, idempotent"
    ]
    "#);
}
