use crate::world::{MINUTE, START, World, hundred, member, someone, team, unpaired};
use keyferry_core::{Consent, Role, Rule, ShownTools};
use keyferry_store::{
    ChangeKind, ConfirmationStatus, Narrowing, RefreshToken, changes, confirmations, device_rules, devices,
    refresh_tokens, system,
};
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;

#[rstest]
#[tokio::test]
async fn a_device_is_found_by_its_token_until_it_has_another(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let db = &world.db;
    let mut device = unpaired(&world.team, &world.user);
    device.token_hash = Some(vec![1; 32]);
    let mut tx = db.begin().await.unwrap();
    devices::insert(&mut tx, &device).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(system::device_by_token_hash(db, &[1; 32]).await.unwrap(), Some(device.clone()));
    assert_eq!(system::device_by_id(db, &device.id).await.unwrap(), Some(device.clone()));
    assert_eq!(system::refresh_token_by_hash(db, &[1; 32]).await.unwrap(), None, "it is no refresh token");

    let mut tx = db.begin().await.unwrap();
    let generation = devices::replace_token(&mut tx, &world.team, &device.id, &[2; 32], "zzzz", START).await;
    assert_eq!(generation.unwrap(), Some(2));
    tx.commit().await.unwrap();
    assert_eq!(system::device_by_token_hash(db, &[1; 32]).await.unwrap(), None);
    let found = system::device_by_token_hash(db, &[2; 32]).await.unwrap().unwrap();
    assert_eq!((found.id, found.generation, found.token_last4.as_deref()), (device.id, 2, Some("zzzz")));
}

#[rstest]
#[tokio::test]
async fn revoking_ends_tokens_refresh_tokens_and_confirmations(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, team, id) = (&world.db, &world.team, &world.device);
    let open = world.previewed(Consent::Preview).await;
    let pending = world.previewed(Consent::Person).await;
    let mut tx = db.begin().await.unwrap();
    devices::replace_token(&mut tx, team, id, &[2; 32], "zzzz", START).await.unwrap();
    refresh_tokens::insert(&mut tx, &token(&world, 5)).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.begin().await.unwrap();
    assert!(devices::revoke(&mut tx, team, id, START + MINUTE).await.unwrap());
    assert!(!devices::revoke(&mut tx, team, id, START + MINUTE).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(system::device_by_token_hash(db, &[2; 32]).await.unwrap(), None);
    assert_eq!(system::refresh_token_by_hash(db, &[5; 32]).await.unwrap(), None);
    for confirmation in [open.id, pending.id] {
        let found = confirmations::get(db, team, id, &confirmation).await.unwrap().unwrap();
        assert_eq!(found.status, ConfirmationStatus::Void);
    }
    let device = devices::get(db, team, id).await.unwrap().unwrap();
    assert_eq!((device.revoked_at, device.generation), (Some(START + MINUTE), 3));
    let mut tx = db.begin().await.unwrap();
    assert!(!devices::set_rule(&mut tx, team, id, Rule::Trusted, START).await.unwrap());
}

#[rstest]
#[tokio::test]
async fn a_person_who_leaves_takes_all_devices_along(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, team) = (&world.db, &world.team);
    let other = member(db, team, Role::Member).await;
    let theirs = [crate::world::device(db, team, &other).await, crate::world::device(db, team, &other).await];
    let mut tx = db.begin().await.unwrap();
    assert_eq!(devices::revoke_all_of(&mut tx, team, &other, START).await.unwrap(), theirs);
    tx.commit().await.unwrap();
    let alive = |found: Vec<keyferry_store::Device>| found.iter().filter(|d| d.revoked_at.is_none()).count();
    assert_eq!(alive(devices::of_user(db, team, &other).await.unwrap()), 0);
    assert_eq!(alive(devices::of_team(db, team).await.unwrap()), 1);
}

#[rstest]
#[tokio::test]
async fn another_teams_id_changes_and_shows_nothing(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, other, id) = (&world.db, team(&world.db).await, &world.device);
    let before = devices::get(db, &world.team, id).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    assert!(!devices::revoke(&mut tx, &other, id, START).await.unwrap());
    assert!(!devices::rename(&mut tx, &other, id, "mine", START).await.unwrap());
    assert!(!devices::set_rule(&mut tx, &other, id, Rule::Trusted, START).await.unwrap());
    assert!(!devices::set_expiry(&mut tx, &other, id, Some(START), START).await.unwrap());
    let tools: ShownTools = "segment_track".parse().unwrap();
    assert!(!devices::show_tools(&mut tx, &other, id, &tools, START).await.unwrap());
    assert_eq!(devices::replace_token(&mut tx, &other, id, &[1; 32], "aaaa", START).await.unwrap(), None);
    tx.commit().await.unwrap();
    assert_eq!(devices::get(db, &other, id).await.unwrap(), None);
    assert_eq!(devices::of_team(db, &other).await.unwrap(), []);
    assert_eq!(devices::get(db, &world.team, id).await.unwrap(), before);
}

#[rstest]
#[tokio::test]
async fn the_tools_that_a_device_shows_are_kept_in_their_order_and_told_as_a_change(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (db, team, id) = (&world.db, &world.team, &world.device);
    assert!(devices::get(db, team, id).await.unwrap().unwrap().shown_tools.is_empty());
    for chosen in ["segment_track,segment_list_sources", "", "segment_track"] {
        let before = changes::latest(db).await.unwrap();
        let tools: ShownTools = chosen.parse().unwrap();
        let mut tx = db.begin().await.unwrap();
        assert!(devices::show_tools(&mut tx, team, id, &tools, START).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(devices::get(db, team, id).await.unwrap().unwrap().shown_tools, tools);
        let noted = changes::since(db, before, 10).await.unwrap();
        assert_eq!((noted[0].kind, noted[0].id.as_str()), (ChangeKind::Device, id.as_str()));
    }
    let mut tx = db.begin().await.unwrap();
    devices::revoke(&mut tx, team, id, START).await.unwrap();
    assert!(!devices::show_tools(&mut tx, team, id, &ShownTools::default(), START).await.unwrap());
}

#[rstest]
#[tokio::test]
async fn use_is_noted_now_and_then(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, team, id) = (&world.db, &world.team, &world.device);
    let latest = changes::latest(db).await.unwrap();
    let used = async |now, address, not_since| {
        devices::note_use(db, team, id, now, address, not_since).await.unwrap();
        devices::get(db, team, id).await.unwrap().unwrap()
    };
    assert_eq!(used(START, "192.0.2.1", START).await.last_used_at, Some(START));
    assert_eq!(used(START + MINUTE, "192.0.2.1", START).await.last_used_at, Some(START));
    let moved = used(START + MINUTE, "192.0.2.2", START).await;
    assert_eq!(moved.last_address.as_deref(), Some("192.0.2.2"));
    assert_eq!(changes::latest(db).await.unwrap(), latest, "use is not a change");
}

#[rstest]
#[tokio::test]
async fn narrowings_are_replaced_as_a_whole(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, team, id) = (&world.db, &world.team, &world.device);
    let narrow = |tool: Option<&str>, rule| Narrowing {
        integration: Some("segment".to_owned()),
        connection: Some(world.connection.id.clone()),
        tool: tool.map(str::to_owned),
        rule,
    };
    let anything = Narrowing { integration: None, connection: None, tool: None, rule: Rule::Approve };
    let first =
        [anything.clone(), narrow(None, Rule::ReadOnly), narrow(Some("segment_track"), Rule::Confirm)];
    for rules in [&first[..], &first[1..2]] {
        let mut tx = db.begin().await.unwrap();
        device_rules::replace(&mut tx, team, id, rules, START).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(device_rules::of_device(db, team, id).await.unwrap(), rules);
    }
    let mut tx = db.begin().await.unwrap();
    let twice = [anything.clone(), anything];
    assert!(device_rules::replace(&mut tx, team, id, &twice, START).await.unwrap_err().is_duplicate());
}

fn token(world: &World, byte: u8) -> RefreshToken {
    RefreshToken {
        hash: vec![byte; 32],
        device: world.device.clone(),
        team: world.team.clone(),
        generation: 1,
        issued_at: START,
        expires_at: START + 100 * MINUTE,
        rotated_at: None,
        successor_hash: None,
        successor_used_at: None,
    }
}

#[rstest]
#[tokio::test]
async fn a_refresh_token_gets_another_successor_until_one_is_used(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let db = &world.db;
    let read = async |byte: u8| system::refresh_token_by_hash(db, &[byte; 32]).await.unwrap();
    let rotate = async |from: &RefreshToken, to: u8| {
        let mut tx = db.begin().await.unwrap();
        let rotated =
            refresh_tokens::rotate(&mut tx, from, &token(&world, to), START + MINUTE).await.unwrap();
        tx.commit().await.unwrap();
        rotated
    };
    let first = token(&world, 1);
    let mut tx = db.begin().await.unwrap();
    refresh_tokens::insert(&mut tx, &first).await.unwrap();
    tx.commit().await.unwrap();

    assert!(rotate(&first, 2).await);
    assert!(!rotate(&first, 3).await, "what the caller read is stale");
    let first = read(1).await.unwrap();
    assert_eq!((first.rotated_at, first.successor_hash.clone()), (Some(START + MINUTE), Some(vec![2; 32])));
    assert!(rotate(&first, 3).await, "the answer was lost; it asks again");
    assert_eq!(read(2).await, None, "the unused successor is worthless");
    assert!(rotate(&read(3).await.unwrap(), 4).await);
    let first = read(1).await.unwrap();
    assert!(first.successor_used_at.is_some());
    assert!(!rotate(&first, 5).await, "its successor was used");
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_rotations_of_one_token_one_wins(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let mut tx = world.db.begin().await.unwrap();
    refresh_tokens::insert(&mut tx, &token(&world, 200)).await.unwrap();
    tx.commit().await.unwrap();
    let rotated = hundred(|n| {
        let (db, from, to) = (world.db.clone(), token(&world, 200), token(&world, u8::try_from(n).unwrap()));
        async move {
            let mut tx = db.begin().await.unwrap();
            let rotated = refresh_tokens::rotate(&mut tx, &from, &to, START).await.unwrap();
            tx.commit().await.unwrap();
            rotated
        }
    })
    .await;
    assert_eq!(rotated.into_iter().filter(|won| *won).count(), 1);
}

#[rstest]
#[tokio::test]
async fn a_strangers_devices_are_not_listed(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    assert_eq!(devices::of_user(&world.db, &world.team, &someone().id).await.unwrap(), []);
}
