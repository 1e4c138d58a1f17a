//! Erasing a person, some calls at a time.

use crate::world::{START, World, outcome, team};
use keyferry_core::{Consent, TeamId};
use keyferry_store::claim::{self, Claim, Claimed, GiveBack};
use keyferry_store::journal_batch::{Entry, write};
use keyferry_store::{CallState, NewCall, confirmations, subjects};
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;

#[rstest]
#[tokio::test]
async fn a_person_is_erased_from_what_concerns_them(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, team_id) = (&world.db, &world.team);
    let confirmation = world.previewed(Consent::Preview).await;
    let concerns = world.call();
    let beneath = NewCall { parent: Some(concerns.id.clone()), subjects: vec![], ..world.call() };
    let another = NewCall { subjects: vec![[8; 32]], digest: vec![6; 32], ..world.call() };
    let calls = [concerns.clone(), beneath.clone(), another.clone()];
    let entries = calls.map(|call| Entry::Whole(call, outcome(CallState::Succeeded)));
    assert!(write(db, &entries).await.unwrap().is_empty());
    let erase =
        async |team: &TeamId, subject: [u8; 32]| subjects::erase_some(db, team, &subject).await.unwrap();
    let elsewhere = team(db).await;
    assert_eq!((erase(&elsewhere, [9; 32]).await, erase(team_id, [7; 32]).await), (0, 0));
    assert!(confirmations::get(db, team_id, &world.device, &confirmation.id).await.unwrap().is_some());
    assert_eq!(subjects::count(db, team_id, &[9; 32]).await.unwrap(), 1);
    assert_eq!(erase(team_id, [9; 32]).await, 1);
    for call in [&concerns, &beneath] {
        let stored = world.stored(&call.id).await;
        assert_eq!((stored.arguments, stored.result, stored.object), (None, None, None));
        assert_eq!((stored.state, stored.tool), (CallState::Succeeded, call.tool.clone()));
    }
    assert!(world.stored(&another.id).await.arguments.is_some());
    assert_eq!(confirmations::get(db, team_id, &world.device, &confirmation.id).await.unwrap(), None);
    assert_eq!(erase(team_id, [9; 32]).await, 0, "the hash is gone too");
}

#[rstest]
#[tokio::test]
async fn of_many_calls_some_are_erased_at_a_time_and_in_the_end_all(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (db, team) = (&world.db, &world.team);
    let calls: Vec<NewCall> = (0..250).map(|_| world.call()).collect();
    let entries: Vec<Entry> =
        calls.iter().map(|call| Entry::Whole(call.clone(), outcome(CallState::Succeeded))).collect();
    assert!(write(db, &entries).await.unwrap().is_empty());
    let mut left = vec![subjects::count(db, team, &[9; 32]).await.unwrap()];
    while subjects::erase_some(db, team, &[9; 32]).await.unwrap() > 0 {
        left.push(subjects::count(db, team, &[9; 32]).await.unwrap());
    }
    assert_eq!(left, [250, 150, 50, 0], "what was erased stays so: who is interrupted goes on from there");
    for call in &calls {
        let stored = world.stored(&call.id).await;
        assert_eq!((stored.arguments, stored.result, stored.object), (None, None, None));
    }
}

#[rstest]
#[tokio::test]
async fn a_call_that_was_under_way_keeps_no_answer_about_who_was_erased(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (db, team) = (&world.db, &world.team);
    let about_another = NewCall { subjects: vec![[8; 32]], ..world.call() };
    let calls = [world.call(), about_another];
    for call in &calls {
        let call = call.clone();
        let claim = Claim { claimed_at: START, call, confirmation: None, idempotency: None };
        assert_eq!(claim::claim(db.begin().await.unwrap(), &claim).await.unwrap(), Claimed::Taken);
    }
    assert_eq!(subjects::erase_some(db, team, &[9; 32]).await.unwrap(), 1);
    for (call, answer) in calls.iter().zip([None, Some(vec![6; 10])]) {
        let done = outcome(CallState::Succeeded);
        assert!(claim::release(db, team, &call.id, &done, &GiveBack::default()).await.unwrap());
        let stored = world.stored(&call.id).await;
        assert_eq!((stored.state, stored.status, stored.result), (done.state, done.status, answer));
    }
}
