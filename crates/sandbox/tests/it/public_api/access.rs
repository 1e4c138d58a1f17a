//! Tokens, versions, limits.

use crate::house::{House, answer};
use keyferry_sandbox::SandboxLimits;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_missing_a_wrong_and_a_weak_token_are_all_401() {
    let house = House::open().await;
    let weak = &house.keys().public_api_without_rights;
    let mut said = Vec::new();
    for request in [
        house.request("GET", "/us/public_api/sources"),
        house.request("GET", "/us/public_api/sources").bearer_auth("wrong"),
        house.request("GET", "/us/public_api/sources").basic_auth(&house.keys().public_api, Some("")),
        house.request("GET", "/us/public_api/sources").bearer_auth(&house.sandbox.credentials.eu.public_api),
        house.request("GET", "/us/public_api/sources").bearer_auth(weak),
    ] {
        let (status, body) = answer(request).await;
        assert_eq!((status.as_u16(), &body["errors"][0]["type"]), (401, &json!("unauthorized")));
        said.push(body["errors"][0]["message"].clone());
    }
    insta::assert_json_snapshot!(said, @r#"
    [
      "A bearer token is required in the Authorization header",
      "The token is invalid",
      "A bearer token is required in the Authorization header",
      "The token is invalid",
      "The token does not have the permissions that this operation needs"
    ]
    "#);
    let (status, _) = answer(house.request("GET", "/us/public_api").bearer_auth(weak)).await;
    assert_eq!(status, 200, "the workspace may be read with it");
}

#[tokio::test]
async fn an_operation_answers_in_the_version_that_is_asked_for() {
    let house = House::open().await;
    let source = house.source("website").await;
    let (id, key) = (source["id"].as_str().unwrap(), source["writeKeys"][1].as_str().unwrap());
    let write_key = format!("/sources/{id}/writekey/{key}");
    let cases = [
        ("GET", "/labels", "application/vnd.segment.v1+json"),
        ("GET", "/labels", "application/vnd.segment.v1alpha+json"),
        ("GET", "/labels", "application/json"),
        ("GET", "/labels", "text/html"),
        ("DELETE", &write_key, "application/vnd.segment.v1+json"),
        ("DELETE", &write_key, "application/vnd.segment.v1beta+json"),
        ("DELETE", &write_key, "application/vnd.segment.v1alpha+json"),
    ];
    let mut seen = Vec::new();
    for (method, path, accept) in cases {
        let response = house.public(method, path).header("accept", accept).send().await.unwrap();
        let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        seen.push((accept, response.status().as_u16(), content_type));
    }
    insta::assert_json_snapshot!(seen, @r#"
    [
      [
        "application/vnd.segment.v1+json",
        200,
        "application/vnd.segment.v1+json"
      ],
      [
        "application/vnd.segment.v1alpha+json",
        200,
        "application/vnd.segment.v1alpha+json"
      ],
      [
        "application/json",
        200,
        "application/json"
      ],
      [
        "text/html",
        406,
        "application/json"
      ],
      [
        "application/vnd.segment.v1+json",
        406,
        "application/json"
      ],
      [
        "application/vnd.segment.v1beta+json",
        406,
        "application/json"
      ],
      [
        "application/vnd.segment.v1alpha+json",
        200,
        "application/vnd.segment.v1alpha+json"
      ]
    ]
    "#);
}

#[tokio::test]
async fn success_tells_the_budget_and_an_empty_one_when_to_come_back() {
    let limits = SandboxLimits { public_api_per_minute: 2, ..SandboxLimits::default() };
    let house = House::with_limits(limits).await;
    let header = |response: &reqwest::Response, name: &str| {
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    };
    let first = house.public("GET", "/labels").send().await.unwrap();
    assert_eq!(header(&first, "x-ratelimit-consumed").as_deref(), Some("1"));
    assert_eq!(header(&first, "x-ratelimit-remaining").as_deref(), Some("1"));
    let reset = header(&first, "x-ratelimit-reset").unwrap();
    assert!(jiff::fmt::rfc2822::parse(&reset).is_ok(), "{reset}");

    house.public("GET", "/labels").send().await.unwrap();
    house.clock.advance(Duration::from_secs(18));
    let refused = house.public("GET", "/labels").send().await.unwrap();
    assert_eq!(header(&refused, "retry-after").as_deref(), Some("42"));
    assert_eq!(header(&refused, "x-ratelimit-remaining"), None);
    assert_eq!(refused.status(), 429);
    let body: serde_json::Value = refused.json().await.unwrap();
    insta::assert_json_snapshot!(body, @r#"
    {
      "errors": [
        {
          "data": {
            "consumedPoints": 3,
            "msBeforeNext": 42000,
            "remainingPoints": 0
          },
          "message": "Too many requests",
          "type": "rate-limit-exceeded"
        }
      ]
    }
    "#);

    assert_eq!(
        answer(house.public("GET", "/sources")).await.0,
        200,
        "another operation has a window of its own"
    );
    house.clock.advance(Duration::from_secs(42));
    assert_eq!(answer(house.public("GET", "/labels")).await.0, 200);
}

#[tokio::test]
async fn what_is_no_operation_is_404_in_the_same_shape() {
    let house = House::open().await;
    for (method, path) in [("GET", "/nothing"), ("PUT", "/labels")] {
        let (status, body) = answer(house.public(method, path)).await;
        assert_eq!(
            (status.as_u16(), &body["errors"][0]["type"]),
            (404, &json!("not-found")),
            "{method} {path}"
        );
    }
}
