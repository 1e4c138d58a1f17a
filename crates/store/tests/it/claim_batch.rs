//! Claims and outcomes of many calls, each in one transaction.

use crate::world::{START, World, outcome, record};
use keyferry_core::{Consent, Rule};
use keyferry_store::claim::Claimed;
use keyferry_store::claim_batch::{self, Ending, Wish};
use keyferry_store::standing::DependsOn;
use keyferry_store::{CallState, Narrowing, confirmations, connections, device_rules, devices};
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;

fn wish(world: &World) -> Wish {
    let depends_on = DependsOn {
        device: world.device.clone(),
        user: world.user.clone(),
        connection: world.connection.id.clone(),
        approver: None,
    };
    Wish { call: world.call(), claimed_at: START, confirmation: None, depends_on }
}

async fn claim(world: &World, wishes: &[Wish]) -> Vec<Option<Claimed>> {
    claim_batch::claim(&world.db, wishes, |_, _, _| true).await.unwrap()
}

#[rstest]
#[tokio::test]
async fn each_is_judged_by_its_own_rows_and_only_what_may_be_made_is_written(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let rule = |tool: &str| Narrowing {
        integration: None,
        connection: None,
        tool: Some(tool.to_owned()),
        rule: Rule::ReadOnly,
    };
    let narrowed = crate::world::device(&world.db, &world.team, &world.user).await;
    let mut tx = world.db.begin().await.unwrap();
    let rules = [rule("a"), rule("b")];
    device_rules::replace(&mut tx, &world.team, &narrowed, &rules, START).await.unwrap();
    tx.commit().await.unwrap();
    let mut wishes: Vec<Wish> = (0..21).map(|_| wish(&world)).collect();
    wishes[7].depends_on.device = narrowed;
    wishes[9].depends_on.connection = keyferry_core::ConnectionId::new();
    let mut seen = Vec::new();
    let claimed = claim_batch::claim(&world.db, &wishes, |index, standing, narrowings| {
        assert_eq!((index, standing.rule), (seen.len(), Some(Rule::Confirm)));
        seen.push((standing.connected, narrowings.len()));
        standing.connected && narrowings.is_empty()
    });
    let claimed = claimed.await.unwrap();
    for (index, wish) in wishes.iter().enumerate() {
        let may = ![7, 9].contains(&index);
        assert_eq!(seen[index], (index != 9, if index == 7 { 2 } else { 0 }), "{index}");
        assert_eq!(claimed[index], may.then_some(Claimed::Taken), "{index}");
        let whose = keyferry_store::calls::Whose::Device(&world.device);
        let stored = keyferry_store::calls::get(&world.db, &world.team, whose, &wish.call.id).await.unwrap();
        assert_eq!(stored.map(|call| call.state), may.then_some(CallState::Intent), "{index}");
    }
}

#[rstest]
#[tokio::test]
async fn a_revocation_that_was_committed_before_is_seen(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let mut tx = world.db.begin().await.unwrap();
    devices::revoke(&mut tx, &world.team, &world.device, START).await.unwrap();
    connections::delete(&mut tx, &world.team, &world.user, &world.connection.id, START).await.unwrap();
    tx.commit().await.unwrap();
    let mut seen = Vec::new();
    let judge = |_, standing: &keyferry_store::standing::Standing, _: &[Narrowing]| {
        seen.push((standing.rule, standing.connected));
        false
    };
    assert_eq!(claim_batch::claim(&world.db, &[wish(&world)], judge).await.unwrap(), [None]);
    assert_eq!(seen, [(None, false)]);
}

#[rstest]
#[tokio::test]
async fn of_two_that_name_one_confirmation_one_is_taken(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let confirmation = world.previewed(Consent::Preview).await;
    let confirmed = || Wish { confirmation: Some(confirmation.id.clone()), ..wish(&world) };
    let wishes = [confirmed(), wish(&world), confirmed()];
    let used = Claimed::ConfirmationUsed(Some(wishes[0].call.id.clone()));
    assert_eq!(
        claim(&world, &wishes).await,
        [Some(Claimed::Taken), Some(Claimed::Taken), Some(used)],
        "the others are not harmed"
    );
    let found = confirmations::get(&world.db, &world.team, &world.device, &confirmation.id).await.unwrap();
    assert_eq!(found.unwrap().used_by, Some(wishes[0].call.id.clone()));
}

#[rstest]
#[tokio::test]
async fn outcomes_are_written_once_each(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let wishes: Vec<Wish> = (0..6).map(|_| wish(&world)).collect();
    claim(&world, &wishes).await;
    let before = &wishes[2].call;
    assert!(record(&world.db, &world.team, &before.id, &outcome(CallState::Failed)).await.unwrap());
    let ending = |wish: &Wish| Ending {
        team: world.team.clone(),
        call: wish.call.id.clone(),
        outcome: outcome(CallState::Succeeded),
    };
    let endings: Vec<Ending> = wishes.iter().map(ending).collect();
    let settled = claim_batch::settle(&world.db, &endings).await.unwrap();
    assert_eq!(settled, [true, true, false, true, true, true]);
    assert_eq!(world.stored(&before.id).await.state, CallState::Failed);
    let stored = world.stored(&wishes[5].call.id).await;
    let expected = outcome(CallState::Succeeded);
    assert_eq!(
        (stored.state, stored.attempts, stored.status),
        (expected.state, expected.attempts, expected.status)
    );
    assert_eq!(stored.result, expected.result, "it has arguments");
}
