//! What is let in, and how a refusal reads to clients that know nothing but a sentence.

use crate::gateway::Gateway;
use insta::assert_json_snapshot;
use keyferry_core::Rule;
use std::time::Duration;

#[tokio::test]
async fn a_refusal_is_a_sentence_and_says_what_to_do() {
    let gateway = Gateway::new().await;
    let missing = gateway.get("/api/agent/whoami").send().await;
    assert_eq!(
        missing.headers["www-authenticate"],
        "Bearer realm=\"keyferry\", \
         resource_metadata=\"https://keys.example.com/.well-known/oauth-protected-resource/api\""
    );
    assert_json_snapshot!(missing.shown(), @r#"
    {
      "body": {
        "code": "unauthorized",
        "error": "Unauthorized: no token was sent.",
        "hint": "Send the device's token as `Authorization: Bearer …` or `X-Keyferry-Key: …`; pair the device to get one.",
        "meta": {
          "durationMs": "[number]",
          "endedAt": "[instant]",
          "requestId": "req_[id]",
          "startedAt": "[instant]"
        }
      },
      "status": 401
    }
    "#);
    let wrong = gateway.get("/api/integrations").token("kfd_wrong").send().await;
    assert_json_snapshot!(wrong.shown(), @r#"
    {
      "body": {
        "code": "unauthorized",
        "error": "Unauthorized: the token is not one of this gateway.",
        "hint": "Pair the device again.",
        "integrations": [],
        "meta": {
          "durationMs": "[number]",
          "endedAt": "[instant]",
          "requestId": "req_[id]",
          "startedAt": "[instant]"
        }
      },
      "status": 401
    }
    "#);
}

#[tokio::test]
async fn each_header_lets_in_and_a_wrong_key_is_never_passed_over() {
    let gateway = Gateway::new().await;
    let person = gateway.person("ada@example.com").await;
    let token = gateway.device(&person, Rule::Confirm).await;
    let bearer = format!("Bearer {token}");
    let cases: &[(&[(&'static str, &str)], u16)] = &[
        (&[("authorization", &bearer)], 200),
        (&[("x-keyferry-key", &token)], 200),
        (&[("x-clawlink-api-key", &token)], 200),
        (&[("x-keyferry-key", &token), ("authorization", "Bearer wrong")], 200),
        (&[("authorization", &bearer), ("x-keyferry-key", "wrong")], 401),
        (&[("authorization", &bearer), ("x-clawlink-api-key", "")], 401),
        (&[("x-keyferry-key", &token), ("x-clawlink-api-key", "wrong")], 401),
        (&[("authorization", &token)], 401),
        (&[("cookie", &format!("session={token}; __Host-session={token}"))], 401),
    ];
    for (headers, expected) in cases {
        let mut asking = gateway.get("/api/agent/whoami");
        for (name, value) in *headers {
            asking = asking.header(name, value);
        }
        assert_eq!(asking.send().await.status.as_u16(), *expected, "{headers:?}");
    }
    for name in ["token", "access_token", "api_key", "key"] {
        assert_eq!(
            gateway.get(&format!("/api/agent/whoami?{name}={token}")).send().await.status,
            401,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_revoked_device_is_out_at_once() {
    let gateway = Gateway::new().await;
    let person = gateway.person("ada@example.com").await;
    let (device, token) = gateway.named_device(&person, Rule::Confirm).await;
    assert_eq!(gateway.get("/api/agent/whoami").token(&token).send().await.status, 200);
    gateway.identity.devices.revoke(&person.principal, &device).await.unwrap();
    assert_eq!(gateway.get("/api/agent/whoami").token(&token).send().await.status, 401);
}

#[tokio::test]
async fn while_revocations_cannot_be_heard_of_nobody_is_let_in() {
    let gateway = Gateway::new().await;
    let person = gateway.person("ada@example.com").await;
    let token = gateway.device(&person, Rule::Confirm).await;
    gateway.clock.advance(Duration::from_secs(11));
    let refused = gateway.get("/api/agent/whoami").token(&token).send().await;
    assert_eq!(refused.headers["retry-after"], "2");
    assert_json_snapshot!(refused.shown(), @r#"
    {
      "body": {
        "details": [],
        "error": {
          "code": "gateway_unavailable",
          "message": "The gateway can't check tokens now; nothing was sent.",
          "retryable": true,
          "type": "configuration"
        },
        "invalidFields": [],
        "meta": {
          "durationMs": "[number]",
          "endedAt": "[instant]",
          "requestId": "req_[id]",
          "startedAt": "[instant]"
        },
        "missingFields": [],
        "ok": false,
        "retryAfterMs": "[number]"
      },
      "status": 503
    }
    "#);
    gateway.identity.follower.catch_up().await.unwrap();
    assert_eq!(gateway.get("/api/agent/whoami").token(&token).send().await.status, 200);
}
