use crate::world::{MINUTE, START, World, hundred, member, someone, team};
use keyferry_core::{Role, SessionId};
use keyferry_store::{
    LinkPurpose, OneTimeLink, PairingWindow, Session, attempts, members, meta, one_time_links,
    pairing_windows, sessions, system, teams, users,
};
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;

#[rstest]
#[tokio::test]
async fn a_person_is_found_by_id_and_address_and_an_address_is_taken_once(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let user = users::get(&world.db, &world.user).await.unwrap().unwrap();
    assert_eq!(users::by_email(&world.db, &user.email).await.unwrap(), Some(user.clone()));
    let twin = keyferry_store::User { email: user.email.clone(), ..someone() };
    assert!(users::insert(&world.db, &twin).await.unwrap_err().is_duplicate());
    assert_eq!(users::all(&world.db).await.unwrap(), [user]);
}

#[rstest]
#[tokio::test]
async fn what_a_person_changes_is_kept(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let mut tx = world.db.begin().await.unwrap();
    assert!(users::set_password(&mut tx, &world.user, "$argon2id$…", START).await.unwrap());
    assert!(users::rename(&mut tx, &world.user, "Ünï 🙂", START).await.unwrap());
    assert!(users::set_disabled(&mut tx, &world.user, Some(START), START).await.unwrap());
    assert!(!users::rename(&mut tx, &someone().id, "nobody", START).await.unwrap());
    tx.commit().await.unwrap();
    let user = users::get(&world.db, &world.user).await.unwrap().unwrap();
    assert_eq!(user.password_hash.as_deref(), Some("$argon2id$…"));
    assert_eq!((user.name.as_str(), user.disabled_at), ("Ünï 🙂", Some(START)));
    assert_eq!(members::role(&world.db, &world.team, &world.user).await.unwrap(), None);
    assert!(!format!("{user:?}").contains("argon2id"));
}

#[rstest]
#[tokio::test]
async fn members_and_memberships(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, other) = (&world.db, team(&world.db).await);
    let second = member(db, &world.team, Role::Viewer).await;
    assert_eq!(members::role(db, &world.team, &second).await.unwrap(), Some(Role::Viewer));
    assert_eq!(members::role(db, &other, &second).await.unwrap(), None);
    let mut tx = db.begin().await.unwrap();
    assert!(members::set_role(&mut tx, &world.team, &second, Role::Admin, START).await.unwrap());
    assert!(!members::set_role(&mut tx, &other, &second, Role::Owner, START).await.unwrap());
    members::add(&mut tx, &other, &second, Role::Member, START + MINUTE).await.unwrap();
    assert_eq!(members::count_owners(&mut tx, &world.team).await.unwrap(), 1);
    tx.commit().await.unwrap();
    let of_second = members::memberships_of(db, &second).await.unwrap();
    assert_eq!(of_second.iter().map(|m| m.role).collect::<Vec<_>>(), [Role::Admin, Role::Member]);
    assert_eq!(of_second[0].team_name, "Team");
    assert_eq!(members::of_team(db, &world.team).await.unwrap().len(), 2);
    let mut tx = db.begin().await.unwrap();
    assert!(members::remove(&mut tx, &world.team, &second, START).await.unwrap());
    assert!(!members::remove(&mut tx, &world.team, &second, START).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(members::of_team(db, &world.team).await.unwrap().len(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_owners_who_leave_at_once_one_stays(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let other = member(&world.db, &world.team, Role::Owner).await;
    let leave = |user: keyferry_core::UserId| {
        let (db, team) = (world.db.clone(), world.team.clone());
        tokio::spawn(async move {
            let mut tx = db.begin().await.unwrap();
            if members::count_owners(&mut tx, &team).await.unwrap() > 1 {
                members::remove(&mut tx, &team, &user, START).await.unwrap();
            }
            tx.commit().await.unwrap();
        })
    };
    let both = [leave(world.user.clone()), leave(other)];
    for leaving in both {
        leaving.await.unwrap();
    }
    assert_eq!(members::of_team(&world.db, &world.team).await.unwrap().len(), 1);
}

fn session(world: &World, secret: u8) -> Session {
    Session {
        id: SessionId::new(),
        secret_hash: vec![secret; 32],
        user: world.user.clone(),
        team: world.team.clone(),
        address: "192.0.2.1".to_owned(),
        user_agent: "browser".to_owned(),
        created_at: START,
        expires_at: START + 10 * MINUTE,
        fresh_at: START,
        last_seen_at: START,
        ended_at: None,
    }
}

#[rstest]
#[tokio::test]
async fn a_session_lives_until_it_ends_or_expires(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let db = &world.db;
    let [one, two, three] = [1, 2, 3].map(|secret| session(&world, secret));
    for session in [&one, &two, &three] {
        sessions::insert(db, session).await.unwrap();
    }
    let found = system::session_by_secret_hash(db, &one.secret_hash, START).await.unwrap();
    assert_eq!(found, Some(one.clone()));
    let late = system::session_by_secret_hash(db, &one.secret_hash, one.expires_at).await.unwrap();
    assert_eq!(late, None);
    let stranger = someone().id;
    assert!(!sessions::end(db, &stranger, &one.id, START).await.unwrap());
    assert!(sessions::end(db, &world.user, &one.id, START).await.unwrap());
    assert!(!sessions::end(db, &world.user, &one.id, START).await.unwrap());
    assert_eq!(system::session_by_secret_hash(db, &one.secret_hash, START).await.unwrap(), None);
    assert_eq!(sessions::end_all(db, &world.user, Some(&two.id), START).await.unwrap(), 1);
    let left = sessions::of_user(db, &world.user, START).await.unwrap();
    assert_eq!(left, [two]);
    assert_eq!(sessions::end_all(db, &world.user, None, START).await.unwrap(), 1);
}

#[rstest]
#[tokio::test]
async fn a_session_remembers_freshness_team_and_last_sight(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, session) = (&world.db, session(&world, 1));
    sessions::insert(db, &session).await.unwrap();
    let (soon, later) = (START + MINUTE, START + 2 * MINUTE);
    let other = team(db).await;
    assert!(sessions::set_fresh(db, &world.user, &session.id, soon).await.unwrap());
    assert!(sessions::set_team(db, &world.user, &session.id, &other).await.unwrap());
    sessions::touch(db, &session.id, soon, START).await.unwrap();
    let unchanged = system::session_by_secret_hash(db, &session.secret_hash, START).await.unwrap().unwrap();
    assert_eq!(unchanged.last_seen_at, START, "it was seen since");
    sessions::touch(db, &session.id, later, soon).await.unwrap();
    let found = system::session_by_secret_hash(db, &session.secret_hash, START).await.unwrap().unwrap();
    assert_eq!((found.fresh_at, found.team, found.last_seen_at), (soon, other, later));
}

fn invitation(world: &World) -> OneTimeLink {
    OneTimeLink {
        hash: vec![3; 32],
        purpose: LinkPurpose::Invitation,
        user: None,
        team: Some(world.team.clone()),
        role: Some(Role::Member),
        created_at: START,
        expires_at: START + MINUTE,
        spent_at: None,
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_who_spend_a_link_one_gets_it(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let link = invitation(&world);
    one_time_links::insert(&world.db, &link).await.unwrap();
    let spent = hundred(|_| {
        let (db, hash) = (world.db.clone(), link.hash.clone());
        async move { one_time_links::spend(&db, &hash, LinkPurpose::Invitation, START).await.unwrap() }
    })
    .await;
    let got: Vec<_> = spent.into_iter().flatten().collect();
    assert_eq!(got, [OneTimeLink { spent_at: Some(START), ..link }]);
}

#[rstest]
#[tokio::test]
async fn a_link_is_good_for_its_purpose_and_time_only(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, link) = (&world.db, invitation(&world));
    one_time_links::insert(db, &link).await.unwrap();
    let invited = LinkPurpose::Invitation;
    assert_eq!(one_time_links::find(db, &link.hash, invited, START).await.unwrap(), Some(link.clone()));
    for (purpose, now) in [(LinkPurpose::Setup, START), (invited, link.expires_at)] {
        assert_eq!(one_time_links::find(db, &link.hash, purpose, now).await.unwrap(), None);
        assert_eq!(one_time_links::spend(db, &link.hash, purpose, now).await.unwrap(), None);
    }
    assert_eq!(one_time_links::void_all(db, invited, START).await.unwrap(), 1);
    assert_eq!(one_time_links::spend(db, &link.hash, invited, START).await.unwrap(), None);
}

#[rstest]
#[tokio::test]
async fn guesses_are_counted_by_scope_and_window(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let db = &world.db;
    for (id, scope, at) in [("a", "x", START), ("b", "x", START + MINUTE), ("c", "y", START)] {
        attempts::note(db, id, scope, at).await.unwrap();
    }
    assert_eq!(attempts::count_since(db, "x", START).await.unwrap(), 2);
    assert_eq!(attempts::oldest_since(db, "x", START).await.unwrap(), Some(START));
    assert_eq!(attempts::count_since(db, "x", START + MINUTE).await.unwrap(), 1);
    attempts::forget(db, "b").await.unwrap();
    assert_eq!(attempts::count_since(db, "x", START + MINUTE).await.unwrap(), 0);
    assert_eq!(attempts::oldest_since(db, "x", START + MINUTE).await.unwrap(), None);
}

#[rstest]
#[tokio::test]
async fn a_pairing_window_is_one_persons_and_closes(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let db = &world.db;
    assert!(!system::any_pairing_window(db, START).await.unwrap());
    let window = PairingWindow {
        team: world.team.clone(),
        user: world.user.clone(),
        opened_at: START,
        expires_at: START + MINUTE,
    };
    pairing_windows::open(db, &window).await.unwrap();
    let longer = PairingWindow { expires_at: START + 2 * MINUTE, ..window };
    pairing_windows::open(db, &longer).await.unwrap();
    assert!(system::any_pairing_window(db, START + MINUTE).await.unwrap());
    let get = |user, now| pairing_windows::get(db, &world.team, user, now);
    assert_eq!(get(&world.user, START + MINUTE).await.unwrap(), Some(longer.clone()));
    assert_eq!(get(&world.user, longer.expires_at).await.unwrap(), None);
    assert_eq!(get(&someone().id, START).await.unwrap(), None);
    assert!(pairing_windows::close(db, &world.team, &world.user).await.unwrap());
    assert!(!system::any_pairing_window(db, START).await.unwrap());
}

#[rstest]
#[tokio::test]
async fn a_team_is_renamed_and_meta_keeps_the_first_mark(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let db = &world.db;
    assert!(teams::rename(db, &world.team, "New").await.unwrap());
    assert_eq!(teams::get(db, &world.team).await.unwrap().unwrap().name, "New");
    assert_eq!(meta::get(db, "owner").await.unwrap(), None);
    assert!(meta::set_if_absent(db, "owner", "demo").await.unwrap());
    assert!(!meta::set_if_absent(db, "owner", "serve").await.unwrap());
    assert_eq!(meta::get(db, "owner").await.unwrap().as_deref(), Some("demo"));
}
