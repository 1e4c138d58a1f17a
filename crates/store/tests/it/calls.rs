use crate::world::{MINUTE, START, World, connection, device, member, outcome, team};
use keyferry_core::{CallId, DeviceId, Impact, Role, Timestamp};
use keyferry_store::calls::{self, CallFilter, LastUse, Whose};
use keyferry_store::journal_batch::{Entry, write};
use keyferry_store::{CallState, Connection, NewCall, devices};
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
    let made_at = |at, nth| NewCall { id: call_id(at, nth), started_at: at, ..world.call() };
    let read = NewCall {
        tool: "segment_list_sources".to_owned(),
        impact: Impact::Read,
        connection: None,
        ..made_at(START + MINUTE, 0)
    };
    // The clock was set back by a minute.
    let write_call = NewCall { started_at: START, ..made_at(START + MINUTE, 1) };
    let beneath = NewCall { parent: Some(write_call.id.clone()), ..made_at(START + MINUTE, 2) };
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
async fn the_window_of_time_is_the_ids_too(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let days: Vec<Timestamp> = (0..5).map(|day| START + day * 1440 * MINUTE).collect();
    let calls: Vec<NewCall> =
        days.iter().map(|at| NewCall { id: call_id(*at, 0), started_at: *at, ..world.call() }).collect();
    journal(&world, &calls).await;
    let filter = CallFilter { since: Some(days[1]), until: Some(days[3]), ..Default::default() };
    let found = listed(&world, Whose::Manager(&world.user), &filter).await;
    assert_eq!(found, [calls[2].id.clone(), calls[1].id.clone()]);
    let before = CallFilter { before: Some(calls[2].id.clone()), ..filter };
    assert_eq!(listed(&world, Whose::Manager(&world.user), &before).await, [calls[1].id.clone()]);
}

#[rstest]
#[tokio::test]
async fn a_connection_tells_when_each_device_last_called_over_it(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, team_id) = (&world.db, &world.team);
    let [idle, revoked] = [device(db, team_id, &world.user).await, device(db, team_id, &world.user).await];
    let elsewhere = connection(db, team_id, None, &world.user, false).await;
    let at = |by: &DeviceId, minute: u32, over: &Connection| {
        let started_at = START + minute * MINUTE;
        let (device, connection) = (Some(by.clone()), Some(over.id.clone()));
        NewCall { id: call_id(started_at, minute), device, connection, started_at, ..world.call() }
    };
    let first = at(&world.device, 1, &world.connection);
    let last = NewCall { parent: Some(first.id.clone()), ..at(&world.device, 2, &world.connection) };
    let others =
        [at(&world.device, 3, &elsewhere), at(&idle, 4, &elsewhere), at(&revoked, 5, &world.connection)];
    journal(&world, &[&[first, last.clone()], &others[..]].concat()).await;
    let mut tx = db.begin().await.unwrap();
    devices::revoke(&mut tx, team_id, &revoked, START).await.unwrap();
    tx.commit().await.unwrap();
    let uses = calls::last_uses(db, team_id, &world.connection.id).await.unwrap();
    assert_eq!(uses, [LastUse { device: world.device.clone(), at: last.started_at }]);
    assert_eq!(calls::last_uses(db, &team(db).await, &world.connection.id).await.unwrap(), []);
}

/// An id as it would have been made then.
fn call_id(at: Timestamp, nth: u32) -> CallId {
    format!("call_{:012x}70008000{nth:012x}", at.micros() / 1000).parse().unwrap()
}
