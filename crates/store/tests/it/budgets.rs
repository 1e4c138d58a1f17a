use crate::world::{MINUTE, START, hundred};
use keyferry_core::Timestamp;
use keyferry_store::budgets::{Taken, drain_until, take};
use keyferry_testkit::database::Database;
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;
use std::time::Duration;

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_takers_as_many_get_one_as_there_are(#[values(Sqlite, Postgres)] engine: Engine) {
    let database = Database::new(engine).await;
    let taken = hundred(|_| {
        let db = database.db.clone();
        async move { take(&db, "segment", 60, START).await.unwrap() }
    })
    .await;
    assert_eq!(taken.iter().filter(|taken| **taken == Taken::Yes).count(), 60);
    assert_eq!(take(&database.db, "other", 60, START).await.unwrap(), Taken::Yes, "a bucket of its own");
}

#[rstest]
#[tokio::test]
async fn what_it_says_to_wait_is_enough_and_no_minute_sees_more_than_the_limit(
    #[values(Sqlite, Postgres)] engine: Engine,
    #[values(1, 7)] limit: i64,
) {
    let database = Database::new(engine).await;
    let mut now = START;
    let mut sent: Vec<Timestamp> = Vec::new();
    let mut waited = 0;
    while sent.len() < 40 {
        match take(&database.db, "segment", limit, now).await.unwrap() {
            Taken::Yes => {
                sent.push(now);
                now = now + Duration::from_millis(10);
                waited = 0;
            }
            Taken::Wait(long) => {
                waited += 1;
                assert!(waited < 2, "it said to wait {long:?} after having waited");
                assert!(long <= 2 * MINUTE, "{long:?}");
                now = now + long;
            }
        }
    }
    for (n, at) in sent.iter().enumerate() {
        let within = sent[..=n].iter().filter(|earlier| at.since(**earlier) < MINUTE).count();
        assert!(i64::try_from(within).unwrap() <= limit, "{within} in a minute");
    }
    let rounds = u32::try_from(40 / limit + 1).unwrap();
    assert!(now.since(START) <= rounds * Duration::from_secs(65), "it took {:?}", now.since(START));
}

#[rstest]
#[tokio::test]
async fn a_drained_bucket_waits_for_the_upstream(#[values(Sqlite, Postgres)] engine: Engine) {
    let database = Database::new(engine).await;
    let (db, until) = (&database.db, START + 3 * MINUTE);
    drain_until(db, "segment", until).await.unwrap();
    drain_until(db, "segment", START + MINUTE).await.unwrap();
    assert_eq!(take(db, "segment", 60, START).await.unwrap(), Taken::Wait(3 * MINUTE));
    assert_eq!(take(db, "segment", 60, until).await.unwrap(), Taken::Yes);
}
