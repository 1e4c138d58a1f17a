//! The journal in batches.

use crate::world::{World, outcome};
use keyferry_store::journal_batch::{Entry, write};
use keyferry_store::{CallState, Db, NewCall, StoreError, subjects};
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;
use sqlx::{ConnectOptions, Executor};
use std::str::FromStr;

fn ended(call: &NewCall, state: CallState) -> Entry {
    Entry::Ended { team: call.team.clone(), call: call.id.clone(), outcome: outcome(state) }
}

#[rstest]
#[tokio::test]
async fn begin_and_end_may_come_together_apart_or_whole(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let [together, apart, whole, open] = [(); 4].map(|()| world.call());
    let first = [
        Entry::Begun(together.clone()),
        Entry::Begun(apart.clone()),
        ended(&together, CallState::Succeeded),
        Entry::Whole(whole.clone(), outcome(CallState::Refused)),
        Entry::Begun(open.clone()),
    ];
    assert!(write(&world.db, &first).await.unwrap().is_empty());
    assert_eq!(world.stored(&apart.id).await.state, CallState::Intent);
    assert!(write(&world.db, &[ended(&apart, CallState::Failed)]).await.unwrap().is_empty());
    assert!(write(&world.db, &[ended(&apart, CallState::Succeeded)]).await.unwrap().is_empty());
    let expected = [
        (&together, CallState::Succeeded),
        (&apart, CallState::Failed),
        (&whole, CallState::Refused),
        (&open, CallState::Intent),
    ];
    for (call, state) in expected {
        let stored = world.stored(&call.id).await;
        assert_eq!(stored.state, state);
        assert_eq!(stored.result, (state != CallState::Intent).then(|| vec![6; 10]));
        assert_eq!(stored.bytes_out, if state == CallState::Intent { 0 } else { 20 });
    }
}

/// How many calls concern the person whom all calls of the world concern.
async fn concerning(world: &World) -> usize {
    let count = subjects::count(&world.db, &world.team, &[9; 32]).await.unwrap();
    count.try_into().unwrap()
}

#[rstest]
#[tokio::test]
async fn batches_of_any_size_are_written_whole(
    #[values(Sqlite, Postgres)] engine: Engine,
    #[values(0, 1, 5, 85, 200)] size: usize,
) {
    let world = World::new(engine).await;
    let calls: Vec<NewCall> = (0..size).map(|_| world.call()).collect();
    let begun: Vec<Entry> = calls.iter().cloned().map(Entry::Begun).collect();
    let done: Vec<Entry> = calls.iter().map(|call| ended(call, CallState::Succeeded)).collect();
    assert!(write(&world.db, &begun).await.unwrap().is_empty());
    assert!(write(&world.db, &begun).await.unwrap().is_empty(), "again, as after a lost answer");
    assert!(write(&world.db, &done).await.unwrap().is_empty());
    for call in calls {
        assert_eq!(world.stored(&call.id).await.state, CallState::Succeeded);
    }
    assert_eq!(concerning(&world).await, size, "each call has its subject");
}

/// Makes the database refuse calls of one tool, as a bug in a trigger or a damaged index might.
async fn refuse(world: &World) {
    let url = world.database.url();
    match &world.db {
        Db::Sqlite(_) => {
            let options = sqlx::sqlite::SqliteConnectOptions::from_str(url).unwrap();
            let trigger = "CREATE TRIGGER refuse BEFORE INSERT ON calls WHEN new.tool = 'bad' \
                 BEGIN SELECT RAISE(ABORT, 'refused'); END";
            options.connect().await.unwrap().execute(trigger).await.unwrap();
        }
        Db::Postgres(_) => {
            let options = sqlx::postgres::PgConnectOptions::from_str(url).unwrap();
            let check = "ALTER TABLE calls ADD CONSTRAINT refuse CHECK (tool <> 'bad')";
            options.connect().await.unwrap().execute(check).await.unwrap();
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_row_that_is_refused_harms_its_own_call_only(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    refuse(&world).await;
    let mut calls: Vec<NewCall> = (0..10).map(|_| world.call()).collect();
    calls[4].tool = "bad".to_owned();
    let entries: Vec<Entry> = calls.iter().cloned().map(Entry::Begun).collect();
    let failed = write(&world.db, &entries).await.unwrap();
    assert!(matches!(&failed[..], [(4, StoreError::Refused(_))]), "{failed:?}");
    assert_eq!(concerning(&world).await, 9);
}

#[rstest]
#[tokio::test]
async fn a_database_that_is_gone_refuses_the_whole_batch(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    world.db.close().await;
    let refused = write(&world.db, &[Entry::Begun(world.call())]).await.unwrap_err();
    assert!(refused.is_unavailable(), "{refused:?}");
}
