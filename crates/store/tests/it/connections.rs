use crate::world::{MINUTE, START, World, connection, credential, hundred, member, team};
use keyferry_core::{ConnectSessionId, Consent, MasterKeyId, Role};
use keyferry_store::connections::NewState;
use keyferry_store::credentials::Verdict;
use keyferry_store::{
    Admission, ConfirmationStatus, ConnectSession, ConnectStatus, Connection, ConnectionState, Credential,
    Health, confirmations, connect_sessions, connections, credentials, system,
};
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;

#[rstest]
#[tokio::test]
async fn a_personal_connection_is_its_owners_only(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, team) = (&world.db, &world.team);
    let other = member(db, team, Role::Admin).await;
    let mine = connection(db, team, Some(&world.user), &world.user, false).await;
    let secret = credential(db, &mine, "public_api").await;
    assert_eq!(
        connections::visible(db, team, &world.user).await.unwrap(),
        [world.connection.clone(), mine.clone()]
    );
    assert_eq!(
        connections::visible(db, team, &other).await.unwrap(),
        std::slice::from_ref(&world.connection)
    );
    assert_eq!(connections::get(db, team, &world.user, &mine.id).await.unwrap(), Some(mine.clone()));
    assert_eq!(connections::get(db, team, &other, &mine.id).await.unwrap(), None);
    assert_eq!(connections::by_number(db, team, &other, mine.number).await.unwrap(), None);
    assert_eq!(connections::by_number(db, team, &world.user, mine.number).await.unwrap(), Some(mine.clone()));
    assert_eq!(credentials::of_connection(db, team, &other, &mine.id).await.unwrap(), []);
    assert_eq!(credentials::get(db, team, &other, &mine.id, "public_api").await.unwrap(), None);
    assert_eq!(credentials::of_connection(db, team, &world.user, &mine.id).await.unwrap(), [secret]);
    let mut tx = db.begin().await.unwrap();
    assert!(!connections::rename(&mut tx, team, &other, &mine.id, "theirs", START).await.unwrap());
    assert!(!connections::set_default(&mut tx, team, &other, &mine.id, START).await.unwrap());
    assert!(!connections::delete(&mut tx, team, &other, &mine.id, START).await.unwrap());
}

#[rstest]
#[tokio::test]
async fn another_teams_connection_is_not_there(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, other, id) = (&world.db, team(&world.db).await, &world.connection.id);
    assert_eq!(connections::get(db, &other, &world.user, id).await.unwrap(), None);
    assert_eq!(connections::visible(db, &other, &world.user).await.unwrap(), []);
    let mut tx = db.begin().await.unwrap();
    assert!(!connections::delete(&mut tx, &other, &world.user, id, START).await.unwrap());
    let broken = NewState { state: ConnectionState::NeedsReauth, code: None, message: None };
    assert!(!connections::set_state(&mut tx, &other, id, broken, START).await.unwrap());
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_connections_made_at_once_have_a_hundred_numbers(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let made = hundred(|_| {
        let (db, team, user) = (world.db.clone(), world.team.clone(), world.user.clone());
        async move { connection(&db, &team, None, &user, true).await }
    })
    .await;
    let mut numbers: Vec<i64> = made.iter().map(|connection| connection.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (2..=101).collect::<Vec<i64>>());
    let all = connections::visible(&world.db, &world.team, &world.user).await.unwrap();
    assert_eq!(all.iter().filter(|connection| connection.is_default).count(), 1);
}

#[rstest]
#[tokio::test]
async fn a_default_is_one_for_the_shared_and_one_for_each_owner(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, team, user) = (&world.db, &world.team, &world.user);
    let mine = connection(db, team, Some(user), user, true).await;
    let second = connection(db, team, None, user, false).await;
    let defaults = async || {
        let all = connections::visible(db, team, user).await.unwrap();
        all.iter().filter(|c| c.is_default).map(|c| c.number).collect::<Vec<i64>>()
    };
    assert_eq!(defaults().await, [world.connection.number, mine.number]);
    let mut tx = db.begin().await.unwrap();
    assert!(connections::set_default(&mut tx, team, user, &second.id, START).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(defaults().await, [mine.number, second.number]);
}

#[rstest]
#[tokio::test]
async fn deleting_takes_the_credentials_and_voids_the_confirmations(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (db, team, user, id) = (&world.db, &world.team, &world.user, &world.connection.id);
    let secret = credential(db, &world.connection, "tracking").await;
    let open = world.previewed(Consent::Preview).await;
    let mut tx = db.begin().await.unwrap();
    assert!(connections::delete(&mut tx, team, user, id, START + MINUTE).await.unwrap());
    assert!(!connections::delete(&mut tx, team, user, id, START + MINUTE).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(connections::visible(db, team, user).await.unwrap(), []);
    assert_eq!(system::sealed_under(db, &secret.key_id).await.unwrap(), 0);
    let open = confirmations::get(db, team, &world.device, &open.id).await.unwrap().unwrap();
    assert_eq!(open.status, ConfirmationStatus::Void);
    assert_eq!(connection(db, team, None, user, true).await.number, 2, "a number is never given twice");
}

#[rstest]
#[tokio::test]
async fn who_leaves_takes_personal_connections_along(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, team, user) = (&world.db, &world.team, &world.user);
    let mine = connection(db, team, Some(user), user, false).await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(connections::delete_all_of(&mut tx, team, user, START).await.unwrap(), [mine.id]);
    tx.commit().await.unwrap();
    assert_eq!(connections::visible(db, team, user).await.unwrap(), std::slice::from_ref(&world.connection));
}

#[rstest]
#[tokio::test]
async fn state_and_use_are_kept(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, team, id) = (&world.db, &world.team, &world.connection.id);
    let broken = NewState {
        state: ConnectionState::NeedsReauth,
        code: Some("needs_reauth"),
        message: Some("refused"),
    };
    let mut tx = db.begin().await.unwrap();
    assert!(connections::set_state(&mut tx, team, id, broken, START).await.unwrap());
    assert!(connections::rename(&mut tx, team, &world.user, id, "Prod", START).await.unwrap());
    tx.commit().await.unwrap();
    connections::note_success(db, team, id, START, START).await.unwrap();
    connections::note_success(db, team, id, START + MINUTE, START).await.unwrap();
    connections::note_error(db, team, id, START + 2 * MINUTE, "upstream_timeout", "slow").await.unwrap();
    let found = connections::get(db, team, &world.user, id).await.unwrap().unwrap();
    let expected = Connection {
        label: "Prod".to_owned(),
        state: ConnectionState::NeedsReauth,
        state_code: Some("needs_reauth".to_owned()),
        state_message: Some("refused".to_owned()),
        last_used_at: Some(START + 2 * MINUTE),
        last_success_at: Some(START),
        last_error_at: Some(START + 2 * MINUTE),
        last_error_code: Some("upstream_timeout".to_owned()),
        last_error_message: Some("slow".to_owned()),
        ..world.connection.clone()
    };
    assert_eq!(found, expected);
}

#[rstest]
#[tokio::test]
async fn a_credential_is_replaced_by_the_one_who_saw_its_version(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, team) = (&world.db, &world.team);
    let first = credential(db, &world.connection, "profiles").await;
    let second = Credential { version: 2, sealed: vec![8; 100], key_id: MasterKeyId::new(), ..first.clone() };
    let mut tx = db.begin().await.unwrap();
    assert!(credentials::put(&mut tx, &second).await.unwrap());
    assert!(!credentials::put(&mut tx, &second).await.unwrap(), "it is at version 2 already");
    let old = Verdict { version: 1, health: Health::Verified, message: None };
    assert!(!credentials::set_health(&mut tx, team, &first.id, old, START).await.unwrap());
    let new = Verdict { version: 2, health: Health::Refused, message: Some("no") };
    assert!(credentials::set_health(&mut tx, team, &first.id, new, START).await.unwrap());
    tx.commit().await.unwrap();
    let found = credentials::get(db, team, &world.user, &world.connection.id, "profiles").await.unwrap();
    let expected = Credential {
        health: Health::Refused,
        health_message: Some("no".to_owned()),
        tested_at: Some(START),
        ..second.clone()
    };
    assert_eq!(found, Some(expected));
    let mut tx = db.begin().await.unwrap();
    let same_slot = Credential { id: keyferry_core::CredentialId::new(), ..second };
    assert!(!credentials::put(&mut tx, &same_slot).await.unwrap(), "the slot is filled");
    drop(tx);
    let mut tx = db.begin().await.unwrap();
    assert!(credentials::remove(&mut tx, team, &first.id, START).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(credentials::of_connection(db, team, &world.user, &world.connection.id).await.unwrap(), []);
}

fn connect_session(world: &World, token: u8) -> ConnectSession {
    ConnectSession {
        id: ConnectSessionId::new(),
        token_hash: vec![token; 32],
        team: world.team.clone(),
        user: world.user.clone(),
        device: Some(world.device.clone()),
        integration: "segment".to_owned(),
        connection: None,
        status: ConnectStatus::Awaiting,
        error: None,
        created_at: START,
        expires_at: START + 10 * MINUTE,
        completed_at: None,
    }
}

#[rstest]
#[tokio::test]
async fn a_connect_session_is_completed_once_and_in_time(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, team, session) = (&world.db, &world.team, connect_session(&world, 1));
    assert_eq!(connect_sessions::insert(db, &session, 5, START).await.unwrap(), Admission::Admitted);
    assert_eq!(system::connect_session_by_token_hash(db, &[1; 32]).await.unwrap(), Some(session.clone()));
    let newest = |device, now| connect_sessions::newest_open(db, team, &world.user, device, "segment", now);
    assert_eq!(newest(Some(&world.device), START).await.unwrap(), Some(session.clone()));
    assert_eq!(newest(None, START).await.unwrap(), None);
    let mut tx = db.begin().await.unwrap();
    let complete = async |tx: &mut _, now| {
        connect_sessions::complete(tx, team, &session.id, &world.connection.id, now).await.unwrap()
    };
    assert!(!complete(&mut tx, session.expires_at).await);
    assert!(complete(&mut tx, START + MINUTE).await);
    assert!(!complete(&mut tx, START + MINUTE).await);
    tx.commit().await.unwrap();
    let found = system::connect_session_by_token_hash(db, &[1; 32]).await.unwrap().unwrap();
    assert_eq!(
        (found.status, found.connection),
        (ConnectStatus::Connected, Some(world.connection.id.clone()))
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connect_sessions_stay_under_their_cap(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let admitted = hundred(|n| {
        let (db, session) = (world.db.clone(), connect_session(&world, u8::try_from(n).unwrap()));
        async move { connect_sessions::insert(&db, &session, 5, START).await.unwrap() }
    })
    .await;
    assert_eq!(admitted.iter().filter(|a| **a == Admission::Admitted).count(), 5);
}
