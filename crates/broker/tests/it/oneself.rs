//! What is another's is as if it did not exist.

use crate::rig::{Rig, request};
use keyferry_broker::CallsQuery;
use keyferry_core::{ErrorCode, Failure, Role};
use serde_json::json;

fn not_found<T: std::fmt::Debug>(result: Result<T, Failure>) {
    assert_eq!(result.unwrap_err().code, ErrorCode::NotFound);
}

#[tokio::test]
async fn another_team_sees_nothing_and_changes_nothing() {
    let rig = Rig::new().await;
    let done = rig.call("segment_get_workspace", json!({})).await.unwrap();
    rig.written().await;
    let call = done["meta"]["callId"].as_str().unwrap().parse().unwrap();
    let (person, device) = rig.stranger().await;
    not_found(rig.broker.connection(&person, 1).await);
    not_found(rig.broker.disconnect(&person, 1).await);
    not_found(rig.broker.test_connection(&device, 1).await);
    not_found(rig.broker.call_record(&device, &call).await);
    not_found(rig.broker.call_record(&person, &call).await);
    assert!(rig.broker.calls(&device, &CallsQuery::default()).await.unwrap().calls.is_empty());
    let asked = keyferry_broker::CallRequest { connection: Some(1), ..request(json!({})) };
    let called = rig.call_with(&device, "segment_get_workspace", asked).await.unwrap_err();
    assert_eq!(called.failure.code, ErrorCode::NotFound);
    rig.broker.connection(&rig.person, 1).await.unwrap();
}

#[tokio::test]
async fn another_member_does_not_see_a_personal_connection() {
    let rig = Rig::new().await;
    let admin = rig.another_member(Role::Admin).await;
    not_found(rig.broker.connection(&admin, 1).await);
    not_found(rig.broker.disconnect(&admin, 1).await);
    assert!(rig.broker.connections(&admin).await.unwrap().connections.is_empty());
}

#[tokio::test]
async fn a_member_uses_a_shared_connection_and_does_not_change_it() {
    let rig = Rig::unconnected().await;
    rig.connect("Shared", true).await;
    let member = rig.another_member(Role::Member).await;
    rig.broker.connection(&member, 1).await.unwrap();
    assert_eq!(rig.broker.disconnect(&member, 1).await.unwrap_err().code, ErrorCode::PolicyDenied);
}
