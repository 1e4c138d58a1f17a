//! The MCP doors, as clients of two ages speak to them.

mod clawlink;
mod door;
mod elicit;
mod exposed;
mod handshake;
mod others;
mod tools;

use crate::gateway::{Answered, Asking, Gateway};
use serde_json::{Value, json};

pub(super) const HOST: &str = "keys.example.com";
const NEW: &str = "2026-07-28";
const META: &str = "io.modelcontextprotocol";

/// A client that shook hands once and says no more of itself.
pub(super) fn ask(gateway: &Gateway, path: &str, token: &str, body: Value) -> Asking {
    gateway
        .post(path)
        .header("host", HOST)
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2025-06-18")
        .token(token)
        .json(body)
}

pub(super) fn message(method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

pub(super) async fn rpc(gateway: &Gateway, token: &str, method: &str, params: Value) -> Value {
    ask(gateway, "/mcp", token, message(method, params)).send().await.json()
}

/// Calls one of the tools; answers the result.
pub(super) async fn tool(gateway: &Gateway, token: &str, name: &str, arguments: Value) -> Value {
    let answer = rpc(gateway, token, "tools/call", json!({"name": name, "arguments": arguments})).await;
    assert!(answer["error"].is_null(), "{answer}");
    answer["result"].clone()
}

/// A client of 2026-07-28, which says with each request what it is and can.
pub(super) async fn new_tool(
    gateway: &Gateway,
    token: &str,
    capabilities: Value,
    mut params: Value,
) -> Answered {
    let name = params["name"].as_str().unwrap().to_owned();
    params["_meta"] = json!({
        format!("{META}/protocolVersion"): NEW,
        format!("{META}/clientInfo"): {"name": "a client", "version": "1"},
        format!("{META}/clientCapabilities"): capabilities,
    });
    gateway
        .post("/mcp")
        .header("host", HOST)
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", NEW)
        .header("mcp-method", "tools/call")
        .header("mcp-name", &name)
        .token(token)
        .json(message("tools/call", params))
        .send()
        .await
}
