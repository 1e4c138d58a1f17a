use crate::world::{MINUTE, START, World, connection, hundred, member};
use keyferry_core::{Consent, Role};
use keyferry_store::confirmations::Decision;
use keyferry_store::{Admission, Confirmation, ConfirmationStatus, confirmations, devices};
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;

#[rstest]
#[tokio::test]
async fn the_newest_of_a_digest_is_found_whatever_became_of_it(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, team, device) = (&world.db, &world.team, &world.device);
    assert_eq!(confirmations::newest(db, team, device, &[7; 32]).await.unwrap(), None);
    world.previewed(Consent::Preview).await;
    let second = world.previewed(Consent::Person).await;
    assert_eq!(confirmations::newest(db, team, device, &[7; 32]).await.unwrap(), Some(second.clone()));
    assert_eq!(confirmations::newest(db, team, device, &[8; 32]).await.unwrap(), None);
    let other = crate::world::device(db, team, &world.user).await;
    assert_eq!(confirmations::newest(db, team, &other, &[7; 32]).await.unwrap(), None);
    assert_eq!(confirmations::get(db, team, &other, &second.id).await.unwrap(), None);
    assert_eq!(confirmations::approvals_of_device(db, team, device, 10).await.unwrap(), [second]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn previews_stay_under_their_cap(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let admitted = hundred(|_| {
        let (db, confirmation) = (world.db.clone(), world.confirmation(Consent::Preview));
        async move { confirmations::insert(&db, &confirmation, 50, START).await.unwrap() }
    })
    .await;
    assert_eq!(admitted.iter().filter(|a| **a == Admission::Admitted).count(), 50);
    let pending = world.confirmation(Consent::Person);
    assert_eq!(confirmations::insert(&world.db, &pending, 10, START).await.unwrap(), Admission::Admitted);
    let later = Confirmation { expires_at: START + 30 * MINUTE, ..world.confirmation(Consent::Preview) };
    let now = START + 10 * MINUTE;
    assert_eq!(confirmations::insert(&world.db, &later, 50, now).await.unwrap(), Admission::Admitted);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_requests_for_one_call_the_newest_waits(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, team, device) = (&world.db, &world.team, &world.device);
    let other = Confirmation { digest: vec![8; 32], ..world.confirmation(Consent::Person) };
    assert_eq!(confirmations::insert(db, &other, 2, START).await.unwrap(), Admission::Admitted);
    let admitted = hundred(|_| {
        let (db, confirmation) = (world.db.clone(), world.confirmation(Consent::Person));
        async move { confirmations::insert(&db, &confirmation, 2, START).await.unwrap() }
    })
    .await;
    assert!(admitted.iter().all(|one| *one == Admission::Admitted), "what was replaced fills no cap");
    let waiting = confirmations::approvals(db, team, &world.user, Some(ConfirmationStatus::Pending), 200);
    let newest = confirmations::newest(db, team, device, &[7; 32]).await.unwrap().unwrap();
    assert_eq!(waiting.await.unwrap(), [newest, other.clone()]);
    let third = Confirmation { digest: vec![9; 32], ..world.confirmation(Consent::Person) };
    assert_eq!(confirmations::insert(db, &third, 2, START).await.unwrap(), Admission::Full);
    assert!(confirmations::decide(db, team, &approve(&other, &world.user)).await.unwrap());
}

#[rstest]
#[tokio::test]
async fn a_revoked_device_previews_nothing(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let mut tx = world.db.begin().await.unwrap();
    devices::revoke(&mut tx, &world.team, &world.device, START).await.unwrap();
    tx.commit().await.unwrap();
    let confirmation = world.confirmation(Consent::Preview);
    assert_eq!(confirmations::insert(&world.db, &confirmation, 50, START).await.unwrap(), Admission::Gone);
}

fn approve<'a>(confirmation: &'a Confirmation, by: &'a keyferry_core::UserId) -> Decision<'a> {
    let use_until = Some(START + 11 * MINUTE);
    Decision { id: &confirmation.id, by, use_until, reason: Some(&[1]), at: START + MINUTE }
}

#[rstest]
#[tokio::test]
async fn a_decision_is_made_once_in_time_and_by_who_may_see(#[values(Sqlite, Postgres)] engine: Engine) {
    let mut world = World::new(engine).await;
    let other = member(&world.db, &world.team, Role::Admin).await;
    world.connection = connection(&world.db, &world.team, Some(&world.user), &world.user, false).await;
    let (db, team) = (&world.db, &world.team);
    let pending = world.previewed(Consent::Person).await;
    assert_eq!(confirmations::approval(db, team, &other, &pending.id).await.unwrap(), None);
    assert_eq!(confirmations::approvals(db, team, &other, None, 10).await.unwrap(), []);
    assert!(!confirmations::decide(db, team, &approve(&pending, &other)).await.unwrap());
    let late = Decision { at: pending.expires_at, ..approve(&pending, &world.user) };
    assert!(!confirmations::decide(db, team, &late).await.unwrap());
    assert!(confirmations::decide(db, team, &approve(&pending, &world.user)).await.unwrap());
    let denied = Decision { use_until: None, ..approve(&pending, &world.user) };
    assert!(!confirmations::decide(db, team, &denied).await.unwrap(), "the first decision stands");
    let found = confirmations::approval(db, team, &world.user, &pending.id).await.unwrap().unwrap();
    let expected = Confirmation {
        status: ConfirmationStatus::Approved,
        decided_by: Some(world.user.clone()),
        decided_at: Some(START + MINUTE),
        use_until: Some(START + 11 * MINUTE),
        reason: Some(vec![1]),
        ..pending
    };
    assert_eq!(found, expected);
    let approved = Some(ConfirmationStatus::Approved);
    assert_eq!(confirmations::approvals(db, team, &world.user, approved, 10).await.unwrap(), [expected]);
    let waiting = Some(ConfirmationStatus::Pending);
    assert_eq!(confirmations::approvals(db, team, &world.user, waiting, 10).await.unwrap(), []);
}

#[rstest]
#[tokio::test]
async fn a_mere_preview_is_nothing_to_approve(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let open = world.previewed(Consent::Preview).await;
    assert!(!confirmations::decide(&world.db, &world.team, &approve(&open, &world.user)).await.unwrap());
    let seen = confirmations::approval(&world.db, &world.team, &world.user, &open.id).await.unwrap();
    assert_eq!(seen, None);
}
