use crate::world::{MINUTE, START, World, hundred};
use keyferry_core::{DeviceId, Rule, Timestamp};
use keyferry_store::oauth_clients::{self, ClientCaps};
use keyferry_store::{Admission, OAuthClient, OAuthCode, OAuthGrant, oauth_codes, oauth_grants, system};
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;
use std::time::Duration;

const CAPS: ClientCaps = ClientCaps { network: 20, gateway: 1000, since: Timestamp(0) };
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn client(n: usize, network: &str) -> OAuthClient {
    OAuthClient {
        id: format!("client_{n}"),
        name: "An editor".to_owned(),
        redirect_uris: "http://127.0.0.1/cb\nhttps://editor.example/cb".to_owned(),
        address: "192.0.2.1".to_owned(),
        network: network.to_owned(),
        created_at: START,
        used_at: None,
        expires_at: START + DAY,
    }
}

fn code(world: &World) -> OAuthCode {
    OAuthCode {
        hash: vec![1; 32],
        client: "client_1".to_owned(),
        client_name: "An editor".to_owned(),
        redirect_uri: "http://127.0.0.1:1/cb".to_owned(),
        challenge: "c".repeat(43),
        resource: "https://keys.example/mcp".to_owned(),
        team: world.team.clone(),
        user: world.user.clone(),
        rule: Rule::Confirm,
        created_at: START,
        expires_at: START + MINUTE,
        device: None,
    }
}

#[rstest]
#[tokio::test]
async fn a_client_is_there_until_it_expires_and_a_use_keeps_it(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let db = world.db.clone();
    let [used, unused] = [client(1, "a"), client(2, "a")];
    for one in [&used, &unused] {
        assert_eq!(oauth_clients::insert(&db, one, CAPS).await.unwrap(), Admission::Admitted);
        assert_eq!(oauth_clients::get(&db, &one.id, START).await.unwrap().as_ref(), Some(one));
    }
    let later = START + 2 * DAY;
    assert!(oauth_clients::note_use(&db, &used.id, START + MINUTE, later + MINUTE).await.unwrap());
    assert_eq!(oauth_clients::get(&db, &unused.id, later).await.unwrap(), None);
    assert!(!oauth_clients::note_use(&db, &unused.id, later, later + DAY).await.unwrap());
    let kept = oauth_clients::get(&db, &used.id, later).await.unwrap().unwrap();
    assert_eq!(kept.used_at, Some(START + MINUTE));
    system::prune_short_lived(&db, later, 100).await;
    assert_eq!(oauth_clients::get(&db, &unused.id, START).await.unwrap(), None);
    assert!(oauth_clients::get(&db, &used.id, START).await.unwrap().is_some());
}

#[rstest]
#[tokio::test]
async fn unused_clients_are_capped_for_a_network_and_for_all(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let db = world.db.clone();
    let caps = ClientCaps { network: 2, gateway: 3, since: Timestamp(0) };
    let admitted = async |n, network: &str| {
        oauth_clients::insert(&db, &client(n, network), caps).await.unwrap() == Admission::Admitted
    };
    assert!(admitted(1, "a").await && admitted(2, "a").await);
    assert!(!admitted(3, "a").await);
    assert!(oauth_clients::note_use(&db, "client_1", START, START + DAY).await.unwrap());
    assert!(admitted(3, "a").await, "a used one does not count");
    assert!(admitted(4, "b").await && !admitted(5, "c").await);
    let later = ClientCaps { since: START, ..caps };
    assert_eq!(oauth_clients::insert(&db, &client(5, "c"), later).await.unwrap(), Admission::Admitted);
}

#[rstest]
#[tokio::test]
async fn of_a_hundred_at_once_no_more_register_than_the_cap(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let db = world.db.clone();
    let done = hundred(move |n| {
        let db = db.clone();
        async move { oauth_clients::insert(&db, &client(n, "a"), CAPS).await.unwrap() }
    })
    .await;
    assert_eq!(done.into_iter().filter(|one| *one == Admission::Admitted).count(), 20);
}

#[rstest]
#[tokio::test]
async fn a_code_is_spent_once_in_its_time_and_remembers_for_whom(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, code) = (&world.db, code(&world));
    oauth_codes::insert(db, &code).await.unwrap();
    assert_eq!(oauth_codes::by_hash(db, &code.hash).await.unwrap().as_ref(), Some(&code));
    assert_eq!(oauth_codes::by_hash(db, &[2; 32]).await.unwrap(), None);
    let mut tx = db.begin().await.unwrap();
    assert!(!oauth_codes::spend(&mut tx, &code.hash, &world.device, code.expires_at).await.unwrap());
    assert!(oauth_codes::spend(&mut tx, &code.hash, &world.device, START).await.unwrap());
    assert!(!oauth_codes::spend(&mut tx, &code.hash, &DeviceId::new(), START).await.unwrap());
    tx.commit().await.unwrap();
    let spent = oauth_codes::by_hash(db, &code.hash).await.unwrap().unwrap();
    assert_eq!(spent.device.as_ref(), Some(&world.device));
    system::prune_short_lived(db, code.expires_at + MINUTE, 100).await;
    assert_eq!(oauth_codes::by_hash(db, &code.hash).await.unwrap(), None);
}

#[rstest]
#[tokio::test]
async fn a_grant_is_its_devices_and_its_teams(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let grant = OAuthGrant {
        team: world.team.clone(),
        device: world.device.clone(),
        client: "client_1".to_owned(),
        resource: "https://keys.example/mcp".to_owned(),
    };
    assert_eq!(oauth_grants::get(&world.db, &world.team, &world.device).await.unwrap(), None);
    let mut tx = world.db.begin().await.unwrap();
    oauth_grants::insert(&mut tx, &grant).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(oauth_grants::get(&world.db, &world.team, &world.device).await.unwrap(), Some(grant));
    let other = crate::world::team(&world.db).await;
    assert_eq!(oauth_grants::get(&world.db, &other, &world.device).await.unwrap(), None);
}
