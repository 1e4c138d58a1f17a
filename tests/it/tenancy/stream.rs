//! The stream of calls: what she does while others listen is told to nobody but her.

use super::hers::Hers;
use super::{member, outsider};
use keyferry_testkit::{CallStream, Demo, Device, Engine, Typed};
use rstest::rstest;
use serde_json::{Value, json};

/// A device of somebody else's, with an account of its own to call.
struct Listener {
    device: Device,
    stream: CallStream,
}

impl Listener {
    /// Listens from ten minutes ago on, with her ids beside the question.
    async fn new(demo: &Demo, hers: &Hers, who: &str) -> Self {
        let stranger = if who == "a member" { member(demo).await } else { outsider(demo).await };
        stranger.person.connected("The listener's own", "us", Typed::all(&demo.keys.us)).await;
        let Hers { team, device, number, .. } = hers;
        let query = format!("since=2020-01-01T00:00:00Z&team={team}&device={device}&connection={number}");
        let stream = CallStream::open(&stranger.device, &query).await;
        Self { device: stranger.device, stream }
    }

    /// Makes a call, and listens until it is told: whatever was journaled before was told or never will be.
    async fn hears_its_own(&mut self) {
        let called = self.device.call("segment_list_sources", json!({"limit": 1})).await.ok();
        self.stream.until_told(&called["meta"]["callId"]).await;
    }
}

#[rstest]
#[tokio::test]
async fn her_calls_are_told_on_nobody_elses_stream(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let demo = Demo::start(engine).await;
    let hers = Hers::of(&demo).await;
    let mut own = CallStream::open(&demo.device(), "").await;
    for who in ["a member", "another team"] {
        let mut listener = Listener::new(&demo, &hers, who).await;
        listener.hears_its_own().await;
        let call = call_of_hers(&demo, &hers).await;
        own.until_told(&call).await;
        listener.hears_its_own().await;
        let heard = listener.stream.heard();
        let told = hers.told_in(&heard);
        assert!(told.is_empty(), "{who} hears of {told:?}: {heard}");
        assert!(!heard.contains(text(&call)), "{who} hears of what she did meanwhile: {heard}");
    }
}

/// A call of hers, by its id.
async fn call_of_hers(demo: &Demo, hers: &Hers) -> Value {
    let with = json!({"connectionId": hers.number});
    demo.device().call_with("segment_list_sources", json!({}), with).await.ok()["meta"]["callId"].clone()
}

fn text(id: &Value) -> &str {
    id.as_str().expect("an id is a text")
}
