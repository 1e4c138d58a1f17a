use crate::world::{START, World, hundred};
use keyferry_core::{Rule, TeamId};
use keyferry_store::changes::{self, ChangeKind};
use keyferry_store::{devices, users};
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;

#[rstest]
#[tokio::test]
async fn a_change_is_told_with_its_team_kind_and_id(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let before = changes::latest(&world.db).await.unwrap();
    let mut tx = world.db.begin().await.unwrap();
    devices::set_rule(&mut tx, &world.team, &world.device, Rule::Trusted, START).await.unwrap();
    users::rename(&mut tx, &world.user, "Other", START).await.unwrap();
    users::rename(&mut tx, &world.user, "Another", START).await.unwrap();
    assert_eq!(changes::since(&mut tx, before, 10).await.unwrap(), [], "not before the commit");
    tx.commit().await.unwrap();
    let told = changes::since(&world.db, before, 10).await.unwrap();
    let told: Vec<_> = told.into_iter().map(|c| (c.seq - before, c.team, c.kind, c.id)).collect();
    let device = (1, Some(world.team.clone()), ChangeKind::Rule, world.device.to_string());
    let person = (2, None, ChangeKind::Person, world.user.to_string());
    assert_eq!(told, [device, person], "the same is told once");
    assert_eq!(changes::latest(&world.db).await.unwrap(), before + 2);
    assert_eq!(changes::since(&world.db, before, 1).await.unwrap().len(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_ever_appears_behind_a_readers_cursor(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let start = changes::latest(&world.db).await.unwrap();
    let (db, team) = (world.db.clone(), world.team.clone());
    let reader = tokio::spawn(async move {
        let (mut cursor, mut seen) = (start, Vec::new());
        while seen.len() < 200 {
            for change in changes::since(&db, cursor, 7).await.unwrap() {
                assert!(change.seq > cursor);
                cursor = change.seq;
                seen.push(change.id);
            }
        }
        seen
    });
    hundred(|n| {
        let (db, team) = (world.db.clone(), team.clone());
        async move {
            let mut tx = db.begin().await.unwrap();
            for part in ["a", "b"] {
                changes::note(&mut tx, Some(&team), ChangeKind::Key, &format!("{n}{part}"), START);
            }
            tx.commit().await.unwrap();
        }
    })
    .await;
    let mut seen = reader.await.unwrap();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 200);
}

#[tokio::test]
async fn postgres_wakes_who_listens() {
    let world = World::new(Postgres).await;
    let mut listener = changes::listen(&world.db).await.unwrap();
    let mut tx = world.db.begin().await.unwrap();
    changes::note(&mut tx, None::<&TeamId>, ChangeKind::Key, "k", START);
    tx.commit().await.unwrap();
    listener.wait().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn old_changes_are_pruned_and_the_numbers_go_on(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let latest = changes::latest(&world.db).await.unwrap();
    assert!(latest > 0);
    assert_eq!(changes::prune(&world.db, START, 1000).await.unwrap(), 0);
    let later = START + std::time::Duration::from_secs(1);
    assert_eq!(changes::prune(&world.db, later, 1).await.unwrap(), 1);
    let left = u64::try_from(latest - 1).unwrap();
    assert_eq!(changes::prune(&world.db, later, 1000).await.unwrap(), left);
    assert_eq!(changes::since(&world.db, 0, 10).await.unwrap(), []);
    assert_eq!(changes::latest(&world.db).await.unwrap(), latest);
}
