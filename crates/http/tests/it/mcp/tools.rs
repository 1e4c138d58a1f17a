use super::{rpc, tool};
use crate::gateway::{Gateway, until};
use insta::assert_json_snapshot;
use keyferry_core::Rule;
use serde_json::{Value, json};

/// What the API answers to the same call.
async fn by_the_api(gateway: &Gateway, token: &str, name: &str, body: Value) -> Value {
    gateway.post(&format!("/api/tools/{name}/execute")).token(token).json(body).send().await.shown()["body"]
        .clone()
}

fn steady(result: &Value) -> Value {
    let answer = crate::gateway::Answered {
        status: axum::http::StatusCode::OK,
        headers: axum::http::HeaderMap::new(),
        text: result.to_string(),
    };
    answer.shown()["body"].clone()
}

#[tokio::test]
async fn each_tool_answers_with_the_apis_own_body_as_structure_and_as_text() {
    let (gateway, _, token) = Gateway::with_device().await;
    let cases = [
        ("whoami", json!({}), "/api/agent/whoami"),
        (
            "search_tools",
            json!({"query": "list sources"}),
            "/api/tools/search?query=list%20sources&view=brief",
        ),
        ("list_tools", json!({"integration": "Segment"}), "/api/tools?integration=segment&view=brief"),
        ("describe_tool", json!({"name": "segment_list_sources"}), "/api/tools/segment_list_sources"),
        ("list_approvals", json!({}), "/api/approvals"),
    ];
    for (name, arguments, path) in cases {
        let result = tool(&gateway, &token, name, arguments).await;
        let expected = gateway.get(path).token(&token).send().await.shown();
        assert_eq!(steady(&result["structuredContent"]), expected["body"], "{name}");
        let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!(text, result["structuredContent"], "{name}");
        assert_eq!(result["isError"], false, "{name}");
    }
}

/// Whether every field of one stands in the other, as it is there.
fn is_within(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            part.iter().all(|(name, value)| whole.get(name).is_some_and(|other| is_within(value, other)))
        }
        (Value::Array(part), Value::Array(whole)) => {
            part.len() == whole.len() && part.iter().zip(whole).all(|(one, other)| is_within(one, other))
        }
        _ => part == whole,
    }
}

#[tokio::test]
async fn integrations_are_told_without_what_the_api_says_in_clawlinks_words() {
    let (gateway, _, token) = Gateway::with_device().await;
    let told = steady(&tool(&gateway, &token, "list_integrations", json!({})).await["structuredContent"]);
    let api = gateway.get("/api/integrations").token(&token).send().await.shown()["body"].clone();
    assert!(is_within(&told, &api), "{told:#}");
    assert_eq!(told["items"][0]["slug"], "segment");
    assert!(told["items"][0].get("capabilities").is_none(), "a list of every tool is not asked for here");
}

#[tokio::test]
async fn a_read_is_called_and_looked_up() {
    let (gateway, _, token) = Gateway::with_device().await;
    let arguments =
        json!({"name": "segment_list_sources", "arguments": {}, "select": "/data/sources/*/name"});
    let result = tool(&gateway, &token, "call_tool", arguments.clone()).await;
    let body = json!({"arguments": {}, "select": "/data/sources/*/name"});
    let expected = by_the_api(&gateway, &token, "segment_list_sources", body).await;
    assert_eq!(steady(&result["structuredContent"]), expected);
    let call = result["structuredContent"]["meta"]["callId"].clone();
    until("the call is in the journal", async || {
        let found = tool(&gateway, &token, "get_call", json!({"callId": call})).await;
        found["structuredContent"]["state"] == "succeeded"
    })
    .await;
}

#[tokio::test]
async fn a_write_is_previewed_then_called_and_not_twice() {
    let (gateway, _, token) = Gateway::with_device().await;
    let listed = tool(&gateway, &token, "call_tool", json!({"name": "segment_list_sources"})).await;
    let source =
        listed["structuredContent"]["result"]["data"]["sources"][0]["id"].as_str().unwrap().to_owned();
    let call = json!({"name": "segment_update_source", "arguments": {"sourceId": source, "name": "Renamed"}});
    let code = |result: &Value| result["structuredContent"]["error"]["code"].clone();
    let unasked = tool(&gateway, &token, "call_tool", call.clone()).await;
    assert_eq!((&unasked["isError"], code(&unasked)), (&json!(true), json!("confirmation_required")));
    let preview = tool(&gateway, &token, "preview_tool", call.clone()).await;
    assert_eq!(preview["structuredContent"]["data"]["changes"][0]["to"], "Renamed");
    assert_eq!(tool(&gateway, &token, "call_tool", call.clone()).await["isError"], false);
    assert_eq!(code(&tool(&gateway, &token, "call_tool", call).await), "confirmation_used");
}

#[tokio::test]
async fn what_a_person_has_to_approve_comes_with_the_link_as_text() {
    let (gateway, person, _) = Gateway::with_device().await;
    let token = gateway.device(&person, Rule::Approve).await;
    let call = json!({"name": "segment_track", "arguments": {"event": "Paid", "userId": "u1"}});
    let result = tool(&gateway, &token, "call_tool", call.clone()).await;
    let body = json!({"arguments": {"event": "Paid", "userId": "u1"}});
    assert_eq!(
        steady(&result["structuredContent"]),
        by_the_api(&gateway, &token, "segment_track", body).await
    );
    let link = result["structuredContent"]["approvalUrl"].as_str().unwrap().to_owned();
    assert!(link.starts_with("https://keys.example.com/approve/"));
    assert!(result["content"][0]["text"].as_str().unwrap().contains(&link));
}

#[tokio::test]
async fn refusals_of_tools_are_results_with_the_apis_body() {
    let (gateway, person, token) = Gateway::with_device().await;
    let read_only = gateway.device(&person, Rule::ReadOnly).await;
    let cases = [
        (&token, "segment_list_sources", json!({"arguments": {"limit": "many"}})),
        (&token, "segment_no_such_tool", json!({"arguments": {}})),
        (&token, "segment_list_sources", json!({"arguments": {}, "connectionId": 77})),
        (&read_only, "segment_track", json!({"arguments": {"event": "Paid", "userId": "u1"}})),
    ];
    for (token, name, body) in cases {
        let mut arguments = body.clone();
        arguments["name"] = json!(name);
        let result = tool(&gateway, token, "call_tool", arguments).await;
        let expected = by_the_api(&gateway, token, name, body).await;
        assert_eq!(result["isError"], true, "{name}");
        assert_eq!(steady(&result["structuredContent"]["error"]), expected["error"], "{name}");
        assert_eq!(steady(&result["structuredContent"]["details"]), expected["details"], "{name}");
    }
}

#[tokio::test]
async fn arguments_of_our_own_tools_are_read_strictly() {
    let (gateway, _, token) = Gateway::with_device().await;
    for (name, arguments) in [
        ("whoami", json!({"team": "x"})),
        ("search_tools", json!({})),
        ("search_tools", json!({"query": 7})),
        ("call_tool", json!({"arguments": {}})),
        ("call_tool", json!({"name": "segment_list_sources", "sourceId": "x"})),
        ("get_call", json!({"callId": "call_nobodys"})),
        ("connect", json!({"integration": "segment", "label": "x"})),
    ] {
        let result = tool(&gateway, &token, name, arguments).await;
        assert_eq!(result["isError"], true, "{name}");
        let code = result["structuredContent"]["error"]["code"].as_str().unwrap();
        assert!(["invalid_arguments", "not_found"].contains(&code), "{name}: {code}");
    }
    assert_json_snapshot!(
        rpc(&gateway, &token, "tools/call", json!({"name": "segment_list_sources", "arguments": {}})).await,
        @r#"
    {
      "error": {
        "code": -32602,
        "message": "There is no tool of this name here; tools/list has them."
      },
      "id": 1,
      "jsonrpc": "2.0"
    }
    "#
    );
}

#[tokio::test]
async fn every_answer_is_as_its_output_schema_says() {
    let (gateway, _, token) = Gateway::with_device().await;
    let listed = rpc(&gateway, &token, "tools/list", json!({})).await;
    let call = json!({"name": "segment_list_sources"});
    let done = tool(&gateway, &token, "call_tool", call.clone()).await;
    let id = done["structuredContent"]["meta"]["callId"].clone();
    gateway.broker.flush_journal().await;
    let asked = [
        ("whoami", json!({})),
        ("list_integrations", json!({})),
        ("search_tools", json!({"query": "source"})),
        ("list_tools", json!({})),
        ("describe_tool", json!({"name": "segment_list_sources"})),
        ("preview_tool", call.clone()),
        ("call_tool", call),
        ("get_call", json!({"callId": id})),
        ("connect", json!({"integration": "segment"})),
        ("connect", json!({"integration": "segment", "reuseIfConnected": false})),
        ("list_approvals", json!({})),
        ("describe_tool", json!({"name": "no_such"})),
        ("connect", json!({"integration": "no_such"})),
        ("get_call", json!({"callId": "x"})),
    ];
    for (name, arguments) in asked {
        let schema = listed["result"]["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == name);
        let schema = jsonschema::validator_for(&schema.unwrap()["outputSchema"]).unwrap();
        let answer = tool(&gateway, &token, name, arguments).await["structuredContent"].clone();
        let faults: Vec<String> = schema.iter_errors(&answer).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{name}: {faults:?} in {answer}");
    }
}
