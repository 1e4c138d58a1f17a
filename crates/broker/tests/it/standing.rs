//! What changes between the door and the send holds: nothing is sent then.

use crate::rig::{Rig, Wish, code, request};
use keyferry_broker::{CallRequest, Verdict};
use keyferry_core::{Actor, Clock, ConfirmationId, Role, Rule, ShownTools};
use keyferry_store::device_rules::{self, Narrowing};
use keyferry_store::{connections, devices, members, users};
use keyferry_testkit::Engine::{self, Postgres, Sqlite};
use rstest::rstest;
use serde_json::{Value, json};
use std::time::Duration;

/// A deletion on a shared connection that somebody else approved.
struct Approved {
    rig: Rig,
    approver: keyferry_core::Principal,
    delete: Value,
    id: ConfirmationId,
}

impl Approved {
    async fn new() -> Self {
        Self::on(Sqlite).await
    }

    async fn on(engine: Engine) -> Self {
        let rig = Rig::made(engine, Wish::default()).await;
        rig.connect("Shared", true).await;
        let approver = rig.another_member(Role::Admin).await;
        let delete = json!({"sourceId": rig.source("docs-site").await});
        let preview = rig.preview("segment_delete_source", delete.clone()).await.unwrap();
        let id: ConfirmationId = preview["data"]["confirmation"]["id"].as_str().unwrap().parse().unwrap();
        rig.broker.decide(&approver, &id, &Verdict::Approve, true).await.unwrap();
        Self { rig, approver, delete, id }
    }

    /// Calls, and changes something while what the person saw is read again.
    async fn while_read_again(&self, change: impl AsyncFnOnce(&Self)) -> &'static str {
        let rig = &self.rig;
        let before = rig.sandbox.requests(0).len();
        rig.fault(json!({"match": {"method": "GET"}, "times": 1, "kind": "delay", "ms": 1500})).await;
        let (broker, device, delete) = (rig.broker.clone(), rig.device.clone(), request(self.delete.clone()));
        let call = tokio::spawn(async move { broker.call(&device, "segment_delete_source", delete).await });
        until(|| rig.sandbox.requests(0).len() > before).await;
        change(self).await;
        rig.follower.catch_up().await.unwrap();
        code(call.await.unwrap())
    }

    async fn nothing_was_sent(&self, code: &str) {
        let requests = self.rig.sandbox.requests(0);
        assert!(!requests.iter().any(|one| one["method"] == "DELETE"), "it was sent");
        let journal = self.rig.journal().await;
        let call = journal.iter().find(|call| call["tool"] == "segment_delete_source").unwrap();
        assert_eq!((&call["state"], &call["errorCode"]), (&json!("refused"), &json!(code)));
    }
}

async fn until(reached: impl Fn() -> bool) {
    let wait = async {
        while !reached() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap();
}

#[tokio::test]
async fn a_device_that_is_revoked_before_the_send_sends_nothing() {
    let approved = Approved::new().await;
    let told = approved.while_read_again(async |it| {
        let (rig, device) = (&it.rig, it.rig.device.device().unwrap());
        let mut tx = rig.db.begin().await.unwrap();
        devices::revoke(&mut tx, &rig.device.team, device, rig.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    });
    assert_eq!(told.await, "unauthorized");
    approved.nothing_was_sent("unauthorized").await;
}

#[tokio::test]
async fn a_rule_that_is_tightened_before_the_send_holds_and_the_approval_comes_back() {
    let approved = Approved::new().await;
    let told = approved.while_read_again(async |it| set_rule(&it.rig, Rule::ReadOnly).await);
    assert_eq!(told.await, "policy_denied");
    approved.nothing_was_sent("policy_denied").await;
    let listed = approved.rig.broker.approvals(&approved.rig.device).await.unwrap().approvals;
    assert_eq!((listed[0].id.as_str(), listed[0].status.as_str()), (approved.id.as_str(), "approved"));
}

#[tokio::test]
async fn an_account_that_is_disconnected_before_the_send_is_not_used() {
    let approved = Approved::new().await;
    let told = approved.while_read_again(async |it| {
        it.rig.broker.disconnect(&it.rig.person, 1).await.unwrap();
    });
    assert_eq!(told.await, "needs_connection");
    approved.nothing_was_sent("needs_connection").await;
}

#[tokio::test]
async fn what_was_approved_by_somebody_who_is_gone_is_not_sent() {
    let approved = Approved::new().await;
    let told = approved.while_read_again(async |it| {
        let (rig, gone) = (&it.rig, &it.approver);
        let mut tx = rig.db.begin().await.unwrap();
        members::remove(&mut tx, &gone.team, &gone.user, rig.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    });
    assert_eq!(told.await, "approval_required");
    approved.nothing_was_sent("approval_required").await;
}

/// Another process ended it: it is committed, and this process has not heard of it yet.
#[rstest]
#[case("device", "unauthorized")]
#[case("person", "unauthorized")]
#[case("member", "unauthorized")]
#[case("connection", "needs_connection")]
#[case("rule", "policy_denied")]
#[case("narrowing", "policy_denied")]
#[tokio::test]
async fn what_ended_before_the_claim_is_not_sent_whatever_the_caches_know(
    #[values(Sqlite, Postgres)] engine: Engine,
    #[case] what: &str,
    #[case] told: &str,
) {
    let rig = Rig::on(engine).await;
    let device = rig.another_device(Rule::Trusted).await;
    let event = || request(json!({"userId": "u1", "event": "Signed Up"}));
    rig.call_with(&device, "segment_track", event()).await.unwrap();
    let (team, user, id, now) = (&device.team, &device.user, device.device().unwrap(), rig.clock.now());
    let connection = connections::by_number(&rig.db, team, user, 1).await.unwrap().unwrap().id;
    let mut tx = rig.db.begin().await.unwrap();
    let ended = match what {
        "device" => devices::revoke(&mut tx, team, id, now).await,
        "person" => users::set_disabled(&mut tx, user, Some(now), now).await,
        "member" => members::remove(&mut tx, team, user, now).await,
        "connection" => connections::delete(&mut tx, team, user, &connection, now).await,
        "narrowing" => {
            let rule = Narrowing {
                integration: None,
                connection: Some(connection),
                tool: None,
                rule: Rule::ReadOnly,
            };
            device_rules::replace(&mut tx, team, id, &[rule], now).await.map(|()| true)
        }
        _ => devices::set_rule(&mut tx, team, id, Rule::ReadOnly, now).await,
    };
    assert!(ended.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(code(rig.call_with(&device, "segment_track", event()).await), told);
    assert_eq!(rig.received("POST", "/v1/track").len(), 1);
}

/// The approver is not the device's owner; nobody's device or connection goes with that person.
#[rstest]
#[tokio::test]
async fn an_approval_is_void_once_its_approver_may_no_longer_decide(
    #[values(Sqlite, Postgres)] engine: Engine,
    #[values("disabled", "demoted", "removed")] how: &str,
) {
    let approved = Approved::on(engine).await;
    let (rig, approver, now) = (&approved.rig, &approved.approver, approved.rig.clock.now());
    let mut tx = rig.db.begin().await.unwrap();
    let changed = match how {
        "disabled" => users::set_disabled(&mut tx, &approver.user, Some(now), now).await,
        "demoted" => members::set_role(&mut tx, &approver.team, &approver.user, Role::Member, now).await,
        _ => members::remove(&mut tx, &approver.team, &approver.user, now).await,
    };
    assert!(changed.unwrap());
    tx.commit().await.unwrap();
    let asked = rig.call("segment_delete_source", approved.delete.clone()).await.unwrap_err();
    assert_eq!(asked.failure.code.as_str(), "approval_required");
    approved.nothing_was_sent("approval_required").await;
    let anew: ConfirmationId =
        asked.failure.approval_url.unwrap().rsplit('/').next().unwrap().parse().unwrap();
    let listed = rig.broker.approvals(&rig.device).await.unwrap().approvals;
    let states: Vec<_> = listed.iter().map(|one| (one.id.as_str(), one.status.as_str())).collect();
    assert_eq!(states, [(anew.as_str(), "pending"), (approved.id.as_str(), "void")]);
    rig.broker.decide(&rig.person, &anew, &Verdict::Approve, true).await.unwrap();
    rig.call("segment_delete_source", approved.delete.clone()).await.unwrap();
}

#[tokio::test]
async fn a_retry_with_its_key_goes_by_the_rule_of_now() {
    let rig = Rig::new().await;
    let event = json!({"userId": "u1", "event": "Signed Up"});
    let keyed = || CallRequest { idempotency_key: Some("k1".into()), ..request(event.clone()) };
    rig.preview("segment_track", event.clone()).await.unwrap();
    rig.fault(json!({"match": {"api": "tracking"}, "times": 3, "kind": "cut_after_done"})).await;
    rig.call_with(&rig.device, "segment_track", keyed()).await.unwrap_err();
    let sent = rig.received("POST", "/v1/track").len();
    set_rule(&rig, Rule::Approve).await;
    let mut device = rig.device.clone();
    let id = device.device().unwrap().clone();
    device.actor = Actor::Device { id, rule: Rule::Approve, shown_tools: ShownTools::default() };
    let asked = rig.call_with(&device, "segment_track", keyed()).await.unwrap_err();
    assert_eq!(asked.failure.code.as_str(), "approval_required");
    assert_eq!(rig.received("POST", "/v1/track").len(), sent);
    let url = asked.failure.approval_url.unwrap();
    let id = url.rsplit('/').next().unwrap().parse().unwrap();
    rig.broker.decide(&rig.person, &id, &Verdict::Approve, true).await.unwrap();
    rig.call_with(&device, "segment_track", keyed()).await.unwrap();
    assert_eq!(rig.received("POST", "/v1/track").len(), sent + 1);
}

async fn set_rule(rig: &Rig, rule: Rule) {
    let mut tx = rig.db.begin().await.unwrap();
    let device = rig.device.device().unwrap();
    devices::set_rule(&mut tx, &rig.device.team, device, rule, rig.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    rig.follower.catch_up().await.unwrap();
}
