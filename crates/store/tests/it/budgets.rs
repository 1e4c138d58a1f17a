use crate::world::{MINUTE, START, hundred};
use keyferry_core::Timestamp;
use keyferry_store::Db;
use keyferry_store::budgets::{self, Share, Taken, drain_until};
use keyferry_testkit::database::Database;
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;
use std::time::Duration;

async fn take_of(db: &Db, bucket: &str, limit: i64, of: (i64, Option<Share>), now: Timestamp) -> Taken {
    budgets::take(db, bucket, limit, of, now).await.unwrap()
}

async fn take(db: &Db, bucket: &str, limit: i64, now: Timestamp) -> Taken {
    take_of(db, bucket, limit, (1, None), now).await
}

fn is_one(taken: &Taken) -> bool {
    matches!(taken, Taken::Share(share) if share.sends == 1)
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_takers_as_many_get_one_as_there_are(#[values(Sqlite, Postgres)] engine: Engine) {
    let database = Database::new(engine).await;
    let taken = hundred(|_| {
        let db = database.db.clone();
        async move { take(&db, "segment", 60, START).await }
    })
    .await;
    assert_eq!(taken.iter().filter(|taken| is_one(taken)).count(), 60);
    assert!(is_one(&take(&database.db, "other", 60, START).await), "a bucket of its own");
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
        match take(&database.db, "segment", limit, now).await {
            Taken::Share(_) => {
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
    assert_eq!(take(db, "segment", 60, START).await, Taken::Wait(3 * MINUTE));
    assert!(is_one(&take(db, "segment", 60, until).await));
}

#[rstest]
#[tokio::test]
async fn a_share_is_what_there_is_and_what_is_not_used_of_it_comes_back(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let database = Database::new(engine).await;
    let db = &database.db;
    let Taken::Share(seven) = take_of(db, "segment", 10, (7, None), START).await else { panic!("no share") };
    let Taken::Share(rest) = take_of(db, "segment", 10, (7, None), START).await else { panic!("no share") };
    assert_eq!((seven.sends, rest.sends), (7, 3));
    assert!(matches!(take(db, "segment", 10, START).await, Taken::Wait(_)));
    let later = START + Duration::from_secs(5);
    assert!(seven.is_good_at(START) && !seven.is_good_at(later));
    let unused = seven.less(3);
    let Taken::Share(four) = take_of(db, "segment", 10, (7, Some(unused)), later).await else {
        panic!("no share")
    };
    assert_eq!(four.sends, 4);
    let Taken::Wait(wait) = take_of(db, "segment", 10, (1, Some(four)), later + MINUTE).await else { return };
    panic!("it was told to wait {wait:?} for what was given back");
}
