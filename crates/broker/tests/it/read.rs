//! The read path: list, search, describe, call of a read.

use crate::rig::{Rig, code, request};
use keyferry_broker::{CallRequest, IntegrationsQuery};
use keyferry_core::{Clock, ErrorCode, Rule};
use keyferry_store::device_rules::{self, Narrowing};
use serde_json::json;

#[tokio::test]
async fn a_read_goes_through_with_the_key_that_the_agent_never_had() {
    let rig = Rig::new().await;
    let answer = rig.call("segment_get_workspace", json!({})).await.unwrap();
    assert_eq!(answer["ok"], true);
    assert_eq!(answer["connectionId"], 1);
    assert!(answer["result"]["data"]["workspace"]["id"].is_string(), "{answer}");
    let sent = rig.sandbox.requests(0).pop().unwrap();
    let key = &rig.sandbox.credentials.us.public_api;
    assert_eq!(sent["headers"]["authorization"], format!("Bearer {key}"));
    assert!(!answer.to_string().contains(key.as_str()));
}

#[tokio::test]
async fn select_takes_the_part_that_is_wanted() {
    let rig = Rig::new().await;
    let asked = CallRequest { select: Some("/data/sources/*/slug".into()), ..request(json!({"limit": 2})) };
    let answer = rig.call_with(&rig.device, "segment_list_sources", asked).await.unwrap();
    assert_eq!(answer["result"].as_array().map(Vec::len), Some(2));
    assert_eq!(answer["hint"], json!(null));
    let astray = CallRequest { select: Some("/data/nope".into()), ..request(json!({"limit": 2})) };
    let astray = rig.call_with(&rig.device, "segment_list_sources", astray).await.unwrap();
    assert_eq!(astray["result"], json!(null));
    assert!(astray["hint"].as_str().is_some_and(|hint| hint.contains("`/data` has")), "{astray}");
    let wrong = CallRequest { select: Some("data".into()), ..request(json!({})) };
    assert_eq!(code(rig.call_with(&rig.device, "segment_list_sources", wrong).await), "invalid_arguments");
}

#[tokio::test]
async fn what_is_wrong_is_told_before_anything_is_sent() {
    let rig = Rig::new().await;
    let before = rig.sandbox.requests(0).len();
    let missing = rig.call("segment_get_sorce", json!({})).await.unwrap_err();
    assert_eq!(missing.failure.code, ErrorCode::ToolNotFound);
    assert!(
        missing.failure.details.contains(&"segment_get_source".to_owned()),
        "{:?}",
        missing.failure.details
    );
    let placeholder = rig.call("segment_get_source", json!({"source_id": "YOUR_SOURCE_ID"})).await;
    assert_eq!(code(placeholder), "placeholder_argument");
    let batch = json!({"batch": [{"type": "identify"}, {"type": "track", "event": "A"}]});
    let identity = rig.call("segment_batch", batch).await.unwrap_err();
    assert_eq!(identity.failure.code, ErrorCode::MissingIdentity);
    let pointers: Vec<&str> = identity.failure.faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert!(pointers.contains(&"/batch/0") && pointers.contains(&"/batch/1"), "{pointers:?}");
    assert_eq!(rig.sandbox.requests(0).len(), before);
}

#[tokio::test]
async fn without_a_connection_the_hint_is_the_link() {
    let rig = Rig::unconnected().await;
    let failed = rig.call("segment_get_workspace", json!({})).await.unwrap_err();
    assert_eq!(failed.failure.code, ErrorCode::NeedsConnection);
    assert!(failed.failure.hint.unwrap().contains("https://keyferry.example/connect/segment"));
    rig.connect_empty("Bare", false).await;
    assert_eq!(code(rig.call("segment_get_workspace", json!({})).await), "needs_credential");
}

#[tokio::test]
async fn the_number_or_the_default_chooses_the_account() {
    let rig = Rig::new().await;
    let second = rig.connect("Second", false).await;
    let on = |connection| CallRequest { connection, ..request(json!({})) };
    let default = rig.call_with(&rig.device, "segment_get_workspace", on(None)).await.unwrap();
    assert_eq!(default["connectionId"], 1);
    let given = rig.call_with(&rig.device, "segment_get_workspace", on(Some(second))).await.unwrap();
    assert_eq!(given["connectionId"], second);
    let unknown = rig.call_with(&rig.device, "segment_get_workspace", on(Some(99))).await;
    assert_eq!(code(unknown), "not_found");
}

#[tokio::test]
async fn several_accounts_without_a_default_are_listed() {
    let rig = Rig::new().await;
    rig.connect_empty("Second", false).await;
    rig.connect_empty("Third", false).await;
    rig.broker.disconnect(&rig.person, 1).await.unwrap();
    let failed = rig.call("segment_get_workspace", json!({})).await.unwrap_err();
    assert_eq!(failed.failure.code, ErrorCode::AmbiguousConnection);
    assert_eq!(failed.failure.details, ["2: Second (us)", "3: Third (us)"]);
}

#[tokio::test]
async fn a_persons_own_default_comes_before_the_teams() {
    let rig = Rig::unconnected().await;
    rig.connect("Shared", true).await;
    let own = rig.connect("Own", false).await;
    let listed = rig.broker.tools(&rig.device, Some("segment")).await.unwrap();
    assert_eq!((listed.tools[0].default_connection_id, listed.tools[0].connection_count), (Some(own), 2));
}

#[tokio::test]
async fn a_rule_may_be_narrowed_for_one_tool() {
    let rig = Rig::new().await;
    let device = rig.another_device(Rule::Trusted).await;
    let narrowing = Narrowing {
        integration: Some("segment".into()),
        connection: None,
        tool: Some("segment_track".into()),
        rule: Rule::ReadOnly,
    };
    let mut tx = rig.db.begin().await.unwrap();
    let id = device.device().unwrap();
    device_rules::replace(&mut tx, &device.team, id, &[narrowing], rig.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    rig.follower.catch_up().await.unwrap();
    let track = json!({"userId": "u1", "event": "A"});
    let denied = rig.call_with(&device, "segment_track", request(track)).await.unwrap_err();
    assert_eq!(denied.failure.code, ErrorCode::PolicyDenied);
    assert!(
        denied.failure.message.contains("read-only (for the tool segment_track)"),
        "{}",
        denied.failure.message
    );
    let page = json!({"userId": "u1", "name": "Home"});
    rig.call_with(&device, "segment_page", request(page)).await.unwrap();
}

#[tokio::test]
async fn an_unknown_source_is_told_by_the_tools_own_code() {
    let rig = Rig::new().await;
    let failed = rig.call("segment_get_source", json!({"sourceId": "nosuchsource1234567890"})).await;
    assert_eq!(code(failed), "invalid_source_id");
}

#[tokio::test]
async fn lists_say_enough_to_choose_and_describe_says_everything() {
    let rig = Rig::new().await;
    let listed = serde_json::to_value(rig.broker.tools(&rig.device, Some("segment")).await.unwrap()).unwrap();
    let delete =
        listed["tools"].as_array().unwrap().iter().find(|t| t["name"] == "segment_delete_source").unwrap();
    assert_eq!((&delete["mode"], &delete["risk"]), (&json!("destructive"), &json!("high_impact")));
    assert_eq!(delete["canonical"]["action"], "delete_source");
    assert!(delete.get("inputSchema").is_none());
    let described = rig.broker.describe(&rig.device, "segment_delete_source").await.unwrap();
    let described = serde_json::to_value(described).unwrap();
    assert!(described["inputSchema"]["properties"]["sourceId"].is_object());
    assert!(described["policyReason"].as_str().unwrap().contains("a person approves it first"));
    assert_eq!(described["connections"][0]["authState"], "active");
    let found = rig.broker.search_brief("rename a source", None, Some(3)).unwrap();
    assert!(found.tools.iter().any(|tool| tool.name == "segment_update_source"));
    assert!(rig.broker.search_brief(" ", None, None).is_err());
    let integrations = rig.broker.integrations(&rig.device, &IntegrationsQuery::default()).await.unwrap();
    assert_eq!((integrations.integrations.len(), integrations.items.len()), (1, 1));
}

#[tokio::test]
async fn a_read_only_device_reads_and_nothing_more() {
    let rig = Rig::new().await;
    let device = rig.another_device(Rule::ReadOnly).await;
    rig.call_with(&device, "segment_get_workspace", request(json!({}))).await.unwrap();
    let event = json!({"userId": "u1", "event": "A"});
    assert_eq!(code(rig.call_with(&device, "segment_track", request(event.clone())).await), "policy_denied");
    let previewed = rig.broker.preview(&device, "segment_track", request(event)).await;
    assert_eq!(code(previewed), "policy_denied");
    assert!(rig.received("POST", "/v1/track").is_empty());
}

#[tokio::test]
async fn a_person_in_a_browser_calls_no_tools() {
    let rig = Rig::new().await;
    let called = rig.call_with(&rig.person, "segment_get_workspace", request(json!({}))).await;
    assert_eq!(code(called), "policy_denied");
}

#[tokio::test]
async fn a_gateway_that_cannot_hear_of_revocations_sends_nothing() {
    let rig = Rig::new().await;
    let before = rig.sandbox.requests(0).len();
    rig.clock.advance(std::time::Duration::from_secs(11));
    assert_eq!(code(rig.call("segment_get_workspace", json!({})).await), "gateway_unavailable");
    assert_eq!(rig.sandbox.requests(0).len(), before);
    rig.follower.catch_up().await.unwrap();
    rig.call("segment_get_workspace", json!({})).await.unwrap();
}
