//! Approvals: by a person who may, once, in time, and only while things are as that person saw them.

use crate::rig::{Rig, code, request};
use keyferry_broker::Verdict;
use keyferry_core::{Clock, ConfirmationId, ErrorCode, Role, Rule};
use keyferry_store::{Confirmation, confirmations, connections, team_keys};
use keyferry_testkit::Engine::{self, Postgres, Sqlite};
use rstest::rstest;
use serde_json::{Value, json};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// Asks for a deletion; answers the source and the approval's id.
async fn asked(rig: &Rig) -> (Value, ConfirmationId) {
    let delete = json!({"sourceId": rig.source("docs-site").await});
    let failed = rig.call("segment_delete_source", delete.clone()).await.unwrap_err();
    assert_eq!(failed.failure.code, ErrorCode::ApprovalRequired);
    let url = failed.failure.approval_url.unwrap();
    (delete, url.rsplit('/').next().unwrap().parse().unwrap())
}

fn deletions(rig: &Rig) -> usize {
    rig.sandbox.requests(0).iter().filter(|one| one["method"] == "DELETE").count()
}

#[rstest]
#[tokio::test]
async fn an_approved_call_is_sent_once(#[values(Sqlite, Postgres)] engine: Engine) {
    let rig = Rig::on(engine).await;
    let (delete, id) = asked(&rig).await;
    let view = rig.broker.approval(&rig.person, &id).await.unwrap();
    assert_eq!((view.summary.device_label.as_str(), view.needs_fresh_sign_in), ("Agent", true));
    assert_eq!(view.before["name"], "Docs site");
    let summary = &view.summary;
    assert_eq!(summary.object.as_deref(), delete["sourceId"].as_str());
    assert_eq!((summary.object_name.as_deref(), summary.requested_by.as_str()), (Some("Docs site"), "Jane"));
    assert_eq!(code_of(rig.broker.decide(&rig.person, &id, &Verdict::Approve, false).await), "unauthorized");
    rig.broker.decide(&rig.person, &id, &Verdict::Approve, true).await.unwrap();
    rig.call("segment_delete_source", delete.clone()).await.unwrap();
    assert_eq!(code(rig.call("segment_delete_source", delete).await), "confirmation_used");
    assert_eq!(deletions(&rig), 1);
}

#[tokio::test]
async fn asking_twice_is_one_request() {
    let rig = Rig::new().await;
    let (delete, id) = asked(&rig).await;
    let again = rig.call("segment_delete_source", delete.clone()).await.unwrap_err();
    assert!(again.failure.approval_url.unwrap().ends_with(id.as_str()));
    let preview = rig.preview("segment_delete_source", delete).await.unwrap();
    assert_eq!(preview["data"]["confirmation"]["id"], id.as_str());
    let listed = rig.broker.approvals(&rig.device).await.unwrap();
    assert_eq!((listed.approvals.len(), listed.approvals[0].status.as_str()), (1, "pending"));
}

#[rstest]
#[tokio::test]
async fn a_newer_request_for_the_same_call_replaces_the_older(#[values(Sqlite, Postgres)] engine: Engine) {
    let rig = Rig::on(engine).await;
    let (delete, older) = asked(&rig).await;
    let rename = json!({"sourceId": delete["sourceId"], "name": "Production docs"});
    let trusted = rig.another_device(Rule::Trusted).await;
    rig.call_with(&trusted, "segment_update_source", request(rename)).await.unwrap();
    let preview = rig.preview("segment_delete_source", delete.clone()).await.unwrap();
    let newer: ConfirmationId = preview["data"]["confirmation"]["id"].as_str().unwrap().parse().unwrap();
    assert_ne!(newer, older);
    let page = rig.broker.approval(&rig.person, &older).await.unwrap();
    assert_eq!((page.summary.status.as_str(), page.replaced_by.as_deref()), ("void", Some(newer.as_str())));
    let late = rig.broker.decide(&rig.person, &older, &Verdict::Approve, true).await;
    assert_eq!(code_of(late), "confirmation_expired");
    rig.broker.decide(&rig.person, &newer, &Verdict::Approve, true).await.unwrap();
    assert_eq!(rig.broker.approval(&rig.person, &newer).await.unwrap().replaced_by, None);
    rig.call("segment_delete_source", delete).await.unwrap();
    assert_eq!(deletions(&rig), 1);
}

#[tokio::test]
async fn a_denial_is_told_with_its_reason() {
    let rig = Rig::new().await;
    let (delete, id) = asked(&rig).await;
    let no = Verdict::Deny { reason: Some("It is still in use.".into()) };
    rig.broker.decide(&rig.person, &id, &no, false).await.unwrap();
    let denied = rig.call("segment_delete_source", delete).await.unwrap_err();
    assert_eq!(denied.failure.code, ErrorCode::ApprovalDenied);
    assert_eq!(denied.failure.details, ["Reason: It is still in use."]);
    let late = rig.broker.decide(&rig.person, &id, &Verdict::Approve, true).await;
    assert_eq!(code_of(late), "confirmation_expired");
    assert_eq!(deletions(&rig), 0);
}

#[rstest]
#[tokio::test]
async fn a_state_that_changed_since_is_not_acted_on(#[values(Sqlite, Postgres)] engine: Engine) {
    let rig = Rig::on(engine).await;
    let (delete, id) = asked(&rig).await;
    rig.broker.decide(&rig.person, &id, &Verdict::Approve, true).await.unwrap();
    let rename = json!({"sourceId": delete["sourceId"], "name": "Production docs"});
    let trusted = rig.another_device(Rule::Trusted).await;
    rig.call_with(&trusted, "segment_update_source", request(rename)).await.unwrap();
    assert_eq!(code(rig.call("segment_delete_source", delete.clone()).await), "state_changed");
    assert_eq!(deletions(&rig), 0);
    // The approval is used up: a person has to see what it is now.
    assert_eq!(code(rig.call("segment_delete_source", delete.clone()).await), "confirmation_used");
    let preview = rig.preview("segment_delete_source", delete).await.unwrap();
    assert_eq!(preview["data"]["before"]["name"], "Production docs");
}

#[tokio::test]
async fn a_state_that_cannot_be_read_again_gives_the_approval_back() {
    let rig = Rig::new().await;
    let (delete, id) = asked(&rig).await;
    rig.broker.decide(&rig.person, &id, &Verdict::Approve, true).await.unwrap();
    let fault = json!({"match": {"method": "GET"}, "times": 40, "kind": "status", "status": 503});
    rig.fault(fault).await;
    assert_eq!(code(rig.call("segment_delete_source", delete.clone()).await), "upstream_unavailable");
    assert_eq!(deletions(&rig), 0);
    let row = rig.broker.approvals(&rig.device).await.unwrap();
    assert_eq!(row.approvals[0].status, "approved");
}

#[rstest]
#[tokio::test]
async fn a_person_has_an_hour_to_decide_and_the_device_ten_minutes_to_use_it(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let rig = Rig::on(engine).await;
    let (_, late) = asked(&rig).await;
    rig.later(60 * MINUTE).await;
    let decided = rig.broker.decide(&rig.person, &late, &Verdict::Approve, true).await;
    assert_eq!(code_of(decided), "confirmation_expired");
    let (delete, id) = asked(&rig).await;
    assert_ne!(id, late);
    rig.broker.decide(&rig.person, &id, &Verdict::Approve, true).await.unwrap();
    rig.later(10 * MINUTE).await;
    assert_eq!(code(rig.call("segment_delete_source", delete).await), "confirmation_expired");
    assert_eq!(deletions(&rig), 0);
}

#[tokio::test]
async fn only_who_may_decides() {
    let rig = Rig::unconnected().await;
    rig.connect("Shared", true).await;
    let (_, id) = asked(&rig).await;
    let member = rig.another_member(Role::Member).await;
    let (stranger, _) = rig.stranger().await;
    for nobody in [&member, &stranger, &rig.device] {
        assert_eq!(code_of(rig.broker.decide(nobody, &id, &Verdict::Approve, true).await), "not_found");
        assert!(rig.broker.approval(nobody, &id).await.is_err());
    }
    let admin = rig.another_member(Role::Admin).await;
    rig.broker.decide(&admin, &id, &Verdict::Approve, true).await.unwrap();
}

#[tokio::test]
async fn an_admin_does_not_decide_for_a_personal_connection() {
    let rig = Rig::new().await;
    let (_, id) = asked(&rig).await;
    let admin = rig.another_member(Role::Admin).await;
    assert_eq!(code_of(rig.broker.decide(&admin, &id, &Verdict::Approve, true).await), "not_found");
    assert!(rig.broker.approvals(&admin).await.unwrap().approvals.is_empty());
}

#[tokio::test]
async fn a_disconnected_account_voids_what_was_approved() {
    let rig = Rig::new().await;
    let (delete, id) = asked(&rig).await;
    rig.broker.decide(&rig.person, &id, &Verdict::Approve, true).await.unwrap();
    rig.broker.disconnect(&rig.person, 1).await.unwrap();
    assert_eq!(code(rig.call("segment_delete_source", delete).await), "needs_connection");
    let gone = connections::visible(&rig.db, &rig.person.team, &rig.person.user).await.unwrap();
    assert!(gone.is_empty());
    assert_eq!(rig.broker.approvals(&rig.device).await.unwrap().approvals[0].status, "void");
}

#[rstest]
#[tokio::test]
async fn a_row_that_does_not_open_hides_no_other_and_makes_no_key(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let rig = Rig::on(engine).await;
    let (_, id) = asked(&rig).await;
    let (team, now) = (&rig.person.team, rig.clock.now());
    let good = confirmations::approval(&rig.db, team, &rig.person.user, &id).await.unwrap().unwrap();
    let long_ago = now - 60 * 24 * 60 * MINUTE;
    let lost = Confirmation { id: ConfirmationId::new(), created_at: long_ago, digest: vec![1; 32], ..good };
    confirmations::insert(&rig.db, &lost, 10, now).await.unwrap();
    let listed = rig.broker.approvals(&rig.person).await.unwrap().approvals;
    let told: Vec<_> = listed.iter().map(|one| (one.id.as_str(), one.object_name.as_deref())).collect();
    assert_eq!(told, [(lost.id.as_str(), None), (id.as_str(), Some("Docs site"))]);
    let month: String = long_ago.rfc3339().chars().take(7).collect();
    let key = team_keys::get(&rig.db, team, &format!("body:{month}")).await.unwrap();
    assert!(key.is_none(), "a look makes no key");
}

fn code_of<T: std::fmt::Debug>(result: Result<T, keyferry_core::Failure>) -> &'static str {
    result.unwrap_err().code.as_str()
}
