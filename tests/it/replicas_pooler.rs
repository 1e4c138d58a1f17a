//! Two gateways that reach Postgres through PgBouncer, which lends a session for one transaction at a time and has fewer
//! than they want: nothing may depend on what an earlier statement left in a session.

use crate::lanes::{Lanes, arrived, assert_none_lost_none_doubled};
use keyferry_testkit::database::Database;
use keyferry_testkit::{Demo, Device, Engine, Gateway, Pooler, ServeSettings, free_address, until};
use serde_json::json;

struct Pooled {
    demo: Demo,
    second: Gateway,
    _pooler: Pooler,
    _database: Database,
}

impl Pooled {
    async fn open() -> Self {
        let database = Database::empty(Engine::Postgres).await;
        let pooler = Pooler::before(database.url()).await;
        let way = pooler.instead_of(database.url());
        let demo = Demo::plan().database(database.url()).database_by(&way).start(Engine::Postgres).await;
        let settings = ServeSettings {
            data: demo.home().join("second"),
            listen: free_address(),
            metrics: "127.0.0.1:0".parse().expect("an address"),
            ..demo.settings.clone()
        };
        let second = Gateway::start(&settings).await;
        Self { demo, second, _pooler: pooler, _database: database }
    }

    /// The same device, at the other gateway.
    fn at_second(&self, device: &Device) -> Device {
        Device { base: self.second.base(), ..device.clone() }
    }
}

#[tokio::test]
async fn calls_through_both_at_once_all_succeed() {
    let pooled = Pooled::open().await;
    let device = pooled.demo.device_with(&pooled.demo.person().await.new_device("load", "trusted").await);
    let lanes = [Lanes::start("one", &device), Lanes::start("two", &pooled.at_second(&device))];
    let many = async || (pooled.demo.sandbox.changes(0).await.len() > 200).then_some(());
    until("calls go through", many).await;
    let mut sent = Vec::new();
    for lane in lanes {
        sent.extend(lane.end().await);
    }
    for one in &sent {
        let answer = one.answer.as_ref().unwrap_or_else(|| panic!("no answer to {}", one.event));
        assert_eq!(answer.status, 200, "{}: {}", one.event, answer.text);
    }
    assert_none_lost_none_doubled(&sent, &arrived(&pooled.demo.sandbox.changes(0).await));
}

#[tokio::test]
async fn what_one_previewed_the_other_sends_once_and_a_revocation_reaches_it() {
    let pooled = Pooled::open().await;
    let person = pooled.demo.person().await;
    let here = pooled.demo.device_with(&person.new_device("roaming", "confirm").await);
    let there = pooled.at_second(&here);
    let event = json!({"userId": "u-1001", "event": "Across a pooler"});
    here.preview("segment_track", event.clone()).await.ok();
    there.call("segment_track", event.clone()).await.ok();
    assert_eq!(here.call("segment_track", event).await.told(), (412, "confirmation_used"));

    let devices = person.open("/dashboard/devices").await;
    // The newest stands first.
    let path = devices.links().into_iter().find(|link| link.starts_with("/dashboard/devices/dev_"));
    let page = person.open(&path.expect("the device is listed")).await;
    person.send(page.press("Revoke this device")).await.must_say("revoked");
    until("the other gateway heard of it", async || {
        (there.get("/api/agent/whoami").await.status == 401).then_some(())
    })
    .await;
}
