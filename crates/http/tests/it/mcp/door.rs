//! Who is let in at all, under which name, and with what in hand.

use super::{HOST, ask, message};
use crate::gateway::Gateway;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

fn ping() -> Value {
    message("ping", json!({}))
}

#[tokio::test]
async fn nobody_is_told_where_tokens_come_from() {
    let gateway = Gateway::new().await;
    let nobody = gateway.post("/mcp").header("host", HOST).json(ping()).send().await;
    assert_eq!(nobody.status, 401);
    assert_eq!(
        nobody.headers["www-authenticate"],
        "Bearer realm=\"keyferry\", \
         resource_metadata=\"https://keys.example.com/.well-known/oauth-protected-resource/mcp\""
    );
    let wrong = ask(&gateway, "/mcp", "kfd_wrong", ping()).send().await;
    let challenge = wrong.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    let api = gateway.get("/api/agent/whoami").send().await;
    let challenge = api.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.ends_with("oauth-protected-resource/api\""), "{challenge}");
    for path in ["", "/mcp", "/api"] {
        let metadata = gateway.get(&format!("/.well-known/oauth-protected-resource{path}")).send().await;
        let resource =
            if path == "/api" { "https://keys.example.com/api" } else { "https://keys.example.com/mcp" };
        assert_eq!(metadata.json()["resource"], resource);
    }
    assert_json_snapshot!(gateway.get("/.well-known/oauth-protected-resource/mcp").send().await.shown(), @r#"
    {
      "body": {
        "authorization_servers": [
          "https://keys.example.com"
        ],
        "bearer_methods_supported": [
          "header"
        ],
        "resource": "https://keys.example.com/mcp",
        "resource_name": "Keyferry (MCP)"
      },
      "status": 200
    }
    "#);
}

#[tokio::test]
async fn a_token_is_taken_from_its_header_alone() {
    let (gateway, _, token) = Gateway::with_device().await;
    assert_eq!(ask(&gateway, "/mcp", &token, ping()).send().await.status, 200);
    let by_key = gateway.post("/mcp").header("host", HOST).header("x-keyferry-key", &token);
    let by_key = by_key.header("accept", "application/json, text/event-stream").json(ping()).send().await;
    assert_eq!(by_key.status, 200);
    let in_query = format!("/mcp?access_token={token}");
    assert_eq!(gateway.post(&in_query).header("host", HOST).json(ping()).send().await.status, 401);
    let cookie = format!("__Host-keyferry={token}");
    let by_cookie = gateway.post("/mcp").header("host", HOST).header("cookie", &cookie).json(ping());
    assert_eq!(by_cookie.send().await.status, 401);
}

#[tokio::test]
async fn a_rebound_name_and_a_foreign_page_are_refused_although_they_have_a_token() {
    let (gateway, _, token) = Gateway::with_device().await;
    let from = |host: &str, origin: Option<&str>| {
        let asking = gateway.post("/mcp").header("host", host).token(&token).json(ping());
        let asking = asking.header("accept", "application/json, text/event-stream");
        origin.into_iter().fold(asking, |asking, origin| asking.header("origin", origin)).send()
    };
    assert_eq!(from(HOST, None).await.status, 200);
    assert_eq!(from("keys.example.com:443", None).await.status, 200);
    assert_eq!(from(HOST, Some("https://keys.example.com")).await.status, 200);
    for host in ["evil.example", "keys.example.com.evil.example", "example.com", "127.0.0.1"] {
        assert_eq!(from(host, None).await.status, 403, "{host}");
    }
    for origin in ["https://evil.example", "null", "http://keys.example.com", "https://keys.example.com:8443"]
    {
        assert_eq!(from(HOST, Some(origin)).await.status, 403, "{origin}");
    }
    for path in ["/mcp", "/api/mcp"] {
        let nameless = gateway.post(path).token(&token).json(ping());
        let nameless = nameless.header("accept", "application/json, text/event-stream").send().await;
        assert_eq!(nameless.status, 400, "{path}");
    }
}

#[tokio::test]
async fn a_body_that_could_be_read_in_two_ways_is_read_in_none() {
    let (gateway, _, token) = Gateway::with_device().await;
    let twice = r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}"#;
    let asking = ask(&gateway, "/mcp", &token, json!({})).body(twice.to_owned());
    assert_json_snapshot!(asking.send().await.shown(), @r#"
    {
      "body": {
        "error": {
          "code": -32700,
          "message": "The body can't be taken as JSON: a key stands twice in one object at line 1 column 62."
        },
        "id": null,
        "jsonrpc": "2.0"
      },
      "status": 400
    }
    "#);
    for body in ["", "[]", "{", "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", "{\"a\":\"\\u0000\"}"]
    {
        let answer = ask(&gateway, "/mcp", &token, json!({})).body(body.to_owned()).send().await;
        assert!(answer.status.is_client_error(), "{body}: {} {}", answer.status, answer.text);
    }
    let form =
        gateway.post("/mcp").header("host", HOST).token(&token).form(&[("jsonrpc", "2.0")]).send().await;
    assert_eq!(form.status, 415);
}

#[tokio::test]
async fn there_is_nothing_to_listen_to_and_no_session_to_end() {
    let (gateway, _, token) = Gateway::with_device().await;
    for method in [axum::http::Method::GET, axum::http::Method::DELETE] {
        let answer = gateway.ask(method, "/mcp").header("host", HOST).token(&token).send().await;
        assert_eq!((answer.status.as_u16(), &answer.headers["allow"]), (405, &"POST".parse().unwrap()));
    }
}
