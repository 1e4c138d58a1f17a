//! What a call goes by, read in one look.

use crate::world::{START, World, member};
use keyferry_core::{Role, Rule};
use keyferry_store::standing::{self, DependsOn, Standing};
use keyferry_store::{connections, devices, members, users};
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;

fn depends_on(world: &World) -> DependsOn {
    DependsOn {
        device: world.device.clone(),
        user: world.user.clone(),
        connection: world.connection.id.clone(),
        approver: None,
    }
}

#[rstest]
#[tokio::test]
async fn everything_stands_until_it_is_ended(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let approver = member(&world.db, &world.team, Role::Admin).await;
    let of = DependsOn { approver: Some(approver.clone()), ..depends_on(&world) };
    let whole = Standing {
        rule: Some(Rule::Confirm),
        expires_at: None,
        role: Some(Role::Owner),
        approver: Some(Role::Admin),
        connected: true,
    };
    let now = async || standing::get(&world.db, &world.team, &of).await.unwrap();
    assert_eq!(now().await, whole);
    let mut tx = world.db.begin().await.unwrap();
    users::set_disabled(&mut tx, &approver, Some(START), START).await.unwrap();
    assert_eq!(
        standing::get(&mut tx, &world.team, &of).await.unwrap().approver,
        None,
        "in a transaction too"
    );
    members::remove(&mut tx, &world.team, &world.user, START).await.unwrap();
    connections::delete(&mut tx, &world.team, &world.user, &of.connection, START).await.unwrap();
    devices::set_expiry(&mut tx, &world.team, &of.device, Some(START), START).await.unwrap();
    devices::revoke(&mut tx, &world.team, &of.device, START).await.unwrap();
    tx.commit().await.unwrap();
    let gone = Standing { rule: None, expires_at: Some(START), role: None, approver: None, connected: false };
    assert_eq!(now().await, gone);
}

#[rstest]
#[tokio::test]
async fn what_is_anothers_does_not_stand(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let other = member(&world.db, &world.team, Role::Member).await;
    let own = crate::world::connection(&world.db, &world.team, Some(&world.user), &world.user, false).await;
    let of = DependsOn { user: other, connection: own.id, ..depends_on(&world) };
    let found = standing::get(&world.db, &world.team, &of).await.unwrap();
    assert_eq!((found.rule, found.role, found.connected), (None, Some(Role::Member), false));
}
