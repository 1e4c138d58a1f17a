use crate::house::House;
use keyferry_core::Rule;
use keyferry_identity::NewDevice;
use keyferry_store::ChangeKind;
use keyferry_testkit::database::Engine;
use rstest::rstest;
use std::time::Duration;

#[tokio::test]
async fn a_change_is_told_once_to_everyone_who_listens_on_every_replica() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let other = house.replica().await;
    let (mut here, mut there) = (house.identity.follower.subscribe(), other.follower.subscribe());
    let new = NewDevice { label: "laptop", client: "curl", rule: Rule::Confirm, expires_at: None };
    let (device, _) = house.identity.devices.create(&person.principal, &new).await.unwrap();
    house.identity.follower.catch_up().await.unwrap();
    assert_eq!(here.try_recv().unwrap().id, device.id.as_str());
    assert!(here.try_recv().is_err());

    assert!(there.try_recv().is_err(), "the other replica has not read yet");
    other.follower.catch_up().await.unwrap();
    let change = there.try_recv().unwrap();
    assert_eq!((change.kind, change.id.as_str()), (ChangeKind::Device, device.id.as_str()));
}

#[tokio::test]
async fn it_is_not_healthy_when_unread_for_ten_seconds() {
    let house = House::new().await;
    let follower = &house.identity.follower;
    assert!(follower.healthy());
    house.wait(9);
    assert!(follower.healthy());
    house.wait(1);
    assert!(!follower.healthy());
    follower.catch_up().await.unwrap();
    assert!(follower.healthy());
}

#[tokio::test]
async fn a_clock_that_is_set_back_hides_nothing() {
    let house = House::new().await;
    let follower = &house.identity.follower;
    house.clock.set_back(Duration::from_secs(3600));
    assert!(follower.healthy());
    house.wait(10);
    assert!(!follower.healthy());
    follower.catch_up().await.unwrap();
    assert!(follower.healthy());
}

#[tokio::test]
async fn a_database_that_is_away_makes_it_unhealthy() {
    let house = House::new().await;
    house.db.close().await;
    house.wait(10);
    assert!(house.identity.follower.catch_up().await.is_err());
    assert!(!house.identity.follower.healthy());
}

#[rstest]
#[tokio::test]
async fn the_running_follower_reads_by_itself(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let house = House::on(engine).await;
    let person = house.person("jane").await;
    let other = house.replica().await;
    let mut told = other.follower.subscribe();
    let running = tokio::spawn(other.follower.clone().run());
    house.identity.accounts.disable(&person.principal.user).await.unwrap();
    assert_eq!(told.recv().await.unwrap().id, person.principal.user.as_str());
    running.abort();
}

#[tokio::test]
async fn a_replica_reports_its_keys_until_it_ends() {
    let house = House::new().await;
    let heartbeat = &house.identity.heartbeat;
    heartbeat.beat().await.unwrap();
    let live = keyferry_store::replicas::live(&house.db, house.now()).await.unwrap();
    assert_eq!((&live[0].id, &live[0].key_ids), (heartbeat.id(), &house.vault.key_ids()));
    heartbeat.end().await.unwrap();
    assert!(keyferry_store::replicas::live(&house.db, house.now()).await.unwrap().is_empty());
}
