//! Another team's and another member's things, through the tools: as if they did not exist.

use super::{ask, message, tool};
use crate::gateway::{Gateway, Person};
use keyferry_core::{CallId, Rule};
use serde_json::{Value, json};

/// A call of hers on a second connection, so that its number exists for her alone.
struct Hers {
    call: String,
    number: i64,
}

async fn hers(gateway: &Gateway, person: &Person) -> Hers {
    gateway.connect(person).await;
    let number = gateway.connect(person).await;
    let token = gateway.device(person, Rule::Confirm).await;
    let body = json!({"arguments": {}, "connectionId": number});
    let done = gateway.post("/api/tools/segment_list_sources/execute").token(&token).json(body).send().await;
    gateway.broker.flush_journal().await;
    Hers { call: done.json()["meta"]["callId"].as_str().unwrap().to_owned(), number }
}

/// What is the same for all that don't exist, however they were named.
fn told(mut result: Value, named: &str) -> Value {
    result["structuredContent"]["meta"] = Value::Null;
    result["content"] = Value::Null;
    serde_json::from_str(&result.to_string().replace(&format!("{named}."), "[named].")).unwrap()
}

async fn crossed(gateway: &Gateway, token: &str, hers: &Hers) {
    let nobodys = CallId::new().to_string();
    for name in ["call_tool", "preview_tool"] {
        let with =
            |number: i64| json!({"name": "segment_list_sources", "arguments": {}, "connectionId": number});
        let asked = async |number: i64| {
            told(tool(gateway, token, name, with(number)).await, &format!("connection {number}"))
        };
        let (there, nowhere) = (asked(hers.number).await, asked(hers.number + 70).await);
        assert_eq!((&there["isError"], &there), (&json!(true), &nowhere), "{name}");
    }
    let asked = async |id: &str| told(tool(gateway, token, "get_call", json!({"callId": id})).await, id);
    let (there, nowhere) = (asked(&hers.call).await, asked(&nobodys).await);
    assert_eq!((&there["isError"], &there), (&json!(true), &nowhere));
    let execution = async |id: &str| {
        let params = json!({"name": "clawlink.get_execution", "arguments": {"execution_id": id}});
        let answer = ask(gateway, "/api/mcp", token, message("tools/call", params)).send().await;
        told(answer.json()["result"].clone(), id)
    };
    let (there, nowhere) = (execution(&hers.call).await, execution(&nobodys).await);
    assert_eq!((&there["isError"], &there), (&json!(true), &nowhere));
}

#[tokio::test]
async fn another_teams_things_are_not_there() {
    let (gateway, _, token) = Gateway::with_device().await;
    let eve = gateway.person("eve@example.com").await;
    crossed(&gateway, &token, &hers(&gateway, &eve).await).await;
}

#[tokio::test]
async fn another_members_things_are_not_there() {
    let (gateway, person, _) = Gateway::with_device().await;
    let colleague = gateway.colleague(&person, "bob@example.com").await;
    let token = gateway.device(&colleague, Rule::Confirm).await;
    crossed(&gateway, &token, &hers(&gateway, &person).await).await;
}
