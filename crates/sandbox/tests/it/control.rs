//! `/__sandbox`: the record, the events, and what is refused there.

use crate::house::{House, answer};
use serde_json::{Value, json};

#[tokio::test]
async fn a_request_is_recorded_as_it_came() {
    let house = House::open().await;
    let patch =
        house.public("PATCH", "/sources/none?a=%20b&a=c").header("X-Thing", "One").header("x-thing", "two");
    patch.json(&json!({"name": "N"})).send().await.unwrap();

    let [mut seen]: [Value; 1] = house.requests(0).await.try_into().unwrap();
    let token = format!("Bearer {}", house.keys().public_api);
    assert_eq!(seen["headers"]["authorization"], json!(token));
    seen["headers"] =
        json!({"x-thing": seen["headers"]["x-thing"], "content-type": seen["headers"]["content-type"]});
    insta::assert_json_snapshot!(seen, {".at" => "[at]"}, @r#"
    {
      "api": "public_api",
      "at": "[at]",
      "body": {
        "name": "N"
      },
      "headers": {
        "content-type": "application/json",
        "x-thing": "One, two"
      },
      "method": "PATCH",
      "n": 1,
      "path": "/sources/none",
      "query": "a=%20b&a=c",
      "region": "us",
      "status": 404
    }
    "#);
}

#[tokio::test]
async fn what_goes_to_no_api_is_recorded_with_its_whole_path() {
    let house = House::open().await;
    let (status, _) = answer(house.request("GET", "/cn/tracking/v1/track")).await;
    assert_eq!(status, 404);
    let seen = &house.requests(0).await[0];
    assert_eq!(seen["path"], "/cn/tracking/v1/track");
    assert_eq!((&seen["region"], &seen["api"]), (&json!(null), &json!(null)));
}

#[tokio::test]
async fn the_record_is_read_on_from_a_number_and_emptied() {
    let house = House::open().await;
    for _ in 0..3 {
        house.get("/").await;
    }
    let numbers =
        |requests: Vec<Value>| requests.iter().map(|r| r["n"].as_u64().unwrap()).collect::<Vec<_>>();
    assert_eq!(numbers(house.requests(1).await), [2, 3]);
    assert_eq!(answer(house.request("DELETE", "/__sandbox/requests")).await.0, 204);
    assert!(house.requests(0).await.is_empty());
    house.get("/").await;
    assert_eq!(numbers(house.requests(3).await), [4]);
}

#[tokio::test]
async fn bodies_are_shown_parsed_or_as_text() {
    let house = House::open().await;
    house.track("track").body("not json").send().await.unwrap();
    house.track("track").json(&json!({"event": "E"})).send().await.unwrap();
    house.get("/").await;
    let bodies: Vec<_> = house.requests(0).await.into_iter().map(|seen| seen["body"].clone()).collect();
    assert_eq!(bodies, [json!("not json"), json!({"event": "E"}), json!(null)]);
}

#[tokio::test]
async fn events_tell_what_was_ingested() {
    let house = House::open().await;
    house.track("track").json(&json!({"userId": "u", "event": "E", "messageId": "m1"})).send().await.unwrap();
    let events = house.events().await;
    let source = house.source("website").await;
    assert_eq!(events[0]["sourceId"], source["id"]);
    insta::assert_json_snapshot!(
        events,
        {"[].receivedAt" => "[at]", "[].timestamp" => "[at]", "[].sourceId" => "[id]"},
        @r#"
    [
      {
        "discarded": null,
        "event": {
          "event": "E",
          "messageId": "m1",
          "userId": "u"
        },
        "messageId": "m1",
        "n": 1,
        "receivedAt": "[at]",
        "region": "us",
        "sourceId": "[id]",
        "timestamp": "[at]",
        "type": "track"
      }
    ]
    "#
    );
    assert_eq!(answer(house.request("DELETE", "/__sandbox/events")).await.0, 204);
    assert!(house.events().await.is_empty());
}

#[tokio::test]
async fn a_fault_that_is_misspelled_is_refused_with_a_reason() {
    let house = House::open().await;
    let (status, body) =
        answer(house.request("POST", "/__sandbox/faults").body(r#"{"kind": "delay"}"#)).await;
    assert_eq!((status.as_u16(), body), (400, json!({"error": "delay needs ms"})));
}
