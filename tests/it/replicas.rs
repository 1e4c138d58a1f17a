//! Two gateways over one Postgres behind HAProxy, with the configuration that the project ships.

use crate::lanes::{Lanes, arrived, assert_none_lost_none_doubled};
use keyferry_testkit::{
    Answer, Balancer, Demo, Device, Engine, Gateway, Person, ServeSettings, free_address, until,
};
use serde_json::json;

/// Longer than HAProxy takes to notice.
const DELAY: &str = "2 seconds";

struct Pair {
    balancer: Balancer,
    /// Both gateways' settings; the first is the demo's.
    settings: [ServeSettings; 2],
    gateways: [Option<Gateway>; 2],
    demo: Demo,
}

impl Pair {
    async fn open() -> Self {
        let listen = [free_address(), free_address()];
        let balancer = Balancer::start(&listen).await;
        let mut demo = Demo::plan()
            .variable("KEYFERRY_PUBLIC_URL", &balancer.base())
            .variable("KEYFERRY_TRUSTED_PROXIES", r#"["127.0.0.0/8"]"#)
            .variable("KEYFERRY_SHUTDOWN_DELAY", DELAY)
            .start(Engine::Postgres)
            .await;
        demo.stop().await;
        let settings = listen.map(|listen| {
            let data = demo.home().join(format!("gateway-{}", listen.port()));
            let metrics = "127.0.0.1:0".parse().expect("an address");
            ServeSettings { data, listen, metrics, ..demo.settings.clone() }
        });
        let gateways = [Some(Gateway::start(&settings[0]).await), Some(Gateway::start(&settings[1]).await)];
        let pair = Self { balancer, settings, gateways, demo };
        pair.both_serve().await;
        pair
    }

    async fn get(&self, path: &str) -> Answer {
        self.demo.wire.send(self.demo.wire.client.get(format!("{}{path}", self.balancer.base()))).await
    }

    /// Until HAProxy gives either of them requests.
    async fn both_serve(&self) {
        for name in ["one", "two"] {
            until("HAProxy gives a gateway requests", async || {
                let answer = self.get("/readyz").await;
                (answer.status == 200 && answer.header("x-served-by") == Some(name)).then_some(())
            })
            .await;
        }
    }

    /// A device that needs no preview, speaking to whichever gateway HAProxy chooses.
    async fn trusted(&self) -> Device {
        let (wire, base) = (self.demo.wire.clone(), self.balancer.base());
        let person = Person::signed_in(&wire, &base, &self.demo.file.email, &self.demo.file.password).await;
        Device { token: person.new_device("load", "trusted").await, wire, base }
    }

    async fn stop(&mut self, which: usize) {
        self.gateways[which].take().expect("it runs").terminate().await;
    }

    async fn start(&mut self, which: usize) {
        self.gateways[which] = Some(Gateway::start(&self.settings[which]).await);
    }
}

#[tokio::test]
async fn one_gateway_after_the_other_is_restarted_under_load_and_no_request_fails() {
    let mut pair = Pair::open().await;
    let load = Lanes::start("restarts", &pair.trusted().await);
    for which in [0, 1] {
        pair.stop(which).await;
        pair.start(which).await;
        pair.both_serve().await;
    }
    let sent = load.end().await;
    for one in &sent {
        let answer = one.answer.as_ref().unwrap_or_else(|| panic!("no answer to {}", one.event));
        assert_eq!(answer.status, 200, "{}: {}", one.event, answer.text);
    }
    let arrived = arrived(&pair.demo.sandbox.changes(0).await);
    assert_none_lost_none_doubled(&sent, &arrived);
    assert!(sent.len() > 100, "that was no load: {}", sent.len());
}

#[tokio::test]
async fn a_gateway_that_is_told_to_stop_says_so_and_serves_what_comes_meanwhile() {
    let mut pair = Pair::open().await;
    let leaving = pair.gateways[0].take().expect("it runs");
    let base = leaving.base();
    let ending = tokio::spawn(leaving.terminate());
    let wire = pair.demo.wire.clone();
    until("it says that it is not ready", async || {
        let ready = wire.send(wire.client.get(format!("{base}/readyz"))).await;
        (ready.status == 503).then_some(())
    })
    .await;
    let served = wire.send(wire.client.get(format!("{base}/healthz"))).await;
    assert_eq!((served.status, served.header("connection")), (200, Some("close")));
    ending.await.expect("it ends");
    assert!(wire.try_send(wire.client.get(format!("{base}/healthz"))).await.is_err());
}

#[tokio::test]
async fn without_a_gateway_the_balancer_refuses_as_a_gateway_does() {
    let mut pair = Pair::open().await;
    pair.stop(0).await;
    pair.stop(1).await;
    let refused = pair.get("/api/agent/whoami").await;
    assert_eq!(refused.told(), (503, "gateway_unavailable"), "{}", refused.text);
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    assert_eq!(refused.body["error"]["retryable"], json!(true), "{}", refused.text);
}
