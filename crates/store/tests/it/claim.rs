//! The claim: one transaction, row counts decide.

use crate::world::{MINUTE, START, World, claim, hundred, outcome, record};
use keyferry_core::{CallId, Consent, Timestamp};
use keyferry_store::claim::{Claim, Claimed, GiveBack, IdempotencyClaim, release};
use keyferry_store::confirmations::Decision;
use keyferry_store::idempotency::KeyPlace;
use keyferry_store::{
    CallState, Confirmation, ConfirmationStatus, Connection, IdempotencyRow, KeyState, confirmations,
    connections, devices, idempotency,
};
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;

fn confirmed(world: &World, confirmation: &Confirmation) -> Claim {
    let confirmation = Some(confirmation.id.clone());
    Claim { call: world.call(), claimed_at: START, confirmation, idempotency: None }
}

fn keyed(world: &World, takes_over: Option<CallId>) -> Claim {
    let key = IdempotencyClaim { key_hash: vec![1; 32], expires_at: START + 1440 * MINUTE, takes_over };
    let mut call = world.call();
    call.idempotency_hash = Some(key.key_hash.clone());
    Claim { call, claimed_at: START, confirmation: None, idempotency: Some(key) }
}

async fn status(world: &World, confirmation: &Confirmation) -> (ConfirmationStatus, Option<CallId>) {
    let found =
        confirmations::get(&world.db, &world.team, &world.device, &confirmation.id).await.unwrap().unwrap();
    (found.status, found.used_by)
}

async fn key_row(world: &World, now: Timestamp) -> Option<IdempotencyRow> {
    let place = KeyPlace {
        device: &world.device,
        connection: &world.connection.id,
        tool: "segment_track",
        key_hash: &[1; 32],
    };
    idempotency::find(&world.db, &world.team, place, now).await.unwrap()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_claims_of_one_confirmation_exactly_one_is_taken(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let confirmation = world.previewed(Consent::Preview).await;
    let claimed = hundred(|_| {
        let (db, wanted) = (world.db.clone(), confirmed(&world, &confirmation));
        async move { (wanted.call.id.clone(), claim(&db, &wanted).await.unwrap()) }
    })
    .await;
    let (taken, refused): (Vec<_>, Vec<_>) = claimed.into_iter().partition(|(_, how)| *how == Claimed::Taken);
    let [(winner, _)] = &taken[..] else { panic!("{} were taken", taken.len()) };
    assert_eq!(refused.len(), 99);
    assert!(refused.iter().all(|(_, how)| *how == Claimed::ConfirmationUsed(Some(winner.clone()))));
    assert_eq!(status(&world, &confirmation).await, (ConfirmationStatus::Used, Some(winner.clone())));
    let filter = keyferry_store::calls::CallFilter::default();
    let whose = keyferry_store::calls::Whose::Device(&world.device);
    let journal = keyferry_store::calls::list(&world.db, &world.team, whose, &filter, 1000).await.unwrap();
    assert_eq!(
        journal.iter().map(|call| &call.id).collect::<Vec<_>>(),
        [winner],
        "the journal holds the winner only"
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_claims_of_one_key_exactly_one_is_taken(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let claimed = hundred(|_| {
        let (db, wanted) = (world.db.clone(), keyed(&world, None));
        async move { (wanted.call.id.clone(), claim(&db, &wanted).await.unwrap()) }
    })
    .await;
    let winner = claimed.iter().find(|(_, how)| *how == Claimed::Taken).map(|(id, _)| id.clone()).unwrap();
    let seen = |how: &Claimed| matches!(how, Claimed::KeySeen(row) if row.call == winner && row.state == KeyState::Running);
    assert_eq!(claimed.iter().filter(|(_, how)| seen(how)).count(), 99);
}

#[rstest]
#[tokio::test]
async fn a_confirmation_is_good_for_its_device_digest_and_time_only(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let confirmation = world.previewed(Consent::Preview).await;
    let other = crate::world::device(&world.db, &world.team, &world.user).await;
    let good = confirmed(&world, &confirmation);
    let mut others = [good.clone(), good.clone(), good.clone()];
    others[0].call.digest = vec![8; 32];
    others[1].call.device = Some(other);
    others[2].claimed_at = confirmation.expires_at;
    for wanted in others {
        assert_eq!(claim(&world.db, &wanted).await.unwrap(), Claimed::ConfirmationGone);
    }
    assert_eq!(status(&world, &confirmation).await.0, ConfirmationStatus::Open);
    assert_eq!(claim(&world.db, &good).await.unwrap(), Claimed::Taken);
}

#[rstest]
#[tokio::test]
async fn what_needs_a_person_is_claimed_after_the_approval_and_before_its_end(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let confirmation = world.previewed(Consent::Person).await;
    let wanted = confirmed(&world, &confirmation);
    assert_eq!(claim(&world.db, &wanted).await.unwrap(), Claimed::ConfirmationGone, "nobody approved it");
    let use_until = Some(START + 10 * MINUTE);
    let decision = Decision { id: &confirmation.id, by: &world.user, use_until, reason: None, at: START };
    assert!(confirmations::decide(&world.db, &world.team, &decision).await.unwrap());
    let mut late = wanted.clone();
    late.claimed_at = START + 10 * MINUTE;
    assert_eq!(claim(&world.db, &late).await.unwrap(), Claimed::ConfirmationGone);
    assert_eq!(claim(&world.db, &wanted).await.unwrap(), Claimed::Taken);

    let refused = outcome(CallState::Failed);
    let back = GiveBack { confirmation: true, ..GiveBack::default() };
    assert!(release(&world.db, &world.team, &wanted.call.id, &refused, &back).await.unwrap());
    assert_eq!(status(&world, &confirmation).await, (ConfirmationStatus::Approved, None));
}

#[rstest]
#[tokio::test]
async fn nothing_is_written_unless_all_is_taken(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let confirmation = world.previewed(Consent::Preview).await;
    let mut wrong = keyed(&world, None);
    wrong.confirmation = Some(confirmation.id.clone());
    wrong.call.digest = vec![8; 32];
    assert_eq!(claim(&world.db, &wrong).await.unwrap(), Claimed::ConfirmationGone);
    assert_eq!(key_row(&world, START).await, None, "the key is not burnt");

    let holder = keyed(&world, None);
    assert_eq!(claim(&world.db, &holder).await.unwrap(), Claimed::Taken);
    let mut second = keyed(&world, None);
    second.confirmation = Some(confirmation.id.clone());
    assert!(
        matches!(claim(&world.db, &second).await.unwrap(), Claimed::KeySeen(row) if row.call == holder.call.id)
    );
    assert_eq!(
        status(&world, &confirmation).await.0,
        ConfirmationStatus::Open,
        "the confirmation is not burnt"
    );
}

#[rstest]
#[tokio::test]
async fn a_call_is_settled_once_and_its_key_with_it(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let wanted = keyed(&world, None);
    claim(&world.db, &wanted).await.unwrap();
    let intent = world.stored(&wanted.call.id).await;
    assert_eq!((intent.state, intent.sent_may, intent.finished_at), (CallState::Intent, false, None));
    let (id, done) = (&wanted.call.id, outcome(CallState::Succeeded));
    assert!(record(&world.db, &world.team, id, &done).await.unwrap());
    assert!(!record(&world.db, &world.team, id, &outcome(CallState::Failed)).await.unwrap());
    let stored = world.stored(id).await;
    assert_eq!(
        (stored.state, stored.status, stored.result),
        (CallState::Succeeded, Some(200), Some(vec![6; 10]))
    );
    assert_eq!(key_row(&world, START).await.unwrap().state, KeyState::Finished);
    let again = keyed(&world, None);
    assert!(matches!(claim(&world.db, &again).await.unwrap(), Claimed::KeySeen(row) if row.call == *id));
}

#[rstest]
#[tokio::test]
async fn what_sent_nothing_gives_back_what_it_claimed(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let confirmation = world.previewed(Consent::Preview).await;
    let mut wanted = keyed(&world, None);
    wanted.confirmation = Some(confirmation.id.clone());
    assert_eq!(claim(&world.db, &wanted).await.unwrap(), Claimed::Taken);
    let back = GiveBack { key: true, confirmation: true, taken_from: None };
    let refused = outcome(CallState::Failed);
    assert!(release(&world.db, &world.team, &wanted.call.id, &refused, &back).await.unwrap());
    assert_eq!(status(&world, &confirmation).await, (ConfirmationStatus::Open, None));
    assert_eq!(key_row(&world, START).await.unwrap().state, KeyState::Released);

    let mut other_arguments = keyed(&world, None);
    other_arguments.call.digest = vec![8; 32];
    let refused = claim(&world.db, &other_arguments).await.unwrap();
    assert!(matches!(refused, Claimed::KeySeen(row) if row.digest == vec![7; 32]), "a conflict");
    let mut again = keyed(&world, None);
    again.confirmation = Some(confirmation.id.clone());
    assert_eq!(claim(&world.db, &again).await.unwrap(), Claimed::Taken);
    assert_eq!(status(&world, &confirmation).await.1, Some(again.call.id));
}

#[rstest]
#[tokio::test]
async fn a_confirmation_does_not_come_back_to_what_is_gone(
    #[values(Sqlite, Postgres)] engine: Engine,
    #[values("device", "connection")] gone: &str,
) {
    let world = World::new(engine).await;
    let confirmation = world.previewed(Consent::Preview).await;
    let wanted = confirmed(&world, &confirmation);
    assert_eq!(claim(&world.db, &wanted).await.unwrap(), Claimed::Taken);
    let mut tx = world.db.begin().await.unwrap();
    if gone == "device" {
        devices::revoke(&mut tx, &world.team, &world.device, START).await.unwrap();
    } else {
        let Connection { id, .. } = &world.connection;
        connections::delete(&mut tx, &world.team, &world.user, id, START).await.unwrap();
    }
    tx.commit().await.unwrap();
    let back = GiveBack { key: true, confirmation: true, taken_from: None };
    let failed = outcome(CallState::Failed);
    assert!(release(&world.db, &world.team, &wanted.call.id, &failed, &back).await.unwrap());
    assert_eq!(status(&world, &confirmation).await.0, ConfirmationStatus::Used);
}

#[rstest]
#[tokio::test]
async fn an_ended_call_is_taken_over_with_its_confirmation(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let confirmation = world.previewed(Consent::Preview).await;
    let mut first = keyed(&world, None);
    first.confirmation = Some(confirmation.id.clone());
    claim(&world.db, &first).await.unwrap();
    let mut second = keyed(&world, Some(first.call.id.clone()));
    second.confirmation = Some(confirmation.id.clone());
    assert!(matches!(claim(&world.db, &second).await.unwrap(), Claimed::KeySeen(_)), "it is still running");
    record(&world.db, &world.team, &first.call.id, &outcome(CallState::Unknown)).await.unwrap();
    assert_eq!(claim(&world.db, &second).await.unwrap(), Claimed::Taken);
    let second_id = Some(second.call.id.clone());
    assert_eq!(status(&world, &confirmation).await, (ConfirmationStatus::Used, second_id));
    let mut third = keyed(&world, Some(first.call.id.clone()));
    third.confirmation = Some(confirmation.id.clone());
    record(&world.db, &world.team, &second.call.id, &outcome(CallState::Unknown)).await.unwrap();
    assert!(
        matches!(claim(&world.db, &third).await.unwrap(), Claimed::KeySeen(_)),
        "the key has gone on since"
    );
}

#[rstest]
#[tokio::test]
async fn an_expired_key_is_new_again(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let first = keyed(&world, None);
    claim(&world.db, &first).await.unwrap();
    let later = START + 1440 * MINUTE;
    assert_eq!(key_row(&world, later).await, None);
    let mut second = keyed(&world, None);
    second.claimed_at = later;
    second.call.digest = vec![8; 32];
    assert_eq!(claim(&world.db, &second).await.unwrap(), Claimed::Taken);
}

#[rstest]
#[tokio::test]
async fn a_retry_that_sent_nothing_hands_back_what_it_took_over(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let confirmation = world.previewed(Consent::Preview).await;
    let mut first = keyed(&world, None);
    (first.confirmation, first.call.confirmation) =
        (Some(confirmation.id.clone()), Some(confirmation.id.clone()));
    claim(&world.db, &first).await.unwrap();
    record(&world.db, &world.team, &first.call.id, &outcome(CallState::Failed)).await.unwrap();
    let second = keyed(&world, Some(first.call.id.clone()));
    assert_eq!(claim(&world.db, &second).await.unwrap(), Claimed::Taken);
    let back = GiveBack { key: true, confirmation: true, taken_from: Some(first.call.id.clone()) };
    let refused = outcome(CallState::Refused);
    assert!(release(&world.db, &world.team, &second.call.id, &refused, &back).await.unwrap());
    // The first one may have arrived: its confirmation is not good for another call, and its key still stands for it.
    let first_id = Some(first.call.id.clone());
    assert_eq!(status(&world, &confirmation).await, (ConfirmationStatus::Used, first_id));
    let key = key_row(&world, START).await.unwrap();
    assert_eq!((key.state, &key.call), (KeyState::Finished, &first.call.id));
    let third = keyed(&world, Some(first.call.id.clone()));
    assert_eq!(claim(&world.db, &third).await.unwrap(), Claimed::Taken);
    assert_eq!(status(&world, &confirmation).await.1, Some(third.call.id));
}
