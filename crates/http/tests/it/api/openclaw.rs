//! The wire of the OpenClaw plugin, step by step.

use crate::gateway::{Answered, Gateway, Person};
use insta::assert_json_snapshot;
use keyferry_core::Rule;
use keyferry_identity::{Approval, Claim};
use serde_json::{Value, json};
use std::time::Duration;

struct Pairing {
    session: String,
    verifier: String,
}

impl Pairing {
    async fn start(gateway: &Gateway) -> (Answered, Self) {
        let answer =
            gateway.post("/api/openclaw/pair/start").json(json!({"deviceLabel": " claw "})).send().await;
        let text = |name: &str| answer.json()[name].as_str().unwrap().to_owned();
        let (session, verifier) = (text("sessionToken"), text("verifier"));
        (answer, Self { session, verifier })
    }

    async fn approve(&self, gateway: &Gateway, person: &Person) {
        let approval = Approval { rule: Rule::Trusted, from_elsewhere: false };
        let (claim, here) = (Claim::Link(&self.session), "0.0.0.0".parse().unwrap());
        gateway.identity.pairings.approve(&person.principal, claim, here, &approval).await.unwrap();
    }

    async fn look(&self, gateway: &Gateway) -> Answered {
        gateway.get(&format!("/api/openclaw/pair/sessions/{}", self.session)).send().await
    }

    async fn step(&self, gateway: &Gateway, step: &str) -> Answered {
        let path = format!("/api/openclaw/pair/sessions/{}/{step}", self.session);
        gateway.post(&path).json(json!({"verifier": self.verifier})).send().await
    }
}

async fn open_window() -> (Gateway, Person) {
    let gateway = Gateway::new().await;
    let person = gateway.person("ada@example.com").await;
    gateway.identity.pairings.open_window(&person.principal).await.unwrap();
    (gateway, person)
}

#[tokio::test]
async fn it_is_off_until_somebody_opens_a_window() {
    let gateway = Gateway::new().await;
    let answer = gateway.post("/api/openclaw/pair/start").json(json!({})).send().await;
    assert_json_snapshot!(answer.shown(), @r#"
    {
      "body": {
        "code": "policy_denied",
        "error": "Pairing without a code is off.",
        "hint": "A signed-in person opens it for ten minutes on the Devices page of the dashboard; then start again.",
        "meta": {
          "durationMs": "[number]",
          "endedAt": "[instant]",
          "requestId": "req_[id]",
          "startedAt": "[instant]"
        }
      },
      "status": 403
    }
    "#);
}

#[tokio::test]
async fn a_plugin_pairs_from_start_to_finalize() {
    let (gateway, person) = open_window().await;
    let (begun, pairing) = Pairing::start(&gateway).await;
    assert_json_snapshot!(begun.shown(), @r#"
    {
      "body": {
        "deviceLabel": "claw",
        "displayCode": "[code]",
        "expiresAt": "[instant]",
        "pairUrl": "https://keys.example.com/openclaw/pair/[secret]",
        "pollIntervalMs": 3000,
        "sessionToken": "[secret]",
        "status": "awaiting_browser",
        "verifier": "[code]"
      },
      "status": 200
    }
    "#);
    assert_json_snapshot!(pairing.look(&gateway).await.shown(), @r#"
    {
      "body": {
        "session": {
          "approvedAt": null,
          "approvedUserHint": null,
          "createdAt": "[instant]",
          "deviceLabel": "claw",
          "displayCode": "[code]",
          "expiresAt": "[instant]",
          "id": "pair_[id]",
          "pairedAt": null,
          "status": "awaiting_browser",
          "token": "[secret]",
          "updatedAt": null
        }
      },
      "status": 200
    }
    "#);

    pairing.approve(&gateway, &person).await;
    let approved = pairing.look(&gateway).await.json();
    assert_eq!(
        (&approved["session"]["status"], &approved["session"]["approvedUserHint"]),
        (&"ready_for_device".into(), &"a•••@example.com".into())
    );

    let exchanged = pairing.step(&gateway, "exchange").await;
    assert_json_snapshot!(exchanged.shown(), @r#"
    {
      "body": {
        "apiKey": "kfd_[token]",
        "apiKeyId": "dev_[id]",
        "session": {
          "approvedAt": null,
          "approvedUserHint": "a•••@example.com",
          "createdAt": "[instant]",
          "deviceLabel": "claw",
          "displayCode": "[code]",
          "expiresAt": "[instant]",
          "id": "pair_[id]",
          "pairedAt": null,
          "status": "awaiting_local_save",
          "token": "[secret]",
          "updatedAt": null
        }
      },
      "status": 200
    }
    "#);
    let key = exchanged.json()["apiKey"].as_str().unwrap().to_owned();
    let whoami = gateway.get("/api/agent/whoami").header("x-clawlink-api-key", &key).send().await.json();
    assert_eq!(whoami["device"]["rule"], "read-only");

    let finalized = pairing.step(&gateway, "finalize").await;
    assert_eq!(finalized.json()["session"]["status"], "paired");
    assert_eq!(pairing.step(&gateway, "finalize").await.status, 200);
    assert_eq!(gateway.get("/api/integrations").header("x-clawlink-api-key", &key).send().await.status, 200);
}

#[tokio::test]
async fn a_repeated_exchange_ends_the_key_before() {
    let (gateway, person) = open_window().await;
    let (_, pairing) = Pairing::start(&gateway).await;
    pairing.approve(&gateway, &person).await;
    let key = |answer: Answered| answer.json()["apiKey"].as_str().unwrap().to_owned();
    let first = key(pairing.step(&gateway, "exchange").await);
    let second = key(pairing.step(&gateway, "exchange").await);
    let asked = |key: String| gateway.get("/api/agent/whoami").token(&key).send();
    assert_eq!(asked(first).await.status, 401);
    assert_eq!(asked(second).await.status, 200);
}

#[tokio::test]
async fn each_refusal_has_the_status_that_the_plugin_goes_by() {
    let (gateway, person) = open_window().await;
    let (_, mut pairing) = Pairing::start(&gateway).await;
    let status = |answer: Answered| (answer.status.as_u16(), answer.json()["error"].clone());
    assert_eq!(status(pairing.step(&gateway, "exchange").await).0, 409);
    pairing.approve(&gateway, &person).await;
    assert_eq!(status(pairing.step(&gateway, "finalize").await).0, 409);
    let verifier = std::mem::replace(&mut pairing.verifier, "wrong".to_owned());
    assert_eq!(
        status(pairing.step(&gateway, "exchange").await),
        (400, Value::from("Pairing verifier is invalid."))
    );
    pairing.verifier = verifier;
    pairing.step(&gateway, "exchange").await;
    pairing.step(&gateway, "finalize").await;
    assert_eq!(status(pairing.step(&gateway, "exchange").await).0, 409);
    pairing.session = "nobodys".to_owned();
    assert_eq!(
        status(pairing.step(&gateway, "exchange").await),
        (404, Value::from("Pairing session not found."))
    );
    assert_eq!(status(pairing.look(&gateway).await).0, 404);
}

#[tokio::test]
async fn an_expired_pairing_is_gone_and_its_key_with_it() {
    let (gateway, person) = open_window().await;
    let (_, pairing) = Pairing::start(&gateway).await;
    pairing.approve(&gateway, &person).await;
    let key = pairing.step(&gateway, "exchange").await.json()["apiKey"].as_str().unwrap().to_owned();
    gateway.clock.advance(Duration::from_secs(16 * 60));
    gateway.identity.follower.catch_up().await.unwrap();
    assert_eq!(pairing.step(&gateway, "exchange").await.status, 410);
    assert_eq!(pairing.look(&gateway).await.json()["session"]["status"], "expired");
    assert_eq!(gateway.get("/api/agent/whoami").token(&key).send().await.status, 401);
}
