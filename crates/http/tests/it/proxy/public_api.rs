//! The Public API and Profiles: requests are read into arguments and written anew; what is secret stays here.

use super::{AsClient, trusted};
use crate::gateway::Gateway;
use axum::http::Method;
use keyferry_core::Rule;
use serde_json::{Value, json};

const SOURCES: &str = "/proxy/segment/public_api/sources";

async fn source_id(gateway: &Gateway, token: &str) -> String {
    let list = gateway.get(SOURCES).token(token).send().await.json();
    let sources = list["data"]["sources"].as_array().unwrap();
    let website = sources.iter().find(|source| source["slug"] == "website").unwrap();
    website["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn pages_may_be_asked_for_as_each_sdk_writes_it() {
    let (gateway, _, token) = trusted().await;
    for query in [
        "pagination.count=3",
        "pagination[count]=3",
        "pagination%5Bcount%5D=3",
        "pagination=%7B%22count%22%3A3%2C%22cursor%22%3Anull%7D",
    ] {
        let answer = gateway.get(&format!("{SOURCES}?{query}")).token(&token).send().await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        assert_eq!(answer.json()["data"]["sources"].as_array().unwrap().len(), 3, "{query}");
        let arrived = gateway.arrived("public_api").await.pop().unwrap();
        assert_eq!((&arrived["path"], &arrived["query"]), (&json!("/sources"), &json!("pagination.count=3")));
    }
    for query in
        ["pagination.count=3&pagination.count=4", "other=1", "pagination=3", "a%zz=1", "pagination.count=x"]
    {
        let answer = gateway.get(&format!("{SOURCES}?{query}")).token(&token).send().await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
    }
}

#[tokio::test]
async fn an_answer_with_secret_fields_has_handles_in_their_place() {
    let (gateway, _, token) = trusted().await;
    let id = source_id(&gateway, &token).await;
    let answer = gateway.get(&format!("{SOURCES}/{id}")).token(&token).send().await;
    assert!(!answer.text.contains(gateway.write_key()), "{}", answer.text);
    let keys = answer.json()["data"]["source"]["writeKeys"].take();
    assert!(keys[0].as_str().unwrap().starts_with("kfs_"), "{keys}");
    let sent = gateway.arrived("public_api").await.pop().unwrap();
    assert_eq!(sent["headers"]["accept"], "application/vnd.segment.v1+json");
}

#[tokio::test]
async fn a_change_is_written_anew_and_no_property_takes_the_paths_place() {
    let (gateway, _, token) = trusted().await;
    let id = source_id(&gateway, &token).await;
    let patch = |body: Value| gateway.ask(Method::PATCH, &format!("{SOURCES}/{id}")).token(&token).json(body);
    let renamed = patch(json!({"name": "Renamed"})).send().await;
    assert_eq!(renamed.json()["data"]["source"]["name"], "Renamed", "{}", renamed.text);
    for body in [json!({"name": "x", "sourceId": "other"}), json!({"name": "x", "writeKeys": []}), json!([])]
    {
        let refused = patch(body.clone()).send().await;
        assert_eq!(refused.status, 400, "{body}");
        assert!(refused.json()["errors"][0]["type"].is_string(), "{}", refused.text);
    }
}

#[tokio::test]
async fn what_has_high_impact_is_never_sent_from_here() {
    let (gateway, _, token) = trusted().await;
    let id = source_id(&gateway, &token).await;
    let answer = gateway.ask(Method::DELETE, &format!("{SOURCES}/{id}")).token(&token).send().await;
    assert_eq!(answer.status, 412);
    let body = answer.json();
    assert_eq!(body["error"]["code"], "approval_required");
    assert!(body["hint"].as_str().unwrap().contains("segment_delete_source"), "{body}");
    let arrived = gateway.arrived("public_api").await;
    assert!(arrived.iter().all(|request| request["method"] == "GET"), "{arrived:#?}");
}

#[tokio::test]
async fn a_profile_is_read_in_the_connections_own_space_only() {
    let (gateway, person, _) = trusted().await;
    let token = gateway.device(&person, Rule::ReadOnly).await;
    let space = gateway.sandbox.credentials.us.space_id.clone();
    let path = |space: &str| {
        format!("/proxy/segment/profiles/v1/spaces/{space}/collections/users/profiles/user_id:u-1001/traits")
    };
    let before = gateway.arrived("profiles").await.len();
    let answer = gateway.get(&path(&space)).basic(&token).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.json()["traits"].is_object(), "{}", answer.text);
    assert!(answer.json()["cursor"].get("url").is_none(), "{}", answer.text);
    assert_eq!(gateway.get(&path("spa_another")).basic(&token).send().await.status, 404);
    assert_eq!(gateway.arrived("profiles").await.len(), before + 1);
}

#[tokio::test]
async fn a_short_answer_without_secret_fields_comes_as_it_came_and_with_its_length() {
    let (gateway, _, token) = trusted().await;
    let path = "/proxy/segment/public_api/usage/api-calls/sources/daily?period=2026-11-01";
    let answer = gateway.get(path).token(&token).open().await;
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(answer.headers()["content-type"], "application/vnd.segment.v1+json");
    let length = answer.headers()["content-length"].to_str().unwrap().parse();
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    assert_eq!(length, Ok(bytes.len()));
    let body: Value = serde_json::from_slice(&bytes).unwrap();
    assert!(body["data"]["dailyPerSourceAPICallsUsage"].is_array(), "{body}");
    gateway.broker.flush_journal().await;
    let calls = gateway.get("/api/calls").token(&token).send().await.json();
    assert_eq!(calls["calls"][0]["state"], "succeeded", "{calls:#}");
}
