//! What time takes care of: overdue intents, and what is over.

use crate::world::{MINUTE, START, World, outcome};
use keyferry_core::Consent;
use keyferry_store::calls::{CallFilter, Whose};
use keyferry_store::claim::{Claim, Claimed, IdempotencyClaim, claim};
use keyferry_store::journal_batch::{Entry, write};
use keyferry_store::{CallState, NewCall, calls, confirmations, outcome as outcomes, subjects, system};
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;

#[rstest]
#[tokio::test]
async fn an_overdue_intent_becomes_unknown_and_its_key_may_be_taken_over(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let db = &world.db;
    let key = IdempotencyClaim { key_hash: vec![1], expires_at: START + 99 * MINUTE, takes_over: None };
    let dead = Claim { call: world.call(), confirmation: None, idempotency: Some(key.clone()) };
    assert_eq!(claim(db, &dead).await.unwrap(), Claimed::Taken);
    let done = world.call();
    write(db, &[Entry::Whole(done.clone(), outcome(CallState::Succeeded))]).await.unwrap();
    let now = START + 2 * MINUTE;
    assert_eq!(system::sweep_overdue(db, dead.call.deadline_at, now, 10).await.unwrap(), [], "not yet");
    let swept = system::sweep_overdue(db, now, now, 10).await.unwrap();
    assert!(matches!(&swept[..], [overdue] if overdue.call == dead.call.id), "{swept:?}");
    let stored = world.stored(&dead.call.id).await;
    assert_eq!((stored.state, stored.finished_at), (CallState::Unknown, Some(now)));
    assert_eq!(stored.error_code.as_deref(), Some("outcome_unknown"));
    assert_eq!(world.stored(&done.id).await.state, CallState::Succeeded);
    let late = outcome(CallState::Succeeded);
    assert!(!outcomes::record(db, &world.team, &dead.call.id, &late).await.unwrap());
    let key = IdempotencyClaim { takes_over: Some(dead.call.id), ..key };
    let again = Claim { call: world.call(), confirmation: None, idempotency: Some(key) };
    assert_eq!(claim(db, &again).await.unwrap(), Claimed::Taken);
}

#[rstest]
#[tokio::test]
async fn a_sweep_takes_no_more_than_it_is_told(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let entries: Vec<Entry> = (0..5).map(|_| Entry::Begun(world.call())).collect();
    write(&world.db, &entries).await.unwrap();
    let now = START + 2 * MINUTE;
    let mut swept = Vec::new();
    for _ in 0..3 {
        swept.push(system::sweep_overdue(&world.db, now, now, 2).await.unwrap().len());
    }
    assert_eq!(swept, [2, 2, 1]);
}

#[rstest]
#[tokio::test]
async fn the_journal_is_pruned_in_batches_bodies_first(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let db = &world.db;
    let old: Vec<NewCall> = (0..3).map(|_| world.call()).collect();
    let new = NewCall { started_at: START + MINUTE, ..world.call() };
    let entries: Vec<Entry> = old.iter().chain([&new]).cloned().map(Entry::Begun).collect();
    write(db, &entries).await.unwrap();
    let before = START + MINUTE;
    assert_eq!(system::prune_bodies(db, before, 2).await.unwrap(), 2);
    assert_eq!(system::prune_bodies(db, before, 2).await.unwrap(), 1);
    assert_eq!(system::prune_bodies(db, before, 2).await.unwrap(), 0);
    assert_eq!(world.stored(&old[0].id).await.arguments, None);
    assert!(world.stored(&new.id).await.arguments.is_some());
    assert_eq!(system::prune_calls(db, before, 2).await.unwrap(), 2);
    assert_eq!(system::prune_calls(db, before, 2).await.unwrap(), 1);
    let left =
        calls::list(db, &world.team, Whose::Person(&world.user), &CallFilter::default(), 10).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(subjects::calls_of(db, &world.team, &[9; 32]).await.unwrap(), [new.id]);
}

#[rstest]
#[tokio::test]
async fn what_is_over_goes_and_what_is_not_stays(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let db = &world.db;
    let confirmation = world.previewed(Consent::Preview).await;
    keyferry_store::attempts::note(db, "a", "x", START).await.unwrap();
    assert_eq!(system::prune_short_lived(db, START).await.unwrap().rows, 0);
    assert_eq!(system::prune_short_lived(db, START + MINUTE).await.unwrap().rows, 1, "the guess");
    let get = || confirmations::get(db, &world.team, &world.device, &confirmation.id);
    assert!(get().await.unwrap().is_some());
    assert_eq!(system::prune_short_lived(db, START + 11 * MINUTE).await.unwrap().rows, 1);
    assert!(get().await.unwrap().is_none());
}
