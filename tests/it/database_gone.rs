//! The database is gone in mid-flight: nothing is sent that can't be recorded, the refusal is clear, and nobody has to
//! restart anything when it is back.

use keyferry_testkit::database::Database;
use keyferry_testkit::{Answer, Demo, Engine, Line, until};
use serde_json::{Value, json};

struct House {
    line: Line,
    demo: Demo,
    _database: Database,
}

impl House {
    async fn open() -> Self {
        let database = Database::empty(Engine::Postgres).await;
        let line = Line::to_database(database.url()).await;
        let way = line.instead_of(database.url());
        let demo = Demo::plan().database(database.url()).database_by(&way).start(Engine::Postgres).await;
        Self { line, demo, _database: database }
    }
}

fn assert_refused_clearly(answer: &Answer) {
    assert_eq!(answer.told(), (503, "gateway_unavailable"), "{}", answer.text);
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
    assert_eq!(answer.body["error"]["retryable"], json!(true), "{}", answer.text);
    for internal in ["sqlx", "postgres", "pool", "127.0.0.1"] {
        assert!(
            !answer.text.to_lowercase().contains(internal),
            "the answer tells `{internal}`: {}",
            answer.text
        );
    }
}

fn event(name: &str) -> Value {
    json!({"userId": "u-1001", "event": name})
}

#[tokio::test]
async fn calls_are_refused_while_it_is_gone_and_work_when_it_is_back() {
    let mut house = House::open().await;
    let device = house.demo.device();
    device.call("segment_get_workspace", json!({})).await.ok();
    device.preview("segment_track", event("Before the cut")).await.ok();
    let before = house.demo.sandbox.last().await;

    house.line.cut().await;
    let refused = tokio::join!(
        device.call("segment_track", event("Before the cut")),
        device.call("segment_get_workspace", json!({})),
        device.preview("segment_track", event("Other")),
        device.get("/api/connections"),
    );
    for answer in [refused.0, refused.1, refused.2] {
        assert_refused_clearly(&answer);
    }
    assert!(refused.3.status == 200 || refused.3.status == 503, "{}", refused.3.text);
    let ready =
        house.demo.wire.send(house.demo.wire.client.get(format!("{}/readyz", house.demo.base()))).await;
    assert_eq!(ready.status, 503, "{}", ready.text);
    let alive =
        house.demo.wire.send(house.demo.wire.client.get(format!("{}/healthz", house.demo.base()))).await;
    assert_eq!(alive.status, 200, "{}", alive.text);
    let sent = house.demo.sandbox.changes(before).await;
    assert_eq!(sent, Vec::<Value>::new(), "a write was sent that could not be recorded");

    house.line.mend().await;
    until("the gateway is ready again", async || {
        let ready =
            house.demo.wire.send(house.demo.wire.client.get(format!("{}/readyz", house.demo.base()))).await;
        (ready.status == 200).then_some(())
    })
    .await;
    device.call("segment_get_workspace", json!({})).await.ok();
    device.call("segment_track", event("Before the cut")).await.ok();
    assert_eq!(house.demo.sandbox.changes(before).await.len(), 1);
}

#[tokio::test]
async fn a_write_whose_outcome_could_not_be_written_says_so_and_is_settled_later() {
    let mut house = House::open().await;
    let device = house.demo.device();
    device.preview("segment_track", event("In flight")).await.ok();
    let before = house.demo.sandbox.last().await;
    house.demo.sandbox.fault(json!({"match": {"api": "tracking"}, "kind": "delay", "ms": 1500})).await;
    let flying = {
        let device = device.clone();
        tokio::spawn(async move { device.call("segment_track", event("In flight")).await })
    };
    until("it arrived upstream", async || house.demo.sandbox.changes(before).await.first().cloned()).await;
    house.line.cut().await;
    let answer = flying.await.expect("the call ends").ok();
    assert_eq!(answer["meta"]["recorded"], json!(false), "{answer:#}");
    house.line.mend().await;
    let call = answer["meta"]["callId"].as_str().expect("the call's id");
    let settled = until("the outcome is written", async || {
        let record = device.get(&format!("/api/calls/{call}")).await;
        (record.body["state"] == "succeeded").then_some(record)
    });
    settled.await.ok();
    assert_eq!(house.demo.sandbox.changes(before).await.len(), 1);
}
