use super::calls::read_sources;
use crate::gateway::Gateway;
use axum::body::Body;
use http_body_util::BodyExt;
use keyferry_core::Rule;
use keyferry_http::DoorLimits;
use serde_json::Value;

/// An open stream, read event by event.
struct Events {
    body: Body,
    text: String,
}

impl Events {
    async fn open(gateway: &Gateway, token: &str) -> Self {
        let response = gateway.get("/api/calls/stream").token(token).open().await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body(), text: String::new() }
    }

    /// The next event's name and data; `None` at the end of the stream.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field =
                    |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                let found = field("event:").zip(field("data:"));
                let found = found.map(|(name, data)| (name.to_owned(), serde_json::from_str(data).unwrap()));
                self.text = rest.to_owned();
                if found.is_some() {
                    return found;
                }
                continue;
            }
            let frame = self.body.frame().await?.unwrap();
            self.text += std::str::from_utf8(frame.data_ref().unwrap()).unwrap();
        }
    }
}

#[tokio::test]
async fn a_call_is_told_as_it_happens_and_only_to_its_own_device() {
    let (gateway, person, token) = Gateway::with_device().await;
    let other = gateway.device(&person, Rule::Confirm).await;
    let mut events = Events::open(&gateway, &token).await;
    read_sources(&gateway, &other).await;
    read_sources(&gateway, &token).await;
    loop {
        let (name, record) = events.next().await.unwrap();
        assert_eq!(name, "call");
        let own =
            gateway.get(&format!("/api/calls/{}", record["id"].as_str().unwrap())).token(&token).send().await;
        assert_eq!(own.status, 200, "another device's call was told");
        if record["state"] == "succeeded" {
            break;
        }
    }
}

#[tokio::test]
async fn it_ends_when_the_device_is_revoked() {
    let gateway = Gateway::new().await;
    let person = gateway.person("ada@example.com").await;
    let (device, token) = gateway.named_device(&person, Rule::Confirm).await;
    let mut events = Events::open(&gateway, &token).await;
    gateway.identity.devices.revoke(&person.principal, &device).await.unwrap();
    let (name, why) = events.next().await.unwrap();
    assert_eq!((name.as_str(), &why["code"]), ("end", &"unauthorized".into()));
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn it_ends_when_the_gateway_stops() {
    let gateway = Gateway::new().await;
    let person = gateway.person("ada@example.com").await;
    let token = gateway.device(&person, Rule::Confirm).await;
    let mut events = Events::open(&gateway, &token).await;
    gateway.stop.cancel();
    let (name, why) = events.next().await.unwrap();
    assert_eq!((name.as_str(), &why["code"]), ("end", &"gateway_unavailable".into()));
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn no_more_are_open_than_the_gateway_takes() {
    let gateway = Gateway::with_limits(DoorLimits { streams: 1, ..DoorLimits::default() }).await;
    let person = gateway.person("ada@example.com").await;
    let token = gateway.device(&person, Rule::Confirm).await;
    let first = Events::open(&gateway, &token).await;
    let second = gateway.get("/api/calls/stream").token(&token).send().await;
    assert_eq!(
        (second.status.as_u16(), &second.json()["error"]["code"]),
        (503, &"gateway_unavailable".into())
    );
    assert!(second.headers.contains_key("retry-after"));
    drop(first);
    Events::open(&gateway, &token).await;
}

async fn refused_as_its_own(gateway: &Gateway, token: &str, what: &str) {
    let refused = gateway.get("/api/calls/stream").token(token).send().await;
    assert_eq!(refused.status, 429);
    let message = refused.json()["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!(message, format!("This {what} has as many streams open as it may."));
}

#[tokio::test]
async fn a_device_has_four_and_a_team_sixteen_whatever_others_have() {
    let gateway = Gateway::new().await;
    let person = gateway.person("ada@example.com").await;
    let mut open = Vec::new();
    for _ in 0..4 {
        let token = gateway.device(&person, Rule::Confirm).await;
        for _ in 0..4 {
            open.push(Events::open(&gateway, &token).await);
        }
        refused_as_its_own(&gateway, &token, "device").await;
    }
    let fifth = gateway.device(&person, Rule::Confirm).await;
    refused_as_its_own(&gateway, &fifth, "team").await;
    let other = gateway.person("bob@example.com").await;
    Events::open(&gateway, &gateway.device(&other, Rule::Confirm).await).await;
    open.pop();
    Events::open(&gateway, &fifth).await;
}
