//! Secrets of answers come back as handles, and a handle is taken for its own resource only.

use crate::rig::{Rig, request};
use keyferry_broker::Verdict;
use keyferry_core::{ConfirmationId, ErrorCode};
use serde_json::{Value, json};

async fn write_keys(rig: &Rig, source: &str) -> Vec<String> {
    let answer = rig.call("segment_get_source", json!({"sourceId": source})).await.unwrap();
    let keys = answer["result"]["data"]["source"]["writeKeys"].as_array().unwrap();
    keys.iter().map(|key| key.as_str().unwrap().to_owned()).collect()
}

async fn approved(rig: &Rig, tool: &str, arguments: &Value) {
    let preview = rig.preview(tool, arguments.clone()).await.unwrap();
    let id: ConfirmationId = preview["data"]["confirmation"]["id"].as_str().unwrap().parse().unwrap();
    rig.broker.decide(&rig.person, &id, &Verdict::Approve, true).await.unwrap();
}

#[tokio::test]
async fn a_write_key_is_removed_by_its_handle() {
    let rig = Rig::new().await;
    let source = rig.source("website").await;
    let handles = write_keys(&rig, &source).await;
    assert!(handles.iter().all(|handle| handle.starts_with("kfs_")), "{handles:?}");
    let arguments = json!({"sourceId": source, "writeKey": handles[1]});
    approved(&rig, "segment_remove_source_write_key", &arguments).await;
    rig.call("segment_remove_source_write_key", arguments).await.unwrap();
    let removed = &rig.sandbox.credentials.us.write_keys["website"][1];
    let sent = rig.sandbox.requests(0).into_iter().find(|one| one["method"] == "DELETE").unwrap();
    assert!(sent["path"].as_str().unwrap().ends_with(removed.as_str()));
    assert_eq!(write_keys(&rig, &source).await, handles[..1]);
}

#[tokio::test]
async fn a_key_in_the_clear_is_shown_as_its_handle_and_never_kept() {
    let rig = Rig::new().await;
    let source = rig.source("website").await;
    let handles = write_keys(&rig, &source).await;
    let secret = rig.sandbox.credentials.us.write_keys["website"][1].clone();
    let arguments = json!({"sourceId": source, "writeKey": secret});
    let preview = rig.preview("segment_remove_source_write_key", arguments.clone()).await.unwrap();
    assert_eq!(preview["args"]["writeKey"], handles[1].as_str());
    assert!(!preview.to_string().contains(&secret));
    let after = preview["data"]["after"]["writeKeys"].as_array().unwrap();
    assert_eq!(after, &[json!(handles[0])], "the difference compares handles");
    rig.written().await;
    let bytes = rig.stored();
    assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
}

#[tokio::test]
async fn a_handle_of_another_source_stands_for_nothing() {
    let rig = Rig::new().await;
    let (website, backend) = (rig.source("website").await, rig.source("backend").await);
    let foreign = write_keys(&rig, &backend).await.remove(0);
    let arguments = json!({"sourceId": website, "writeKey": foreign});
    let failed = rig.preview("segment_remove_source_write_key", arguments).await.unwrap_err();
    assert_eq!(failed.failure.code, ErrorCode::InvalidArguments);
    assert!(!rig.sandbox.requests(0).iter().any(|one| one["method"] == "DELETE"));
}

#[tokio::test]
async fn a_handle_elsewhere_is_refused() {
    let rig = Rig::new().await;
    let source = rig.source("website").await;
    let handle = write_keys(&rig, &source).await.remove(0);
    let event = json!({"userId": handle, "event": "A"});
    let failed = rig.call_with(&rig.device, "segment_track", request(event)).await.unwrap_err();
    assert_eq!(failed.failure.code, ErrorCode::InvalidArguments);
}
