//! What lies around every route: unknown paths and methods, headers, limits.

use crate::gateway::{Asking, Gateway, IN_VAIN, PUBLIC_URL};
use axum::body::Body;
use axum::http::Method;
use futures::stream;
use insta::assert_json_snapshot;
use keyferry_core::Rule;
use keyferry_http::DoorLimits;
use serde_json::Value;
use std::convert::Infallible;
use std::time::Duration;

#[tokio::test]
async fn an_unknown_path_and_another_method_are_failures_like_any_other() {
    let gateway = Gateway::new().await;
    assert_json_snapshot!(gateway.get("/api/nothing").send().await.shown(), @r#"
    {
      "body": {
        "details": [],
        "error": {
          "code": "not_found",
          "message": "There is nothing at this path.",
          "retryable": false,
          "type": "validation"
        },
        "hint": "openapi.json lists every path of the API.",
        "invalidFields": [],
        "meta": {
          "durationMs": "[number]",
          "endedAt": "[instant]",
          "requestId": "req_[id]",
          "startedAt": "[instant]"
        },
        "missingFields": [],
        "ok": false
      },
      "status": 404
    }
    "#);
    let other = gateway.ask(Method::DELETE, "/api/tools").send().await;
    assert_eq!(other.headers["allow"], "GET,HEAD");
    assert_json_snapshot!(other.shown(), @r#"
    {
      "body": {
        "details": [],
        "error": {
          "code": "not_found",
          "message": "This path does not take this method.",
          "retryable": false,
          "type": "validation"
        },
        "hint": "The header `Allow` says which it takes.",
        "invalidFields": [],
        "meta": {
          "durationMs": "[number]",
          "endedAt": "[instant]",
          "requestId": "req_[id]",
          "startedAt": "[instant]"
        },
        "missingFields": [],
        "ok": false
      },
      "status": 405
    }
    "#);
    let execute = gateway.get("/api/tools/segment_list_sources/execute").send().await;
    assert_eq!((execute.status.as_u16(), execute.headers["allow"].to_str().unwrap()), (405, "POST"));
}

#[tokio::test]
async fn head_has_no_body_and_options_gives_no_permission() {
    let gateway = Gateway::new().await;
    let head = gateway.ask(Method::HEAD, "/healthz").send().await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
    let preflight = gateway
        .ask(Method::OPTIONS, "/api/tools")
        .header("origin", "https://elsewhere.example")
        .header("access-control-request-method", "GET")
        .send()
        .await;
    assert_eq!(preflight.status, 405);
    let simple = gateway.get("/healthz").header("origin", "https://elsewhere.example").send().await;
    for answer in [&preflight, &simple] {
        assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control-")));
    }
}

#[tokio::test]
async fn every_answer_has_an_id_and_is_not_cached_framed_or_sniffed() {
    let gateway = Gateway::new().await;
    for path in ["/healthz", "/nothing", "/api/tools", "/.well-known/oauth-authorization-server"] {
        let answer = gateway.get(path).send().await;
        let header = |name: &str| answer.headers.get(name).map(|value| value.to_str().unwrap());
        assert!(header("x-request-id").is_some_and(|id| id.starts_with("req_")), "{path}");
        assert_eq!(header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(header("x-frame-options"), Some("DENY"), "{path}");
        assert!(header("content-security-policy").is_some_and(|csp| csp.starts_with("default-src 'none'")));
    }
    let refused = gateway.get("/api/tools").send().await;
    assert_eq!(refused.json()["meta"]["requestId"], refused.headers["x-request-id"].to_str().unwrap());
}

#[tokio::test]
async fn when_too_many_are_in_flight_the_next_is_told_to_come_back() {
    let gateway = Gateway::with_limits(DoorLimits { requests: 0, ..DoorLimits::default() }).await;
    let refused = gateway.get("/api/tools").send().await;
    assert_eq!(refused.headers["retry-after"], "1");
    assert_json_snapshot!(refused.shown(), @r#"
    {
      "body": {
        "details": [],
        "error": {
          "code": "gateway_unavailable",
          "message": "The gateway has as many requests in flight as it takes; nothing was sent.",
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
    assert_eq!(gateway.get("/healthz").send().await.status, 200);
}

/// The doors of those who are not known yet, as a browser or a device asks them.
fn strangers_doors(gateway: &Gateway) -> Vec<(String, Asking)> {
    let api: Value = serde_json::from_str(&keyferry_http::openapi()).unwrap();
    let mut doors = Vec::new();
    for (path, operations) in api["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            if operation.get("security").is_none() && !path.ends_with("z") {
                let method = method.to_uppercase().parse().unwrap();
                let asked = path.replace("{token}", "x").replace("{session}", "x");
                doors.push((path.clone(), gateway.ask(method, &asked)));
            }
        }
    }
    for path in [
        "/dashboard/setup/x",
        "/dashboard/sign-in",
        "/dashboard/sign-in/x",
        "/dashboard/invitation/x",
        "/dashboard/invitation/x/join",
    ] {
        doors.push((path.to_owned(), gateway.post(path).header("origin", PUBLIC_URL).form(&[])));
    }
    doors
}

#[tokio::test]
async fn strangers_and_devices_do_not_take_each_others_places() {
    let gateway = Gateway::with_limits(DoorLimits { requests: 0, ..DoorLimits::default() }).await;
    for (path, asking) in strangers_doors(&gateway) {
        assert_ne!(asking.send().await.status, 503, "{path} is shut when devices have no places");
    }
    for (limits, status) in [
        (DoorLimits { strangers: 0, ..DoorLimits::default() }, 503),
        (DoorLimits { strangers_each: 0, ..DoorLimits::default() }, 429),
    ] {
        let gateway = Gateway::with_limits(limits).await;
        let doors = strangers_doors(&gateway);
        assert_eq!(doors.len(), 21, "a door came or went");
        for (path, asking) in doors {
            let refused = asking.send().await;
            assert_eq!(refused.status, status, "{path}");
            assert_eq!(refused.headers["retry-after"], "1", "{path}");
        }
        let person = gateway.person("ada@example.com").await;
        let token = gateway.device(&person, Rule::Confirm).await;
        assert_eq!(gateway.get("/api/tools").token(&token).send().await.status, 200);
        assert_eq!(gateway.get("/dashboard").send().await.status, 303);
    }
}

fn never() -> Body {
    Body::from_stream(stream::pending::<Result<&'static str, Infallible>>())
}

#[tokio::test]
async fn what_a_stranger_sends_has_to_come_sooner_than_what_a_device_sends() {
    let (patience, answer) = (Duration::from_millis(50), Duration::from_secs(5));
    let limits = DoorLimits { patience, answer, upload: IN_VAIN, ..DoorLimits::default() };
    let gateway = Gateway::with_limits(limits).await;
    let form = "application/x-www-form-urlencoded";
    let token = gateway.post("/oauth/token").header("content-type", form).body(never()).send().await;
    assert_eq!((token.status.as_u16(), &token.json()["error"]), (503, &"temporarily_unavailable".into()));
    let pairing = gateway.post("/api/openclaw/pair/start").body(never()).send().await.json();
    assert_eq!(pairing["error"], "The body took too long to arrive; nothing was sent.");
    let sign_in = gateway.post("/dashboard/sign-in").header("origin", PUBLIC_URL);
    let sign_in = sign_in.header("content-type", form).body(never()).send().await;
    assert_eq!(sign_in.status, 408);

    let person = gateway.person("ada@example.com").await;
    let token = gateway.device(&person, Rule::Confirm).await;
    let slow = gateway.post("/api/connect/start").token(&token).body(never()).send().await.json();
    assert_eq!(slow["error"], "The gateway took too long; nothing was sent.", "a device has the time");
}

#[tokio::test]
async fn a_body_has_a_size_and_a_time() {
    let limits = DoorLimits { body: 100, upload: Duration::from_millis(50), ..DoorLimits::default() };
    let gateway = Gateway::with_limits(limits).await;
    let person = gateway.person("ada@example.com").await;
    let token = gateway.device(&person, Rule::Confirm).await;
    let path = "/api/tools/segment_list_sources/execute";
    let large = gateway.post(path).token(&token).body(" ".repeat(101)).send().await;
    assert_json_snapshot!(large.shown(), @r#"
    {
      "body": {
        "details": [],
        "error": {
          "code": "payload_too_large",
          "message": "The body is larger than 100 bytes.",
          "retryable": false,
          "type": "validation"
        },
        "hint": "Split it into several calls.",
        "invalidFields": [],
        "meta": {
          "durationMs": "[number]",
          "endedAt": "[instant]",
          "requestId": "req_[id]",
          "startedAt": "[instant]"
        },
        "missingFields": [],
        "ok": false
      },
      "status": 413
    }
    "#);
    let slow = gateway.post(path).token(&token).body(never()).send().await;
    assert_eq!((slow.status.as_u16(), &slow.json()["error"]["code"]), (503, &"gateway_unavailable".into()));
    let form = gateway.post("/oauth/token").form(&[("grant_type", &"x".repeat(100))]).send().await;
    assert_eq!((form.status.as_u16(), &form.json()["error"]), (413, &"invalid_request".into()));
}
