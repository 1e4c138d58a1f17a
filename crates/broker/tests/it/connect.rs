//! Connect links and slots.

use crate::rig::Rig;
use keyferry_broker::view::ConnectAnswer;
use keyferry_core::{ErrorCode, Role, SecretString};

async fn link(rig: &Rig, reuse: bool) -> (SecretString, String) {
    match rig.broker.start_connection(&rig.device, "segment", reuse).await.unwrap() {
        ConnectAnswer::Link { session_token, connect_url, .. } => {
            (SecretString::from(session_token), connect_url)
        }
        ConnectAnswer::Already { .. } => panic!("connected already"),
    }
}

#[tokio::test]
async fn a_link_is_completed_by_a_member_and_its_token_reads_the_status() {
    let rig = Rig::unconnected().await;
    let (token, url) = link(&rig, true).await;
    assert!(url.starts_with("https://keyferry.example/connect/segment?session=kcs_"));
    assert_eq!(rig.broker.connect_session(&token).await.unwrap().session.status, "awaiting_user_action");
    let request = rig.broker.connect_request(&rig.person, &token).await.unwrap();
    assert_eq!(request.integration, "segment");
    let number = rig.connect("Main", false).await;
    rig.broker.complete_connect(&rig.person, &token, number).await.unwrap();
    let session = rig.broker.connect_session(&token).await.unwrap().session;
    assert_eq!((session.status.as_str(), session.connection_id), ("connected", Some(number)));
    let again = rig.broker.start_connection(&rig.device, "segment", true).await.unwrap();
    assert!(matches!(again, ConnectAnswer::Already { .. }));
}

#[tokio::test]
async fn a_living_link_is_given_again_and_an_old_one_is_expired() {
    let rig = Rig::unconnected().await;
    let (_, first) = link(&rig, true).await;
    let (token, second) = link(&rig, true).await;
    assert_eq!(first, second);
    rig.later(std::time::Duration::from_secs(15 * 60)).await;
    assert_eq!(rig.broker.connect_session(&token).await.unwrap().session.status, "expired");
    assert_ne!(link(&rig, true).await.1, first);
}

#[tokio::test]
async fn a_planted_link_does_not_exist_for_others() {
    let rig = Rig::unconnected().await;
    let (token, _) = link(&rig, true).await;
    let (stranger, _) = rig.stranger().await;
    let viewer = rig.another_member(Role::Viewer).await;
    for nobody in [&stranger, &viewer, &rig.device] {
        let asked = rig.broker.connect_request(nobody, &token).await;
        assert_eq!(asked.unwrap_err().code, ErrorCode::NotFound);
    }
    let wrong = SecretString::from("kcs_0000");
    assert_eq!(rig.broker.connect_session(&wrong).await.unwrap_err().code, ErrorCode::NotFound);
}

#[tokio::test]
async fn what_is_typed_into_a_slot_must_have_its_form() {
    let rig = Rig::unconnected().await;
    let number = rig.connect_empty("Main", false).await;
    let input = |secret: &str| keyferry_broker::SlotInput {
        slot: "profiles".into(),
        secret: SecretString::from(secret),
        fields: Default::default(),
    };
    let empty = rig.broker.save_slot(&rig.person, number, input("  ")).await.unwrap_err();
    let pointers: Vec<&str> = empty.faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(pointers, ["/secret", "/fields/space_id"]);
    let by_device = rig.broker.save_slot(&rig.device, number, input("k")).await;
    assert_eq!(by_device.unwrap_err().code, ErrorCode::PolicyDenied);
}

#[tokio::test]
async fn a_new_default_takes_the_place_of_the_old() {
    let rig = Rig::new().await;
    let second = rig.connect("Second", false).await;
    let edit = keyferry_broker::ConnectionEdit { label: Some("Live".into()), make_default: true };
    let view = rig.broker.edit_connection(&rig.person, second, &edit).await.unwrap();
    assert_eq!((view.label.as_str(), view.is_default), ("Live", true));
    assert!(!rig.broker.connection(&rig.device, 1).await.unwrap().is_default);
}

#[tokio::test]
async fn the_devices_that_used_a_connection_are_told_before_it_goes() {
    let rig = Rig::new().await;
    assert!(rig.broker.devices_using(&rig.person, 1).await.unwrap().is_empty());
    rig.call("segment_get_workspace", serde_json::json!({})).await.unwrap();
    rig.written().await;
    let used = rig.broker.devices_using(&rig.person, 1).await.unwrap();
    assert_eq!((used.len(), used[0].label.as_str()), (1, "Agent"));
}
