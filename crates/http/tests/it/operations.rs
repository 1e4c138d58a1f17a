use crate::gateway::Gateway;
use axum::body::Body;
use axum::http::Request;
use insta::assert_json_snapshot;
use keyferry_core::Rule;
use serde_json::{Value, json};
use std::time::Duration;
use tower::ServiceExt;

#[tokio::test]
async fn alive_and_ready() {
    let gateway = Gateway::new().await;
    for path in ["/healthz", "/readyz"] {
        let answer = gateway.get(path).send().await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, r#"{"status":"ok"}"#), "{path}");
    }
}

#[tokio::test]
async fn not_ready_while_revocations_are_unread_while_stopping_and_without_a_database() {
    let gateway = Gateway::new().await;
    gateway.clock.advance(Duration::from_secs(11));
    let unread = gateway.get("/readyz").send().await;
    assert_json_snapshot!(unread.shown(), @r#"
    {
      "body": {
        "details": [],
        "error": {
          "code": "gateway_unavailable",
          "message": "What was revoked lately could not be read.",
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
    assert_eq!(gateway.get("/readyz").send().await.status, 200);

    gateway.db.close().await;
    let away = gateway.get("/readyz").send().await;
    assert_json_snapshot!(away.shown(), @r#"
    {
      "body": {
        "details": [],
        "error": {
          "code": "gateway_unavailable",
          "message": "The database can't be reached.",
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
    gateway.stop.cancel();
    assert_eq!(gateway.get("/readyz").send().await.status, 503);
    assert_eq!(gateway.get("/healthz").send().await.status, 200);
}

#[tokio::test]
async fn without_its_database_the_gateway_refuses_clearly() {
    let gateway = Gateway::new().await;
    let person = gateway.person("ada@example.com").await;
    let token = gateway.device(&person, Rule::Confirm).await;
    gateway.db.close().await;
    let call = gateway.post("/api/tools/segment_list_sources/execute").token(&token).send().await;
    assert_json_snapshot!(call.shown(), @r#"
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
    assert!(call.headers.contains_key("retry-after"));
    let poll = gateway.post("/oauth/device_authorization").form(&[("client_id", "a")]).send().await;
    assert_json_snapshot!(poll.shown(), @r#"
    {
      "body": {
        "error": "temporarily_unavailable",
        "error_description": "The gateway can't do this now; try again soon."
      },
      "status": 503
    }
    "#);
    assert!(poll.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn what_happens_is_counted_by_names_and_never_by_ids() {
    let counted = keyferry_http::install_metrics().unwrap();
    let (gateway, _, token) = Gateway::with_device().await;
    gateway.get("/api/connect/sessions/a-secret-of-somebody").send().await;
    gateway.get("/nothing/a-secret-of-somebody").send().await;
    let call = async |door: &str, arguments: Value| {
        let asking = gateway.post(&format!("/api/tools/{door}")).token(&token);
        asking.json(json!({"arguments": arguments})).send().await.json()
    };
    let listed = call("segment_list_sources/execute", json!({})).await;
    let source = &listed["result"]["data"]["sources"][0]["id"];
    call("segment_update_source/preview", json!({"sourceId": source, "name": "a-secret-of-somebody"})).await;
    call("segment_update_source/execute", json!({"sourceId": source, "name": "another"})).await;
    let metrics = keyferry_http::metrics_router(counted, gateway.doors.clone());
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let body = metrics.oneshot(request).await.unwrap().into_body();
    let text = String::from_utf8(axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
    for line in [
        r#"keyferry_http_requests_total{route="/api/connect/sessions/{token}",method="GET",status="404"} 1"#,
        "keyferry_http_request_seconds_bucket",
        r#"keyferry_calls_total{integration="segment",impact="read",outcome="ok"}"#,
        r#"keyferry_calls_total{integration="segment",impact="write",outcome="confirmation_required"}"#,
        r#"keyferry_confirmations_total{event="previewed"}"#,
        r#"keyferry_upstream_seconds_bucket{integration="segment",api="public_api""#,
        "keyferry_journal_queue ",
        "keyferry_changes_lag_seconds ",
    ] {
        assert!(text.contains(line), "no {line} in {text}");
    }
    assert!(!text.contains("a-secret-of-somebody"));
}
