//! Master keys, what is sealed under them, and the replicas that have them.

use crate::world::{MINUTE, START, World, credential, hundred};
use keyferry_core::{MasterKeyId, ReplicaId};
use keyferry_store::master_keys::Retirement;
use keyferry_store::system::{self, SealedTable};
use keyferry_store::{
    Credential, MasterKeyState, Replica, SigningKey, TeamKey, credentials, master_keys, replicas,
    signing_keys, team_keys,
};
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;

fn team_key(world: &World, purpose: &str) -> TeamKey {
    TeamKey {
        id: format!("tk_{}", keyferry_core::RequestId::new()),
        team: world.team.clone(),
        purpose: purpose.to_owned(),
        key_id: MasterKeyId::new(),
        sealed: vec![1, 2],
        created_at: START,
    }
}

fn signing_key() -> SigningKey {
    SigningKey {
        id: format!("sk_{}", keyferry_core::RequestId::new()),
        purpose: "access-token".to_owned(),
        key_id: MasterKeyId::new(),
        sealed: vec![3],
        created_at: START,
        retired_at: None,
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_who_need_a_key_get_the_same(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let got = hundred(|_| {
        let (db, team, signing) = (world.db.clone(), team_key(&world, "digest"), signing_key());
        async move {
            let team = team_keys::insert_or_get(&db, &team).await.unwrap();
            let signing = signing_keys::insert_or_get(&db, &signing).await.unwrap();
            (team.id, signing.id)
        }
    })
    .await;
    assert!(got.iter().all(|ids| *ids == got[0]));
    assert_eq!(signing_keys::all(&world.db).await.unwrap().len(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_who_replace_a_key_get_the_same_and_the_forgotten_are_gone(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let first = signing_keys::insert_or_get(&world.db, &signing_key()).await.unwrap();
    let later = START + MINUTE;
    let got = hundred(|_| {
        let (db, old) = (world.db.clone(), first.id.clone());
        let new = SigningKey { created_at: later, ..signing_key() };
        async move { signing_keys::replace(&db, &old, &new, START).await.unwrap().id }
    })
    .await;
    assert!(got.iter().all(|id| *id == got[0]) && got[0] != first.id);
    let kept = async || -> Vec<(String, bool)> {
        let all = signing_keys::all(&world.db).await.unwrap();
        all.into_iter().map(|key| (key.id, key.retired_at.is_some())).collect()
    };
    assert_eq!(kept().await, [(first.id, true), (got[0].clone(), false)]);

    let last = SigningKey { created_at: later + MINUTE, ..signing_key() };
    signing_keys::replace(&world.db, &got[0], &last, later + MINUTE).await.unwrap();
    assert_eq!(kept().await, [(got[0].clone(), true), (last.id, false)]);
}

#[rstest]
#[tokio::test]
async fn dropping_a_months_key_is_for_good(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let db = &world.db;
    for purpose in ["digest", "body:2026-09", "body:2026-10", "body:2026-11"] {
        team_keys::insert_or_get(db, &team_key(&world, purpose)).await.unwrap();
    }
    assert_eq!(system::prune_body_keys(db, "2026-11").await.unwrap(), 2);
    assert!(team_keys::get(db, &world.team, "body:2026-11").await.unwrap().is_some());
    assert!(team_keys::get(db, &world.team, "digest").await.unwrap().is_some());
    assert_eq!(team_keys::get(db, &world.team, "body:2026-10").await.unwrap(), None);
}

#[rstest]
#[tokio::test]
async fn master_keys_go_from_added_to_active_to_former_to_retired(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (old, new) = (MasterKeyId::new(), MasterKeyId::new());
    let states = async || -> Vec<MasterKeyState> {
        master_keys::all(&world.db).await.unwrap().into_iter().map(|key| key.state).collect()
    };
    let mut tx = world.db.begin().await.unwrap();
    assert!(!master_keys::activate(&mut tx, &old, START).await.unwrap(), "it was not added");
    assert!(master_keys::add(&mut tx, &old, START).await.unwrap());
    assert!(!master_keys::add(&mut tx, &old, START).await.unwrap());
    assert!(master_keys::activate(&mut tx, &old, START).await.unwrap());
    assert!(master_keys::add(&mut tx, &new, START).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(states().await, [MasterKeyState::Active, MasterKeyState::Added]);
    assert_eq!(retire(&world, &old).await, Retirement::Active);
    activate(&world, &new).await;
    activate(&world, &old).await;
    activate(&world, &new).await;
    assert_eq!(states().await, [MasterKeyState::Former, MasterKeyState::Active]);
    assert_eq!(retire(&world, &old).await, Retirement::Retired);
    assert_eq!(retire(&world, &old).await, Retirement::Unknown);
    let mut tx = world.db.begin().await.unwrap();
    assert!(!master_keys::activate(&mut tx, &old, START).await.unwrap(), "it is retired");
    drop(tx);
    assert_eq!(states().await, [MasterKeyState::Retired, MasterKeyState::Active]);
}

async fn activate(world: &World, key: &MasterKeyId) {
    let mut tx = world.db.begin().await.unwrap();
    assert!(master_keys::activate(&mut tx, key, START).await.unwrap());
    tx.commit().await.unwrap();
}

/// Tries to, for replicas that were heard of at the start or later.
async fn retire(world: &World, key: &MasterKeyId) -> Retirement {
    let mut tx = world.db.begin().await.unwrap();
    let came = master_keys::retire(&mut tx, key, START, START + MINUTE).await.unwrap();
    tx.commit().await.unwrap();
    came
}

#[rstest]
#[tokio::test]
async fn a_key_that_somebody_still_needs_is_not_retired(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let sealed = team_keys::insert_or_get(&world.db, &team_key(&world, "handle")).await.unwrap();
    let (old, new) = (sealed.key_id.clone(), MasterKeyId::new());
    let mut tx = world.db.begin().await.unwrap();
    for key in [&old, &new] {
        assert!(master_keys::add(&mut tx, key, START).await.unwrap());
        assert!(master_keys::activate(&mut tx, key, START).await.unwrap());
    }
    tx.commit().await.unwrap();
    let behind = Replica { active_key: Some(old.clone()), ..replica() };
    let silent = Replica { active_key: None, ..replica() };
    let gone = Replica { seen_at: START - MINUTE, ..behind.clone() };
    for one in [&behind, &silent, &Replica { id: ReplicaId::new(), ..gone }] {
        replicas::seen(&world.db, one).await.unwrap();
    }
    assert_eq!(retire(&world, &old).await, Retirement::SealsFor(vec![behind.clone(), silent.clone()]));
    for one in [behind, silent] {
        replicas::seen(&world.db, &Replica { active_key: Some(new.clone()), ..one }).await.unwrap();
    }
    assert_eq!(retire(&world, &old).await, Retirement::Seals(1));
    let row = system::sealed_batch(&world.db, SealedTable::TeamKeys, "", 1).await.unwrap().remove(0);
    assert!(system::replace_sealed(&world.db, SealedTable::TeamKeys, &row, &new, &[13]).await.unwrap());
    assert_eq!(retire(&world, &old).await, Retirement::Retired);
}

fn replica() -> Replica {
    let key = MasterKeyId::new();
    Replica { id: ReplicaId::new(), seen_at: START, key_ids: vec![key.clone()], active_key: Some(key) }
}

#[rstest]
#[tokio::test]
async fn every_sealed_record_is_walked_with_what_it_is_bound_to(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let db = &world.db;
    let credential = credential(db, &world.connection, "tracking").await;
    let team_key = team_keys::insert_or_get(db, &team_key(&world, "handle")).await.unwrap();
    let signing_key = signing_keys::insert_or_get(db, &signing_key()).await.unwrap();
    let mut walked = Vec::new();
    for table in SealedTable::ALL {
        let batch = system::sealed_batch(db, table, "", 10).await.unwrap();
        let [row] = &batch[..] else { panic!("{table:?}: {batch:?}") };
        assert_eq!(system::sealed_batch(db, table, &row.record, 10).await.unwrap(), []);
        assert_eq!(system::sealed_under(db, &row.key_id).await.unwrap(), 1);
        walked.push(row.clone());
    }
    let [c, s, t] = &walked[..] else { panic!("three tables") };
    assert_eq!((&c.record, c.version, &c.sealed), (&credential.id.to_string(), 1, &credential.sealed));
    assert_eq!((c.team.as_ref(), c.connection.as_ref()), (Some(&world.team), Some(&world.connection.id)));
    assert_eq!((c.integration.as_deref(), c.slot.as_deref()), (Some("segment"), Some("tracking")));
    assert_eq!(
        (&s.record, s.team.as_ref(), s.purpose.as_deref()),
        (&signing_key.id, None, Some("access-token"))
    );
    assert_eq!(
        (&t.record, t.team.as_ref(), t.purpose.as_deref()),
        (&team_key.id, Some(&world.team), Some("handle"))
    );
}

#[rstest]
#[tokio::test]
async fn a_rewrap_never_overwrites_a_newer_secret(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let db = &world.db;
    let old = credential(db, &world.connection, "tracking").await;
    let row = system::sealed_batch(db, SealedTable::Credentials, "", 10).await.unwrap().remove(0);
    let newer = Credential { version: 2, sealed: vec![42], ..old.clone() };
    let mut tx = db.begin().await.unwrap();
    assert!(credentials::put(&mut tx, &newer).await.unwrap());
    tx.commit().await.unwrap();
    let key = MasterKeyId::new();
    assert!(!system::replace_sealed(db, SealedTable::Credentials, &row, &key, &[13]).await.unwrap());
    let row = system::sealed_batch(db, SealedTable::Credentials, "", 10).await.unwrap().remove(0);
    assert!(system::replace_sealed(db, SealedTable::Credentials, &row, &key, &[13]).await.unwrap());
    let found = credentials::of_connection(db, &world.team, &world.user, &world.connection.id).await.unwrap();
    assert_eq!((&found[0].sealed, &found[0].key_id, found[0].version), (&vec![13], &key, 2));
}

#[rstest]
#[tokio::test]
async fn replicas_tell_that_they_live_and_what_they_have(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let db = &world.db;
    let mut replica = Replica { key_ids: vec![], ..replica() };
    replicas::seen(db, &replica).await.unwrap();
    replica.seen_at = START + MINUTE;
    replica.key_ids = vec![MasterKeyId::new(), MasterKeyId::new()];
    replica.active_key = None;
    replicas::seen(db, &replica).await.unwrap();
    assert_eq!(replicas::live(db, START + MINUTE).await.unwrap(), std::slice::from_ref(&replica));
    assert_eq!(replicas::live(db, START + 2 * MINUTE).await.unwrap(), []);
    replicas::gone(db, &replica.id).await.unwrap();
    assert_eq!(replicas::live(db, START).await.unwrap(), []);
}
