//! Who a request comes from when a proxy stands before `serve`: what a trusted one says of it, and nothing that the
//! client wrote itself.

use keyferry_testkit::{Answer, Gateway, ServeSettings, Wire, until};
use serde_json::Value;
use tempfile::TempDir;

/// Pairings that one network may have open.
const OPEN_PAIRINGS: usize = 20;
const TOO_MANY: u16 = 429;

struct House {
    gateway: Gateway,
    wire: Wire,
    _home: TempDir,
}

impl House {
    /// A gateway that believes these networks.
    async fn trusting(proxies: &str) -> Self {
        let home = TempDir::new().expect("a folder");
        let mut settings = ServeSettings::new(home.path(), &home.path().join("data"));
        settings.more.push(("KEYFERRY_TRUSTED_PROXIES".to_owned(), proxies.to_owned()));
        Self { gateway: Gateway::start(&settings).await, wire: Wire::default(), _home: home }
    }

    /// The address that the gateway writes down for a request with these lines of `X-Forwarded-For`.
    async fn client_of(&self, forwarded: &[&str]) -> String {
        let request = self.wire.client.get(format!("{}/healthz", self.gateway.base()));
        let request =
            forwarded.iter().fold(request, |request, line| request.header("x-forwarded-for", *line));
        let answer = self.wire.send(request).await;
        let id = answer.header("x-request-id").expect("each answer has an id").to_owned();
        until("the request is in the log", async || self.logged(&id)).await
    }

    fn logged(&self, request: &str) -> Option<String> {
        let log = self.gateway.log();
        let mut lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let line = lines.find(|line| line["request"] == request)?;
        line["address"].as_str().map(str::to_owned)
    }

    /// Begins a pairing from behind a proxy that says this.
    async fn pair(&self, forwarded: &str) -> Answer {
        let begin = self.wire.client.post(format!("{}/oauth/device_authorization", self.gateway.base()));
        let form = [("client_id", "keyferry-cli")];
        self.wire.send(begin.header("x-forwarded-for", forwarded).form(&form)).await
    }
}

#[tokio::test]
async fn the_client_is_the_last_address_that_is_no_proxy_of_ours() {
    let house = House::trusting(r#"["127.0.0.0/8", "10.0.0.0/8"]"#).await;
    let chains: [(&[&str], &str); 8] = [
        (&[], "127.0.0.1"),
        (&["198.51.100.7"], "198.51.100.7"),
        (&["203.0.113.1, 198.51.100.7"], "198.51.100.7"),
        (&["203.0.113.1,198.51.100.7 , 10.1.2.3"], "198.51.100.7"),
        (&["203.0.113.1", "198.51.100.7"], "198.51.100.7"),
        (&["203.0.113.1, 10.9.9.9, 198.51.100.7"], "198.51.100.7"),
        (&["198.51.100.7, unknown"], "127.0.0.1"),
        (&["::ffff:198.51.100.7"], "198.51.100.7"),
    ];
    for (forwarded, client) in chains {
        assert_eq!(house.client_of(forwarded).await, client, "{forwarded:?}");
    }
}

#[tokio::test]
async fn who_is_no_trusted_proxy_speaks_for_nobody() {
    let house = House::trusting(r#"["10.0.0.0/8"]"#).await;
    for forwarded in ["198.51.100.7", "10.1.2.3", "198.51.100.7, 10.1.2.3"] {
        assert_eq!(house.client_of(&[forwarded]).await, "127.0.0.1", "{forwarded}");
    }
    for number in 0..OPEN_PAIRINGS {
        house.pair(&format!("198.51.100.{number}")).await.ok();
    }
    assert_eq!(house.pair("203.0.113.1").await.status, TOO_MANY, "all of them came from one address");
}

#[tokio::test]
async fn limits_count_by_the_clients_network() {
    let house = House::trusting(r#"["127.0.0.0/8"]"#).await;
    for number in 0..OPEN_PAIRINGS {
        house.pair(&format!("2001:db8:1:1::{number:x}")).await.ok();
    }
    assert_eq!(house.pair("2001:db8:1:1:ffff::1").await.status, TOO_MANY, "a /64 is one network");
    assert_eq!(house.pair("2001:db8:2:2::1, 2001:db8:1:1::1").await.status, TOO_MANY, "a made-up chain");
    house.pair("2001:db8:1:2::1").await.ok();
    house.pair("198.51.100.7").await.ok();
}
