//! A refused credential: no longer good, or without one right.

use crate::rig::{Rig, code};
use serde_json::json;

#[tokio::test]
async fn a_wrong_key_marks_the_connection() {
    let rig = Rig::unconnected().await;
    let number = rig.connect_empty("Wrong", false).await;
    assert_eq!(rig.fill(number, "public_api", "sgp_wrong_key_of_nobody_at_all_123456", &[]).await, "refused");
    let failed = rig.call("segment_list_sources", json!({})).await.unwrap_err();
    assert_eq!(failed.failure.code.as_str(), "needs_reauth");
    assert!(failed.failure.hint.unwrap().contains("/dashboard/connections/1"));
    let view = rig.broker.connection(&rig.device, number).await.unwrap();
    assert_eq!(view.state, "needs_reauth");
    let key = rig.sandbox.credentials.us.public_api.clone();
    assert_eq!(rig.fill(number, "public_api", &key, &[]).await, "verified");
    assert_eq!(rig.broker.connection(&rig.device, number).await.unwrap().state, "active");
    rig.call("segment_list_sources", json!({})).await.unwrap();
}

#[tokio::test]
async fn a_key_that_stops_working_is_found_out_by_a_call() {
    let rig = Rig::new().await;
    let fault = json!({"match": {"api": "public_api"}, "times": 10, "kind": "status", "status": 401});
    rig.fault(fault).await;
    assert_eq!(code(rig.call("segment_list_sources", json!({})).await), "needs_reauth");
    assert_eq!(rig.broker.connection(&rig.device, 1).await.unwrap().state, "needs_reauth");
    let journal = rig.journal().await;
    let parent =
        journal.iter().find(|call| call["errorCode"] == "needs_reauth" && call["parentId"].is_null());
    let id = &parent.unwrap()["id"];
    let test = journal.iter().find(|call| call["parentId"] == *id).unwrap();
    assert_eq!(test["tool"], "segment_get_workspace", "the slot's test is journaled beneath the call");
}

#[tokio::test]
async fn a_right_key_without_the_right_is_forbidden_and_stays_good() {
    let rig = Rig::unconnected().await;
    let number = rig.connect_empty("Weak", false).await;
    let key = rig.sandbox.credentials.us.public_api_without_rights.clone();
    assert_eq!(rig.fill(number, "public_api", &key, &[]).await, "verified");
    assert_eq!(code(rig.call("segment_list_sources", json!({})).await), "upstream_forbidden");
    assert_eq!(rig.broker.connection(&rig.device, number).await.unwrap().state, "active");
}

#[tokio::test]
async fn a_slot_that_was_tested_lately_is_not_tested_again() {
    let rig = Rig::new().await;
    rig.later(std::time::Duration::from_secs(60)).await;
    let before = rig.sandbox.requests(0).len();
    rig.broker.test_connection(&rig.device, 1).await.unwrap();
    let tested = rig.sandbox.requests(0).len();
    assert!(tested > before);
    rig.broker.test_connection(&rig.device, 1).await.unwrap();
    assert_eq!(rig.sandbox.requests(0).len(), tested);
}

#[tokio::test]
async fn a_refused_key_does_not_replace_one_that_works() {
    let rig = Rig::new().await;
    let input = keyferry_broker::SlotInput {
        slot: "public_api".into(),
        secret: keyferry_core::SecretString::from("sgp_mistyped"),
        fields: std::collections::BTreeMap::new(),
    };
    let saved = rig.broker.save_slot(&rig.person, 1, input).await.unwrap();
    assert!(matches!(saved.verdict, keyferry_broker::SlotVerdict::Refused { .. }));
    assert_eq!((saved.kept, saved.health.state.as_str()), (false, "verified"));
    rig.call("segment_list_sources", json!({})).await.unwrap();
}

#[tokio::test]
async fn a_write_key_is_verified_only_among_the_workspaces_own() {
    let rig = Rig::unconnected().await;
    let number = rig.connect_empty("Main", false).await;
    let keys = rig.sandbox.credentials.us.clone();
    assert_eq!(rig.fill(number, "tracking", keys.tracking().unwrap(), &[]).await, "unverifiable");
    rig.fill(number, "public_api", &keys.public_api, &[]).await;
    assert_eq!(rig.fill(number, "tracking", keys.tracking().unwrap(), &[]).await, "verified");
    assert_ne!(rig.fill(number, "tracking", "notAWriteKeyOfThisWorkspace00000", &[]).await, "verified");
}
