use crate::world::{MINUTE, START, World, connection, device, member, outcome, team};
use keyferry_core::{CallId, Impact, Role};
use keyferry_store::calls::{self, CallFilter, Whose};
use keyferry_store::journal_batch::{Entry, write};
use keyferry_store::{CallState, NewCall, subjects};
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;

async fn journal(world: &World, calls: &[NewCall]) {
    let entries: Vec<Entry> = calls.iter().cloned().map(Entry::Begun).collect();
    assert!(write(&world.db, &entries).await.unwrap().is_empty());
}

async fn listed(world: &World, whose: Whose<'_>, filter: &CallFilter) -> Vec<CallId> {
    let found = calls::list(&world.db, &world.team, whose, filter, 100).await.unwrap();
    found.into_iter().map(|call| call.id).collect()
}

#[rstest]
#[tokio::test]
async fn a_call_reads_back_as_it_was_written(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let call = world.call();
    journal(&world, std::slice::from_ref(&call)).await;
    let stored = world.stored(&call.id).await;
    assert_eq!((stored.digest, stored.arguments, stored.object), (call.digest, call.arguments, call.object));
    assert_eq!((stored.started_at, stored.deadline_at), (call.started_at, call.deadline_at));
    let head =
        calls::list(&world.db, &world.team, Whose::Device(&world.device), &CallFilter::default(), 1).await;
    assert_eq!(head.unwrap()[0].arguments, None, "a list carries no bodies");
}

#[rstest]
#[tokio::test]
async fn each_sees_what_is_theirs(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, team_id) = (&world.db, &world.team);
    let other = member(db, team_id, Role::Member).await;
    let (their_device, personal) =
        (device(db, team_id, &other).await, connection(db, team_id, Some(&other), &other, false).await);
    let mine = world.call();
    let shared = NewCall { user: other.clone(), device: Some(their_device.clone()), ..world.call() };
    let private =
        NewCall { connection: Some(personal.id), ..NewCall { id: CallId::new(), ..shared.clone() } };
    journal(&world, &[mine.clone(), shared.clone(), private.clone()]).await;
    let everything = CallFilter::default();
    let [m, s, p] = [&mine.id, &shared.id, &private.id].map(Clone::clone);
    let only_mine = [m.clone()];
    assert_eq!(listed(&world, Whose::Device(&world.device), &everything).await, only_mine);
    assert_eq!(listed(&world, Whose::Person(&world.user), &everything).await, only_mine);
    assert_eq!(listed(&world, Whose::Manager(&world.user), &everything).await, [s.clone(), m]);
    assert_eq!(listed(&world, Whose::Person(&other), &everything).await, [p.clone(), s.clone()]);
    let get = async |team, whose, id| calls::get(db, team, whose, id).await.unwrap().is_some();
    assert!(get(team_id, Whose::Device(&their_device), &p).await);
    assert!(!get(team_id, Whose::Device(&world.device), &p).await);
    assert!(get(team_id, Whose::Manager(&world.user), &s).await);
    assert!(!get(team_id, Whose::Manager(&world.user), &p).await);
    assert!(!get(&team(db).await, Whose::Person(&other), &p).await);
}

#[rstest]
#[tokio::test]
async fn filters_narrow_and_the_cursor_goes_on(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let read = NewCall {
        tool: "segment_list_sources".to_owned(),
        impact: Impact::Read,
        connection: None,
        started_at: START + MINUTE,
        ..world.call()
    };
    let write_call = world.call();
    let beneath = NewCall { parent: Some(write_call.id.clone()), ..world.call() };
    journal(&world, &[read.clone(), write_call.clone(), beneath.clone()]).await;
    let whose = Whose::Person(&world.user);
    let [r, w, b] = [&read.id, &write_call.id, &beneath.id].map(Clone::clone);
    let cases = [
        (CallFilter::default(), vec![w.clone(), r.clone()]),
        (CallFilter { beneath: true, ..Default::default() }, vec![b.clone(), w.clone(), r.clone()]),
        (CallFilter { parent: Some(w.clone()), ..Default::default() }, vec![b]),
        (CallFilter { impact: Some(Impact::Read), ..Default::default() }, vec![r.clone()]),
        (CallFilter { tool: Some("segment_track".to_owned()), ..Default::default() }, vec![w.clone()]),
        (CallFilter { integration: Some("okki".to_owned()), ..Default::default() }, vec![]),
        (CallFilter { connection: Some(world.connection.id.clone()), ..Default::default() }, vec![w.clone()]),
        (CallFilter { device: Some(world.device.clone()), ..Default::default() }, vec![w.clone(), r.clone()]),
        (CallFilter { state: Some(CallState::Unknown), ..Default::default() }, vec![]),
        (CallFilter { since: Some(START + MINUTE), ..Default::default() }, vec![r.clone()]),
        (CallFilter { until: Some(START + MINUTE), ..Default::default() }, vec![w.clone()]),
        (CallFilter { before: Some(w), ..Default::default() }, vec![r]),
    ];
    for (filter, expected) in cases {
        assert_eq!(listed(&world, whose, &filter).await, expected, "{filter:?}");
    }
}

#[rstest]
#[tokio::test]
async fn stored_answers_are_weighed_by_team(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    assert_eq!(calls::stored_bytes(&world.db, &world.team).await.unwrap(), 0);
    let done = outcome(CallState::Succeeded);
    let entries = [Entry::Whole(world.call(), done.clone()), Entry::Whole(world.call(), done)];
    write(&world.db, &entries).await.unwrap();
    assert_eq!(calls::stored_bytes(&world.db, &world.team).await.unwrap(), 20);
    assert_eq!(calls::stored_bytes(&world.db, &team(&world.db).await).await.unwrap(), 0);
}

#[rstest]
#[tokio::test]
async fn a_person_is_erased_from_the_calls_that_concern_them(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, team_id, call) = (&world.db, &world.team, world.call());
    journal(&world, std::slice::from_ref(&call)).await;
    assert_eq!(subjects::calls_of(db, team_id, &[9; 32]).await.unwrap(), std::slice::from_ref(&call.id));
    assert_eq!(subjects::calls_of(db, &team(db).await, &[9; 32]).await.unwrap(), []);
    let mut tx = db.begin().await.unwrap();
    assert!(calls::erase_bodies(&mut tx, team_id, &call.id).await.unwrap());
    assert_eq!(subjects::forget(&mut tx, team_id, &[9; 32]).await.unwrap(), 1);
    tx.commit().await.unwrap();
    let stored = world.stored(&call.id).await;
    assert_eq!((stored.arguments, stored.result, stored.object), (None, None, None));
    assert_eq!(subjects::calls_of(db, team_id, &[9; 32]).await.unwrap(), []);
}
