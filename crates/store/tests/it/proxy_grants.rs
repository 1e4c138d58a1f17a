use crate::world::{MINUTE, START, World, team};
use keyferry_store::{ChangeKind, ProxyGrant, StoreError, changes, proxy_grants};
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;

fn grant(world: &World, api: &str) -> ProxyGrant {
    ProxyGrant {
        integration: "segment".to_owned(),
        api: api.to_owned(),
        granted_by: world.user.clone(),
        granted_at: START,
    }
}

async fn given(world: &World, grant: &ProxyGrant) -> Result<(), StoreError> {
    let mut tx = world.db.begin().await?;
    proxy_grants::give(&mut tx, &world.team, &world.device, grant).await?;
    tx.commit().await
}

#[rstest]
#[tokio::test]
async fn a_grant_is_given_once_told_to_everyone_and_taken_back(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, team_id, device) = (&world.db, &world.team, &world.device);
    let (tracking, public_api) = (grant(&world, "tracking"), grant(&world, "public_api"));
    given(&world, &tracking).await.unwrap();
    given(&world, &public_api).await.unwrap();
    let later = ProxyGrant { granted_at: START + MINUTE, ..tracking.clone() };
    given(&world, &later).await.unwrap();
    let all = proxy_grants::of_device(db, team_id, device).await.unwrap();
    assert_eq!(all, [public_api.clone(), tracking.clone()], "the first one stands");
    assert!(proxy_grants::of_device(db, &team(db).await, device).await.unwrap().is_empty());

    let noted = changes::since(db, 0, 100).await.unwrap();
    let told = noted.iter().filter(|change| change.kind == ChangeKind::Rule && change.id == device.as_str());
    assert_eq!(told.count(), 3);

    let mut tx = db.begin().await.unwrap();
    let api = ("segment", "tracking");
    assert!(proxy_grants::take_back(&mut tx, team_id, device, api, START).await.unwrap());
    assert!(!proxy_grants::take_back(&mut tx, team_id, device, api, START).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(proxy_grants::of_device(db, team_id, device).await.unwrap(), [public_api]);
}

#[rstest]
#[tokio::test]
async fn a_grant_belongs_to_a_device_of_the_team(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let other = team(&world.db).await;
    let mut tx = world.db.begin().await.unwrap();
    let refused = async {
        proxy_grants::give(&mut tx, &other, &world.device, &grant(&world, "tracking")).await?;
        tx.commit().await
    };
    assert!(refused.await.is_err());
}
