use crate::gateway::{Gateway, until};
use keyferry_core::Rule;
use serde_json::{Value, json};

/// Reads the device's journal until it holds `count` calls: reads are written a moment after they are answered.
pub(super) async fn journal(gateway: &Gateway, token: &str, query: &str, count: usize) -> Vec<Value> {
    let mut calls = Vec::new();
    until("the calls are in the journal", async || {
        let page = gateway.get(&format!("/api/calls?{query}")).token(token).send().await.json();
        calls = page["calls"].as_array().unwrap().clone();
        calls.len() >= count && calls.iter().all(|call| call["state"] != "intent")
    })
    .await;
    calls
}

pub(super) async fn read_sources(gateway: &Gateway, token: &str) {
    let done =
        gateway.post("/api/tools/segment_list_sources/execute").token(token).json(json!({})).send().await;
    assert_eq!(done.status, 200, "{}", done.text);
}

#[tokio::test]
async fn the_journal_is_the_devices_own_and_tells_each_call_in_full() {
    let (gateway, person, token) = Gateway::with_device().await;
    let other = gateway.device(&person, Rule::Confirm).await;
    read_sources(&gateway, &token).await;
    let calls = journal(&gateway, &token, "", 1).await;
    assert_eq!(calls.len(), 1);
    assert_eq!(
        (&calls[0]["tool"], &calls[0]["state"]),
        (&"segment_list_sources".into(), &"succeeded".into())
    );
    assert_eq!(calls[0]["connectionId"], 1);

    let path = format!("/api/calls/{}", calls[0]["id"].as_str().unwrap());
    let one = gateway.get(&path).token(&token).send().await.json();
    assert_eq!(one["id"], calls[0]["id"]);
    assert_eq!(one["arguments"], json!({"limit": 50}));

    assert_eq!(gateway.get(&path).token(&other).send().await.status, 404);
    assert_eq!(gateway.get("/api/calls").token(&other).send().await.json()["calls"], json!([]));
}

#[tokio::test]
async fn pages_follow_one_another_and_filters_hold() {
    let (gateway, _, token) = Gateway::with_device().await;
    for _ in 0..3 {
        read_sources(&gateway, &token).await;
    }
    let all = journal(&gateway, &token, "", 3).await;
    let mut walked = Vec::new();
    let mut cursor = String::new();
    loop {
        let page =
            gateway.get(&format!("/api/calls?limit=2&cursor={cursor}")).token(&token).send().await.json();
        walked.extend(page["calls"].as_array().unwrap().clone());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(walked, all);
    for (query, count) in [
        ("tool=segment_list_sources", 3),
        ("tool=segment_get_source", 0),
        ("state=failed", 0),
        ("impact=read&connection=1&integration=segment", 3),
        ("connection=2", 0),
        ("until=2000-01-01T00:00:00Z", 0),
        ("since=2000-01-01T00:00:00Z", 3),
    ] {
        let page = gateway.get(&format!("/api/calls?{query}")).token(&token).send().await.json();
        assert_eq!(page["calls"].as_array().unwrap().len(), count, "{query}");
    }
}

#[tokio::test]
async fn a_filter_of_the_wrong_form_is_named() {
    let (gateway, _, token) = Gateway::with_device().await;
    for name in ["connection", "state", "impact", "since", "until", "parent", "cursor", "limit"] {
        let answer = gateway.get(&format!("/api/calls?{name}=!")).token(&token).send().await;
        assert_eq!(answer.status, 400, "{name}");
        assert_eq!(answer.json()["invalidFields"], json!([format!("/{name}")]));
    }
}
