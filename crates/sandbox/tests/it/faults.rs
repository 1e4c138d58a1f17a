//! Each kind of fault, seen from the caller.

use crate::house::{House, answer};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::io::Read;

#[tokio::test]
async fn a_cut_leaves_no_answer_and_nothing_done() {
    let house = House::open().await;
    let id = house.source("website").await["id"].as_str().unwrap().to_owned();
    house.arm(json!({"match": {"method": "DELETE", "path": "/sources/*"}, "kind": "cut"})).await;
    house.public("DELETE", &format!("/sources/{id}")).send().await.unwrap_err();
    assert_eq!(house.public("GET", &format!("/sources/{id}")).send().await.unwrap().status(), 200);
    let seen = &house.requests(1).await[0];
    assert_eq!((&seen["method"], &seen["status"]), (&json!("DELETE"), &json!(null)));
}

#[tokio::test]
async fn a_cut_after_done_leaves_no_answer_but_the_deed() {
    let house = House::open().await;
    let id = house.source("website").await["id"].as_str().unwrap().to_owned();
    house.arm(json!({"match": {"method": "DELETE"}, "kind": "cut_after_done"})).await;
    house.public("DELETE", &format!("/sources/{id}")).send().await.unwrap_err();
    assert_eq!(house.public("GET", &format!("/sources/{id}")).send().await.unwrap().status(), 404);
    assert_eq!(house.requests(1).await[0]["status"], json!(null));
}

#[tokio::test]
async fn one_connection_is_cut_and_no_other() {
    let house = House::open().await;
    let kept = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/us/public_api/", house.sandbox.url());
    let get = || kept.get(&url).bearer_auth(&house.keys().public_api).send();
    assert_eq!(get().await.unwrap().status(), 200);
    house.arm(json!({"match": {"api": "tracking"}, "kind": "cut"})).await;
    house.track("track").json(&json!({})).send().await.unwrap_err();
    assert_eq!(get().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_status_is_said_in_each_api_s_own_words() {
    let house = House::open().await;
    house.arm(json!({"times": 3, "kind": "status", "status": 429, "retryAfter": 7})).await;
    let mut said = Vec::new();
    for request in
        [house.public("GET", "/sources"), house.track("track"), house.user("user_id:u-1001/traits")]
    {
        let response = request.send().await.unwrap();
        let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let head = json!({
            "status": response.status().as_u16(),
            "retry-after": header("retry-after"),
            "x-ratelimit-reset": header("x-ratelimit-reset"),
        });
        said.push((head, response.json::<Value>().await.unwrap()));
    }
    insta::assert_json_snapshot!(said, @r#"
    [
      [
        {
          "retry-after": "7",
          "status": 429,
          "x-ratelimit-reset": null
        },
        {
          "errors": [
            {
              "data": {
                "consumedPoints": 1,
                "msBeforeNext": 7000,
                "remainingPoints": 0
              },
              "message": "Too many requests",
              "type": "rate-limit-exceeded"
            }
          ]
        }
      ],
      [
        {
          "retry-after": "7",
          "status": 429,
          "x-ratelimit-reset": "7"
        },
        {
          "code": "too_many_requests",
          "message": "Too Many Requests"
        }
      ],
      [
        {
          "retry-after": "7",
          "status": 429,
          "x-ratelimit-reset": null
        },
        {
          "error": {
            "code": "rate_limit_error",
            "message": "Too Many Requests"
          }
        }
      ]
    ]
    "#);
    assert_eq!(answer(house.public("GET", "/sources")).await.0, 200, "used up");
}

#[tokio::test]
async fn faults_are_listed_with_what_is_left_and_cleared() {
    let house = House::open().await;
    house.arm(json!({"match": {"region": "us", "api": "public_api"}, "times": 3, "kind": "status", "status": 503})).await;
    assert_eq!(answer(house.public("GET", "/")).await.0, 503);
    let armed = answer(house.request("GET", "/__sandbox/faults")).await.1;
    insta::assert_json_snapshot!(armed, @r#"
    {
      "faults": [
        {
          "kind": "status",
          "match": {
            "api": "public_api",
            "region": "us"
          },
          "status": 503,
          "times": 2
        }
      ]
    }
    "#);
    assert_eq!(answer(house.request("DELETE", "/__sandbox/faults")).await.0, 204);
    assert_eq!(answer(house.public("GET", "/")).await.0, 200);
}

#[tokio::test]
async fn a_delayed_request_is_recorded_at_once_and_done_though_nobody_waits() {
    let house = House::open().await;
    house.arm(json!({"kind": "delay", "ms": 200})).await;
    let request = house.track("track").json(&json!({"userId": "u", "event": "Late"}));
    let caller = tokio::spawn(request.send());
    while house.requests(0).await.is_empty() {
        tokio::task::yield_now().await;
    }
    caller.abort();
    while house.events().await.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(house.events().await[0]["event"]["event"], "Late");
}

#[tokio::test]
async fn the_secret_comes_back_in_every_disguise() {
    let house = House::open().await;
    for request in [house.public("GET", "/"), house.track("track"), house.user("user_id:u-1001/traits")] {
        house.arm(json!({"kind": "echo_secret"})).await;
        let response = request.send().await.unwrap();
        let secret = response.headers()["x-echoed-credential"].to_str().unwrap().to_owned();
        let keys = house.keys();
        assert!(
            [keys.public_api.as_str(), keys.tracking().unwrap(), &keys.profiles].contains(&secret.as_str())
        );
        let text = response.text().await.unwrap();
        let escaped = format!("\\u{:04x}", u32::from(secret.chars().next().unwrap()));
        let base64 = BASE64_STANDARD.encode(&secret);
        for disguise in [&secret, &hex::encode(&secret), &hex::encode_upper(&secret), &base64, &escaped] {
            assert!(text.contains(disguise), "{disguise} is not in {text}");
        }
        let echoed: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(echoed["data"]["echo"]["escaped"], json!(secret));
    }
}

#[tokio::test]
async fn the_secret_comes_back_compressed_and_with_a_status() {
    let house = House::open().await;
    house.arm(json!({"kind": "echo_secret", "compressed": true, "status": 400})).await;
    let response = house.public("GET", "/").send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-encoding"]),
        (400, &"gzip".parse().unwrap())
    );
    let mut text = String::new();
    GzDecoder::new(&response.bytes().await.unwrap()[..]).read_to_string(&mut text).unwrap();
    assert!(text.contains(&house.keys().public_api));
}
