//! What time takes care of: overdue intents, and what is over.

use crate::world::{MINUTE, START, World, claim, outcome, record};
use keyferry_core::Consent;
use keyferry_store::calls::{CallFilter, Whose};
use keyferry_store::claim::{Claim, Claimed, GiveBack, IdempotencyClaim, release};
use keyferry_store::journal_batch::{Entry, write};
use keyferry_store::{
    CallState, Db, NewCall, Outcome, attempts, budgets, calls, changes, confirmations, subjects, system,
};
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;
use sqlx::{ConnectOptions, Executor};
use std::str::FromStr;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[rstest]
#[tokio::test]
async fn an_overdue_intent_becomes_unknown_and_its_key_may_be_taken_over(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let db = &world.db;
    let key = IdempotencyClaim { key_hash: vec![1], expires_at: START + 99 * MINUTE, takes_over: None };
    let dead =
        Claim { call: world.call(), claimed_at: START, confirmation: None, idempotency: Some(key.clone()) };
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
    let key = IdempotencyClaim { takes_over: Some(dead.call.id), ..key };
    let again = Claim { call: world.call(), claimed_at: START, confirmation: None, idempotency: Some(key) };
    assert_eq!(claim(db, &again).await.unwrap(), Claimed::Taken);
}

#[rstest]
#[tokio::test]
async fn a_known_outcome_that_comes_late_replaces_the_guess(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let db = &world.db;
    let confirmation = world.previewed(Consent::Preview).await;
    let key = IdempotencyClaim { key_hash: vec![1], expires_at: START + 99 * MINUTE, takes_over: None };
    let slow = Claim {
        call: world.call(),
        claimed_at: START,
        confirmation: Some(confirmation.id.clone()),
        idempotency: Some(key.clone()),
    };
    let read = world.call();
    assert_eq!(claim(db, &slow).await.unwrap(), Claimed::Taken);
    write(db, &[Entry::Begun(read.clone())]).await.unwrap();
    let now = START + 2 * MINUTE;
    assert_eq!(system::sweep_overdue(db, now, now, 10).await.unwrap().len(), 2);

    let refused = Outcome { attempts: 0, status: None, ..outcome(CallState::Failed) };
    let back = GiveBack { key: true, confirmation: true, taken_from: None };
    assert!(release(db, &world.team, &slow.call.id, &refused, &back).await.unwrap());
    assert!(!release(db, &world.team, &slow.call.id, &refused, &back).await.unwrap(), "only once");
    assert_eq!(world.stored(&slow.call.id).await.state, CallState::Failed);
    let again = Claim { call: world.call(), ..slow };
    assert_eq!(claim(db, &again).await.unwrap(), Claimed::Taken, "key and confirmation came back");

    let ended = Entry::Ended {
        team: world.team.clone(),
        call: read.id.clone(),
        outcome: outcome(CallState::Succeeded),
    };
    write(db, &[ended]).await.unwrap();
    assert_eq!(world.stored(&read.id).await.state, CallState::Succeeded);
}

#[rstest]
#[tokio::test]
async fn an_unknown_that_the_call_itself_told_stays(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let call = world.call();
    let told = Outcome {
        error_code: Some("outcome_unknown".to_owned()),
        status: None,
        ..outcome(CallState::Unknown)
    };
    write(&world.db, &[Entry::Whole(call.clone(), told)]).await.unwrap();
    let late = outcome(CallState::Succeeded);
    assert!(!record(&world.db, &world.team, &call.id, &late).await.unwrap());
    assert_eq!(world.stored(&call.id).await.state, CallState::Unknown);
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
    assert_eq!(subjects::count(db, &world.team, &[9; 32]).await.unwrap(), 1);
}

#[rstest]
#[tokio::test]
async fn answers_go_before_arguments_and_make_room(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let db = &world.db;
    let done = outcome(CallState::Succeeded);
    let late = Outcome { finished_at: START + MINUTE, ..done.clone() };
    let ended: Vec<NewCall> = (0..4).map(|_| world.call()).collect();
    let outcomes = [&done, &done, &done, &late];
    let entries: Vec<Entry> =
        ended.iter().zip(outcomes).map(|(call, how)| Entry::Whole(call.clone(), how.clone())).collect();
    write(db, &entries).await.unwrap();
    let before = START + MINUTE;
    let prune = async || system::prune_answers(db, before, 2).await.unwrap();
    assert_eq!([prune().await, prune().await, prune().await], [2, 1, 0]);
    let gone = world.stored(&ended[0].id).await;
    assert_eq!((gone.result, gone.arguments), (None, ended[0].arguments.clone()));
    assert_eq!(world.stored(&ended[3].id).await.result, late.result, "it ended later");
    assert_eq!(calls::stored_bytes(db, &world.team).await.unwrap(), 10);
}

#[rstest]
#[tokio::test]
async fn what_is_over_goes_and_what_is_not_stays(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let db = &world.db;
    let confirmation = world.previewed(Consent::Preview).await;
    attempts::note(db, "a", "x", START).await.unwrap();
    let all = async |before| system::prune_short_lived(db, before, 1000).await.rows;
    assert_eq!(all(START).await, 0);
    let changes = u64::try_from(changes::latest(db).await.unwrap()).unwrap();
    assert_eq!(all(START + MINUTE).await, 1 + changes, "the guess, and what every process has read");
    let get = || confirmations::get(db, &world.team, &world.device, &confirmation.id);
    assert!(get().await.unwrap().is_some());
    assert_eq!(all(START + 11 * MINUTE).await, 1);
    assert!(get().await.unwrap().is_none());
}

#[rstest]
#[tokio::test]
async fn what_lives_shortly_goes_in_batches_and_budgets_with_it(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let db = &world.db;
    let later = START + 10 * MINUTE;
    changes::prune(db, later, 1000).await.unwrap();
    for bucket in ["a", "b", "held back"] {
        budgets::take(db, bucket, 10, (1, None), START).await.unwrap();
    }
    budgets::take(db, "in use", 10, (1, None), later).await.unwrap();
    budgets::drain_until(db, "held back", later + MINUTE).await.unwrap();
    for id in ["x", "y", "z"] {
        attempts::note(db, id, "scope", START).await.unwrap();
    }
    let first = system::prune_short_lived(db, later, 2).await;
    assert_eq!((first.rows, first.more), (4, true));
    let second = system::prune_short_lived(db, later, 2).await;
    assert_eq!((second.rows, second.more), (1, false));
    assert_eq!(
        budgets::take(db, "in use", 1, (1, None), later).await.unwrap(),
        budgets::Taken::Wait(65 * SECOND)
    );
    assert!(matches!(
        budgets::take(db, "held back", 10, (1, None), later).await.unwrap(),
        budgets::Taken::Wait(_)
    ));
}

#[rstest]
#[tokio::test]
async fn a_table_that_is_damaged_keeps_no_other_from_being_pruned(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let db = &world.db;
    attempts::note(db, "a", "x", START).await.unwrap();
    let url = world.database.url();
    // Its step comes first.
    let damage = "ALTER TABLE confirmations RENAME COLUMN use_until TO lost";
    match db {
        Db::Sqlite(_) => {
            let options = sqlx::sqlite::SqliteConnectOptions::from_str(url).unwrap();
            options.connect().await.unwrap().execute(damage).await.unwrap();
        }
        Db::Postgres(_) => {
            let options = sqlx::postgres::PgConnectOptions::from_str(url).unwrap();
            options.connect().await.unwrap().execute(damage).await.unwrap();
        }
    }
    let changes = u64::try_from(changes::latest(db).await.unwrap()).unwrap();
    let pruned = system::prune_short_lived(db, START + MINUTE, 1000).await;
    assert_eq!((pruned.rows, pruned.failed.is_some()), (1 + changes, true), "the guess and the changes went");
}
