use super::{Begun, DEVICE_CODE, paired, refresh, tokens};
use crate::gateway::Gateway;
use insta::assert_json_snapshot;
use keyferry_identity::Claim;
use std::time::Duration;

#[tokio::test]
async fn a_poll_waits_slows_down_and_brings_tokens_once() {
    let gateway = Gateway::new().await;
    let person = gateway.person("ada@example.com").await;
    let begun = Begun::new(&gateway).await;
    let waiting = begun.poll(&gateway).await;
    assert_eq!(waiting.headers["cache-control"], "no-store");
    assert_json_snapshot!(waiting.shown(), @r#"
    {
      "body": {
        "error": "authorization_pending",
        "error_description": "nobody has approved the device yet"
      },
      "status": 400
    }
    "#);
    assert_json_snapshot!(begun.poll(&gateway).await.shown(), @r#"
    {
      "body": {
        "error": "slow_down",
        "error_description": "the device polls too often; it is to wait 10 s between polls"
      },
      "status": 400
    }
    "#);
    begun.approve(&gateway, &person).await;
    let answer = begun.poll(&gateway).await;
    assert_eq!(
        (answer.json()["token_type"].as_str(), answer.json()["expires_in"].as_u64()),
        (Some("Bearer"), Some(600))
    );
    let (access, _) = tokens(&answer);
    assert_eq!(gateway.get("/api/agent/whoami").token(&access).send().await.status, 200);
    assert_json_snapshot!(begun.poll(&gateway).await.shown(), @r#"
    {
      "body": {
        "error": "invalid_grant",
        "error_description": "the device code is not valid"
      },
      "status": 400
    }
    "#);
}

#[tokio::test]
async fn a_refused_and_an_expired_pairing_say_so() {
    let gateway = Gateway::new().await;
    let person = gateway.person("ada@example.com").await;
    let (denied, expired) = (Begun::new(&gateway).await, Begun::new(&gateway).await);
    let here = "0.0.0.0".parse().unwrap();
    gateway.identity.pairings.deny(&person.principal, Claim::Code(&denied.user_code), here).await.unwrap();
    assert_eq!(denied.poll(&gateway).await.json()["error"], "access_denied");
    gateway.clock.advance(Duration::from_secs(11 * 60));
    assert_eq!(expired.poll(&gateway).await.json()["error"], "expired_token");
}

#[tokio::test]
async fn an_access_token_expires_and_a_refresh_token_brings_the_next() {
    let gateway = Gateway::new().await;
    let (access, refresh_token) = paired(&gateway).await;
    gateway.clock.advance(Duration::from_secs(10 * 60));
    gateway.identity.follower.catch_up().await.unwrap();
    assert_eq!(gateway.get("/api/agent/whoami").token(&access).send().await.status, 401);
    let (access, _) = tokens(&refresh(&gateway, &refresh_token).await);
    assert_eq!(gateway.get("/api/agent/whoami").token(&access).send().await.status, 200);
}

#[tokio::test]
async fn a_refresh_token_that_is_used_again_later_ends_the_device() {
    let gateway = Gateway::new().await;
    let (_, first) = paired(&gateway).await;
    let (_, second) = tokens(&refresh(&gateway, &first).await);
    let (access, _) = tokens(&refresh(&gateway, &second).await);
    assert_json_snapshot!(refresh(&gateway, &first).await.shown(), @r#"
    {
      "body": {
        "error": "invalid_grant",
        "error_description": "the refresh token was used twice, so its device was revoked; pair it again"
      },
      "status": 400
    }
    "#);
    assert_eq!(gateway.get("/api/agent/whoami").token(&access).send().await.status, 401);
}

#[tokio::test]
async fn what_is_not_served_is_refused_in_the_standards_words() {
    let gateway = Gateway::new().await;
    let elsewhere = "https://keys.example.com/other";
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[], "invalid_request"),
        (&[("grant_type", "password")], "unsupported_grant_type"),
        (&[("grant_type", DEVICE_CODE)], "invalid_request"),
        (&[("grant_type", DEVICE_CODE), ("device_code", "x")], "invalid_request"),
        (&[("grant_type", DEVICE_CODE), ("device_code", "x"), ("client_id", "cli")], "invalid_grant"),
        (&[("grant_type", "refresh_token")], "invalid_request"),
        (&[("grant_type", "refresh_token"), ("refresh_token", "x")], "invalid_grant"),
        (
            &[("grant_type", "refresh_token"), ("refresh_token", "x"), ("resource", elsewhere)],
            "invalid_target",
        ),
    ];
    for (form, expected) in cases {
        let answer = gateway.post("/oauth/token").form(form).send().await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()["error"].as_str()),
            (400, Some(*expected)),
            "{form:?}"
        );
    }
}
