//! Connect links and slots.

use crate::rig::{Rig, Wish, input, segment};
use keyferry_broker::SlotVerdict;
use keyferry_broker::view::ConnectAnswer;
use keyferry_core::{Clock, ErrorCode, Failure, Role, SecretString};
use keyferry_store::system::{self, SealedTable};
use keyferry_store::{members, users};
use keyferry_testkit::Engine::{self, Postgres, Sqlite};
use rstest::rstest;
use serde_json::json;
use std::time::Duration;

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
    let typed = |secret: &str| input("profiles", secret, &[]);
    let empty = rig.broker.save_slot(&rig.person, number, typed("  ")).await.unwrap_err();
    let pointers: Vec<&str> = empty.faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(pointers, ["/secret", "/fields/space_id"]);
    let by_device = rig.broker.save_slot(&rig.device, number, typed("k")).await;
    assert_eq!(by_device.unwrap_err().code, ErrorCode::PolicyDenied);
}

/// Lets a key be tried, and does something meanwhile.
async fn while_tried<T>(
    rig: &Rig,
    trying: impl Future<Output = Result<T, Failure>>,
    meanwhile: impl Future<Output = ()>,
) -> Result<T, Failure> {
    let before = rig.sandbox.requests(0).len();
    rig.fault(json!({"match": {"method": "GET"}, "times": 1, "kind": "delay", "ms": 1500})).await;
    let is_tried = async {
        while rig.sandbox.requests(0).len() == before {
            tokio::task::yield_now().await;
        }
    };
    let then = async {
        tokio::time::timeout(Duration::from_secs(20), is_tried).await.unwrap();
        meanwhile.await;
    };
    tokio::join!(trying, then).0
}

async fn no_key_is_kept(rig: &Rig) {
    let kept = system::sealed_batch(&rig.db, SealedTable::Credentials, "", 10).await.unwrap();
    assert!(kept.is_empty(), "{kept:?}");
}

#[tokio::test]
async fn a_connection_that_is_deleted_while_its_key_is_tried_keeps_none() {
    let rig = Rig::unconnected().await;
    let number = rig.connect_empty("Main", false).await;
    let typed = input("public_api", &rig.sandbox.credentials.us.public_api, &[]);
    let deleting = async { rig.broker.disconnect(&rig.person, number).await.unwrap() };
    let saved = while_tried(&rig, rig.broker.save_slot(&rig.person, number, typed), deleting).await;
    assert_eq!(saved.unwrap_err().code, ErrorCode::IdempotencyConflict);
    no_key_is_kept(&rig).await;
}

#[rstest]
#[tokio::test]
async fn who_leaves_the_team_while_a_key_is_tried_connects_nothing(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let rig = Rig::made(engine, Wish::default()).await;
    let leaving = rig.another_member(Role::Admin).await;
    let new = segment("Team", true);
    let typed = vec![input("public_api", &rig.sandbox.credentials.us.public_api, &[])];
    let removing = async {
        let mut tx = rig.db.begin().await.unwrap();
        members::remove(&mut tx, &leaving.team, &leaving.user, rig.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    };
    let connected = while_tried(&rig, rig.broker.connect_with(&leaving, &new, typed, None), removing).await;
    assert_eq!(connected.unwrap_err().code, ErrorCode::PolicyDenied);
    no_key_is_kept(&rig).await;
}

#[rstest]
#[tokio::test]
async fn who_is_shut_out_while_a_key_is_tried_puts_none_in_its_place(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let rig = Rig::made(engine, Wish::default()).await;
    let number = rig.connect_empty("Team", true).await;
    let leaving = rig.another_member(Role::Admin).await;
    let typed = input("public_api", &rig.sandbox.credentials.us.public_api, &[]);
    let shutting_out = async {
        let (mut tx, now) = (rig.db.begin().await.unwrap(), rig.clock.now());
        assert!(users::set_disabled(&mut tx, &leaving.user, Some(now), now).await.unwrap());
        tx.commit().await.unwrap();
    };
    let saved = while_tried(&rig, rig.broker.save_slot(&leaving, number, typed), shutting_out).await;
    assert_eq!(saved.unwrap_err().code, ErrorCode::PolicyDenied);
    no_key_is_kept(&rig).await;
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

#[tokio::test]
async fn keys_are_tried_together_and_saved_at_once() {
    let rig = Rig::unconnected().await;
    let (token, _) = link(&rig, true).await;
    let keys = rig.sandbox.credentials.us.clone();
    // The write key is looked up with the other one, whichever comes first.
    let inputs =
        vec![input("tracking", keys.tracking().unwrap(), &[]), input("public_api", &keys.public_api, &[])];
    let done =
        rig.broker.connect_with(&rig.person, &segment("Main", false), inputs, Some(&token)).await.unwrap();
    assert_eq!(done.verdicts, [SlotVerdict::Verified, SlotVerdict::Verified]);
    assert!(done.link_ended && done.connection.is_default);
    let session = rig.broker.connect_session(&token).await.unwrap().session;
    assert_eq!((session.status.as_str(), session.connection_id), ("connected", Some(done.connection.number)));
    rig.call("segment_get_workspace", serde_json::json!({})).await.unwrap();
    let again = rig.broker.connect_with(&rig.person, &segment("Main", false), Vec::new(), Some(&token)).await;
    assert_eq!(again.unwrap_err().code, ErrorCode::NotFound, "the link is over");
}

#[tokio::test]
async fn one_wrong_form_connects_nothing_and_every_fault_is_told() {
    let rig = Rig::unconnected().await;
    let inputs = vec![
        input("public_api", "two words", &[]),
        input("profiles", "s", &[]),
        input("tracking", "k", &[]),
        input("tracking", "k", &[]),
    ];
    let failed =
        rig.broker.connect_with(&rig.person, &segment("Main", false), inputs, None).await.unwrap_err();
    let pointers: Vec<&str> = failed.faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(pointers, ["/keys/public_api/secret", "/keys/profiles/fields/space_id", "/keys/tracking"]);
    assert!(!format!("{failed:?}").contains("two words"));
    assert!(rig.broker.connections(&rig.person).await.unwrap().connections.is_empty());
    assert!(rig.sandbox.requests(0).is_empty(), "nothing is tried before all have their form");
}

#[tokio::test]
async fn a_refused_key_is_shown_and_leaves_the_link_open() {
    let rig = Rig::unconnected().await;
    let (token, _) = link(&rig, true).await;
    let inputs = vec![input("public_api", "sgp_wrong", &[])];
    let done =
        rig.broker.connect_with(&rig.person, &segment("Main", false), inputs, Some(&token)).await.unwrap();
    assert!(matches!(&done.verdicts[..], [SlotVerdict::Refused { .. }]));
    assert_eq!((done.link_ended, done.connection.state.as_str()), (false, "needs_reauth"));
    assert_eq!(rig.broker.connect_session(&token).await.unwrap().session.status, "awaiting_user_action");
}

#[tokio::test]
async fn a_default_whose_keys_are_refused_gives_way_to_an_account_that_works() {
    let rig = Rig::unconnected().await;
    let good = rig.sandbox.credentials.us.public_api.clone();
    for (key, is_default) in [("sgp_wrong", true), ("sgp_wrong_too", false), (&good, true), (&good, false)] {
        let inputs = vec![input("public_api", key, &[])];
        let done = rig.broker.connect_with(&rig.person, &segment("Main", false), inputs, None).await.unwrap();
        assert_eq!(done.connection.is_default, is_default, "connection {}", done.connection.number);
    }
    assert!(!rig.broker.connection(&rig.device, 1).await.unwrap().is_default);
    rig.call("segment_get_workspace", json!({})).await.unwrap();
}

#[tokio::test]
async fn who_may_not_connect_does_not() {
    let rig = Rig::unconnected().await;
    let member = rig.another_member(Role::Member).await;
    let viewer = rig.another_member(Role::Viewer).await;
    for (person, shared) in [(&member, true), (&viewer, false), (&rig.device, false)] {
        let refused = rig.broker.connect_with(person, &segment("Main", shared), Vec::new(), None).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::PolicyDenied);
    }
}
