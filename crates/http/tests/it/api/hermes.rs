//! The wire of ClawLink's plugin for Hermes, step by step.

use crate::gateway::{Answered, Gateway, Person};
use insta::assert_json_snapshot;
use keyferry_core::Rule;
use keyferry_identity::{Approval, Claim};
use serde_json::{Value, json};
use std::net::IpAddr;
use std::time::Duration;

const SESSIONS: &str = "/api/hermes/bootstrap-sessions";

struct Bootstrap {
    session: String,
    link: String,
}

impl Bootstrap {
    async fn start(gateway: &Gateway) -> (Answered, Self) {
        let said = json!({
            "agent_family": "hermes", "agent_version": null, "client_label": "Hermes Plugin", "hostname": "box",
            "platform": "linux", "approval_return_hint": "chat", "requested_transport": "mcp_http_header",
        });
        let answer = gateway.post(SESSIONS).json(said).send().await;
        let text = |name: &str| answer.json()[name].as_str().unwrap().to_owned();
        let link = text("approval_url").rsplit('/').next().unwrap().to_owned();
        let session = text("session_id");
        (answer, Self { session, link })
    }

    async fn decide(&self, gateway: &Gateway, person: &Person, yes: bool) {
        let approval = Approval { rule: Rule::Trusted, from_elsewhere: false };
        let (claim, here) = (Claim::Link(&self.link), IpAddr::from([0, 0, 0, 0]));
        let pairings = &gateway.identity.pairings;
        if yes {
            pairings.approve(&person.principal, claim, here, &approval).await.unwrap();
        } else {
            pairings.deny(&person.principal, claim, here).await.unwrap();
        }
    }

    async fn poll(&self, gateway: &Gateway) -> Answered {
        gateway.get(&format!("{SESSIONS}/{}", self.session)).send().await
    }

    /// As the plugin does: without a body, and without saying what kind it would be.
    async fn consume(&self, gateway: &Gateway) -> Answered {
        gateway.post(&format!("{SESSIONS}/{}/consume", self.session)).send().await
    }
}

async fn open_window() -> (Gateway, Person) {
    let gateway = Gateway::new().await;
    let person = gateway.person("ada@example.com").await;
    gateway.identity.pairings.open_window(&person.principal).await.unwrap();
    (gateway, person)
}

#[tokio::test]
async fn a_plugin_pairs_from_start_to_consume() {
    let (gateway, person) = open_window().await;
    let (begun, bootstrap) = Bootstrap::start(&gateway).await;
    assert!(!bootstrap.session.contains(&bootstrap.link));
    assert_json_snapshot!(begun.shown(), @r#"
    {
      "body": {
        "approval_url": "https://keys.example.com/hermes/approve/[secret]",
        "display": {
          "summary": "Open the link, sign in, and approve this device. It starts read-only.",
          "title": "Let Hermes in"
        },
        "expires_at": "[instant]",
        "poll_interval_ms": 3000,
        "poll_url": "https://keys.example.com/api/hermes/bootstrap-sessions/[secret]",
        "session_id": "[secret]",
        "status": "pending_approval"
      },
      "status": 200
    }
    "#);
    let waiting = bootstrap.poll(&gateway).await.json();
    assert_eq!((&waiting["status"], &waiting["install"]), (&json!("pending_approval"), &Value::Null));
    assert_eq!(bootstrap.consume(&gateway).await.status, 409);

    bootstrap.decide(&gateway, &person, true).await;
    let approved = bootstrap.poll(&gateway).await;
    assert_json_snapshot!(approved.shown(), @r#"
    {
      "body": {
        "display": {
          "summary": "Hermes may go on.",
          "title": "Approved"
        },
        "expires_at": "[instant]",
        "install": {
          "connect_timeout": 60,
          "headers": {
            "x-clawlink-api-key": "kfd_[token]"
          },
          "server_name": "clawlink",
          "timeout": 180,
          "url": "https://keys.example.com/api/mcp"
        },
        "session_id": "[secret]",
        "status": "approved"
      },
      "status": 200
    }
    "#);
    for _ in 0..2 {
        let consumed = bootstrap.consume(&gateway).await;
        assert_eq!((consumed.status.as_u16(), &consumed.json()["status"]), (200, &json!("consumed")));
    }
    let over = bootstrap.poll(&gateway).await.json();
    assert_eq!((&over["status"], &over["install"]), (&json!("consumed"), &Value::Null));
    let key = approved.json()["install"]["headers"]["x-clawlink-api-key"].as_str().unwrap().to_owned();
    let whoami = gateway.get("/api/agent/whoami").header("x-clawlink-api-key", &key).send().await.json();
    assert_eq!(whoami["device"]["label"], "Hermes Plugin on box");
    assert_eq!(whoami["device"]["rule"], "read-only", "whatever was chosen");
}

#[tokio::test]
async fn states_that_end_it_are_answers_and_not_errors() {
    let (gateway, person) = open_window().await;
    let (_, refused) = Bootstrap::start(&gateway).await;
    refused.decide(&gateway, &person, false).await;
    let (_, late) = Bootstrap::start(&gateway).await;
    gateway.clock.advance(Duration::from_secs(15 * 60));
    for (bootstrap, status) in [(refused, "rejected"), (late, "expired")] {
        for told in [bootstrap.poll(&gateway).await, bootstrap.consume(&gateway).await] {
            assert_eq!((told.status.as_u16(), &told.json()["status"]), (200, &json!(status)));
            assert_eq!(told.json()["install"], Value::Null);
        }
    }
}

#[tokio::test]
async fn a_refusal_is_a_sentence() {
    let (gateway, _) = open_window().await;
    let nobodys = Bootstrap { session: "hbs_nobodys".to_owned(), link: String::new() };
    for answer in [nobodys.poll(&gateway).await, nobodys.consume(&gateway).await] {
        assert_eq!(answer.status, 404);
        assert_eq!(answer.json()["error"], "Bootstrap session not found.");
    }
    for _ in 0..20 {
        assert_eq!(Bootstrap::start(&gateway).await.0.status, 200);
    }
    let many = gateway.post(SESSIONS).json(json!({})).send().await;
    assert_eq!((many.status.as_u16(), &many.json()["code"]), (429, &json!("rate_limited")));
    assert!(many.json()["error"].is_string());
    let wait: u64 = many.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=3600).contains(&wait), "{wait}");
}
