//! Postgres is stopped and started again under load: calls are refused meanwhile, and nothing is lost, sent twice, or left
//! for a hand to mend.

use crate::lanes::{Lanes, arrived, assert_none_lost_none_doubled};
use keyferry_store::scratch;
use keyferry_testkit::postgres::Server;
use keyferry_testkit::{Demo, Engine, until};
use serde_json::json;

#[tokio::test]
async fn a_restart_of_postgres_under_load_refuses_some_and_loses_none() {
    let mut server = Server::start().expect("a Postgres of the test's own");
    let (url, _) = scratch::create(server.url()).await.expect("a database");
    let demo = Demo::plan().database(&url).start(Engine::Postgres).await;
    let device = demo.device_with(&demo.person().await.new_device("load", "trusted").await);
    let load = Lanes::start("restart", &device);
    let some = async || (demo.sandbox.changes(0).await.len() > 50).then_some(());
    until("calls go through", some).await;

    let restarted = tokio::task::spawn_blocking(move || server.restart().map(|()| server));
    let _server = restarted.await.expect("it is done").expect("Postgres comes back");
    let before = demo.sandbox.last().await;
    let again = async || (demo.sandbox.changes(before).await.len() > 50).then_some(());
    until("calls go through again", again).await;

    let sent = load.end().await;
    let refused: Vec<_> =
        sent.iter().filter(|one| one.answer.as_ref().is_none_or(|a| a.status != 200)).collect();
    for one in &refused {
        let answer = one.answer.as_ref().unwrap_or_else(|| panic!("no answer to {}", one.event));
        assert_eq!(answer.told(), (503, "gateway_unavailable"), "{}: {}", one.event, answer.text);
    }
    let arrived = arrived(&demo.sandbox.changes(0).await);
    assert_none_lost_none_doubled(&sent, &arrived);
    // What was refused was not sent.
    let though_refused: Vec<_> =
        refused.iter().filter(|one| arrived.contains(&one.event)).map(|one| &one.event).collect();
    assert!(though_refused.is_empty(), "refused, and sent all the same: {though_refused:?}");
    assert_eq!(device.call("segment_get_workspace", json!({})).await.status, 200);
}
