//! Nothing is waited for without end: a network that swallows packets closes nothing and says nothing.

use crate::world::{START, World, someone};
use keyferry_store::{Db, StoreError, changes, users};
use keyferry_testkit::Line;
use keyferry_testkit::database::Engine::Postgres;
use std::time::Duration;
use tokio::time::timeout;

/// Far beyond every bound of the store's.
const FOR_EVER: Duration = Duration::from_secs(120);

async fn ends<T>(work: impl Future<Output = T>) -> T {
    timeout(FOR_EVER, work).await.expect("it waits without end")
}

/// A world's database by way of a line.
async fn behind_a_line(world: &World) -> (Line, Db) {
    let line = Line::to_database(world.database.url()).await;
    let db = Db::open(&line.instead_of(world.database.url())).await.unwrap();
    (line, db)
}

#[tokio::test]
async fn statements_and_transactions_over_a_silent_network_end_and_work_again_after_it() {
    let world = World::new(Postgres).await;
    let (mut line, db) = behind_a_line(&world).await;
    let mut open = db.begin().await.unwrap();
    let user = someone();
    users::insert(&mut open, &user).await.unwrap();
    line.swallow();
    let mut silent = async || {
        let (statement, transaction) =
            tokio::join!(users::count(&db), users::rename(&mut open, &user.id, "A", START));
        (statement.unwrap_err(), transaction.unwrap_err())
    };
    let (statement, transaction) = ends(silent()).await;
    for refused in [&statement, &transaction] {
        assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
    }
    let late = ends(open.commit()).await.unwrap_err();
    assert!(!matches!(late, StoreError::Corrupt { .. }), "{late:?}");
    line.mend().await;
    assert_eq!(ends(users::count(&db)).await.unwrap(), users::count(&world.db).await.unwrap());
    assert_eq!(users::get(&db, &user.id).await.unwrap(), None, "the transaction was undone");
}

#[tokio::test]
async fn a_silence_that_uses_up_every_connection_leaves_none_of_them_lost() {
    let world = World::new(Postgres).await;
    let (mut line, db) = behind_a_line(&world).await;
    let all_at_once = async || {
        let asked = (0..40).map(|_| {
            let db = db.clone();
            tokio::spawn(async move { users::count(&db).await })
        });
        let mut answers = Vec::new();
        for answer in asked.collect::<Vec<_>>() {
            answers.push(answer.await.unwrap());
        }
        answers
    };
    assert!(all_at_once().await.iter().all(Result::is_ok));
    line.swallow();
    for refused in ends(all_at_once()).await {
        assert!(refused.as_ref().is_err_and(StoreError::is_unavailable), "{refused:?}");
    }
    line.mend().await;
    assert!(ends(all_at_once()).await.iter().all(Result::is_ok));
    ends(db.close()).await;
}

#[tokio::test]
async fn who_listens_over_a_silent_network_is_told() {
    let world = World::new(Postgres).await;
    let (mut line, db) = behind_a_line(&world).await;
    let mut listener = changes::listen(&db).await.unwrap();
    line.swallow();
    let refused = ends(listener.wait()).await.unwrap_err();
    assert!(refused.is_unavailable(), "{refused:?}");
    line.mend().await;
    assert!(changes::listen(&db).await.is_ok());
}

#[tokio::test]
async fn a_statement_that_the_server_works_on_without_end_is_ended_by_it() {
    let world = World::new(Postgres).await;
    let mut holder = world.db.begin().await.unwrap();
    assert!(users::rename(&mut holder, &world.user, "Holder", START).await.unwrap());
    let mut waiter = world.db.begin().await.unwrap();
    let refused = ends(users::rename(&mut waiter, &world.user, "Waiter", START)).await.unwrap_err();
    assert!(refused.is_unavailable(), "{refused:?}");
    let refused = waiter.commit().await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused(_)), "a commit would be a rollback: {refused:?}");
    holder.commit().await.unwrap();
    assert_eq!(users::get(&world.db, &world.user).await.unwrap().unwrap().name, "Holder");
}
