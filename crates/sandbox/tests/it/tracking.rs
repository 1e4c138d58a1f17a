//! The Tracking API: what is taken, what is dropped, and what is said about it.

use crate::house::{House, answer};
use flate2::Compression;
use flate2::write::GzEncoder;
use keyferry_sandbox::SandboxLimits;
use serde_json::{Value, json};
use std::io::Write;
use std::time::Duration;

/// What became of each event, in order.
async fn fates(house: &House) -> Vec<Value> {
    house.events().await.into_iter().map(|event| event["discarded"].clone()).collect()
}

#[tokio::test]
async fn nearly_everything_is_200_and_dropped_in_silence() {
    let house = House::open().await;
    let cases = [
        ("identify", json!({"userId": "u"})),
        ("track", json!({"event": "E"})),
        ("track", json!({"userId": "", "anonymousId": null, "event": "E"})),
        ("track", json!({"userId": "u"})),
        ("track", json!({"userId": "u", "event": 7})),
        ("track", json!({"userId": "u", "event": "E", "properties": []})),
        ("identify", json!({"userId": "u", "traits": "x"})),
        ("page", json!({"anonymousId": "a", "name": ""})),
        ("screen", json!({"anonymousId": "a", "category": 1})),
        ("group", json!({"userId": "u"})),
        ("alias", json!({"userId": "u"})),
        ("batch", json!({"batch": []})),
        ("import", json!({})),
        ("batch", json!({"batch": [{"userId": "u", "type": "purchase"}]})),
    ];
    for (call, body) in cases {
        let (status, said) = answer(house.track(call).json(&body)).await;
        assert_eq!((status.as_u16(), said), (200, json!({"success": true})), "{call} {body}");
    }
    insta::assert_json_snapshot!(fates(&house).await, @r#"
    [
      null,
      "no_user_anon_id",
      "no_user_anon_id",
      "event_not_defined",
      "event_not_string",
      "properties_not_object",
      "traits_not_object",
      "name_not_string",
      "category_not_string",
      "id_required",
      "id_required",
      "empty_batch",
      "empty_batch",
      "type_not_supported"
    ]
    "#);
}

#[tokio::test]
async fn a_wrong_key_no_key_and_a_sleeping_source_are_200_too() {
    let house = House::open().await;
    let event = json!({"userId": "u", "event": "E"});
    let asleep = &house.keys().write_keys["legacy-shop"][0];
    let path = "/us/tracking/v1/track";
    for request in [
        house.request("POST", path).basic_auth("wrong", Some("")),
        house.request("POST", path),
        house.request("POST", path).basic_auth(asleep, Some("")),
        house.request("POST", path).basic_auth(house.sandbox.credentials.eu.tracking().unwrap(), Some("")),
    ] {
        assert_eq!(answer(request.json(&event)).await, (reqwest::StatusCode::OK, json!({"success": true})));
    }
    insta::assert_json_snapshot!(fates(&house).await, @r#"
    [
      "project_not_found",
      "project_not_found",
      "source_disabled",
      "project_not_found"
    ]
    "#);
}

#[tokio::test]
async fn a_write_key_in_the_body_is_stronger_and_one_in_an_item_stronger_still() {
    let house = House::open().await;
    let key = |slug: &str| house.keys().write_keys[slug][0].clone();
    let item = |writer: Value| json!({"type": "track", "userId": "u", "event": "E", "writeKey": writer});
    house.track("track").json(&item(json!(key("billing")))).send().await.unwrap();
    let batch =
        json!({"writeKey": key("backend"), "batch": [item(json!(null)), item(json!(key("ios-app")))]});
    house.track("batch").json(&batch).send().await.unwrap();

    let events = house.events().await;
    let mut expected = Vec::new();
    for slug in ["billing", "backend", "ios-app"] {
        expected.push(house.source(slug).await["id"].clone());
    }
    assert_eq!(events.iter().map(|event| event["sourceId"].clone()).collect::<Vec<_>>(), expected);
    assert!(events.iter().all(|event| event["event"].get("writeKey").is_none()));
}

#[tokio::test]
async fn a_message_id_counts_once_whatever_the_source_and_the_region() {
    let house = House::open().await;
    let event = json!({"userId": "u", "event": "E", "messageId": "m-1"});
    house.track("track").json(&event).send().await.unwrap();
    house.track("track").json(&event).send().await.unwrap();
    let eu = house.sandbox.credentials.eu.tracking().unwrap();
    house
        .request("POST", "/eu/tracking/v1/track")
        .basic_auth(eu, Some(""))
        .json(&event)
        .send()
        .await
        .unwrap();
    house.clock.advance(Duration::from_secs(24 * 3600));
    house.track("track").json(&event).send().await.unwrap();
    assert_eq!(fates(&house).await, [json!(null), json!("duplicate"), json!("duplicate"), json!(null)]);
}

#[tokio::test]
async fn sizes_are_held() {
    let house = House::open().await;
    let event = |size: usize| json!({"type": "track", "userId": "u", "event": "E", "properties": {"p": "x".repeat(size)}});
    let batch = |items: usize, size: usize| json!({"batch": vec![event(size); items]});
    let cases = [
        ("track", event(32 * 1024 - 200), 200),
        ("track", event(32 * 1024), 400),
        ("batch", batch(10, 20_000), 200),
        ("batch", batch(1, 33 * 1024), 400),
        ("batch", batch(30, 20_000), 400),
        ("batch", json!({"batch": vec![json!({"type": "page", "userId": "u"}); 2501]}), 200),
    ];
    for (number, (call, body, status)) in cases.into_iter().enumerate() {
        assert_eq!(answer(house.track(call).json(&body)).await.0, status, "case {number}");
    }
    let events = house.events().await;
    assert_eq!(events.len(), 12, "1 and 10 were taken, and one batch was dropped whole");
    assert_eq!(events[11]["discarded"], "batch_too_large");
}

#[tokio::test]
async fn what_is_not_json_is_a_bad_request_in_plain_text() {
    let house = House::open().await;
    for body in ["", "{", "[]", "\"x\""] {
        let (status, said) = answer(house.track("track").body(body)).await;
        assert_eq!((status.as_u16(), said), (400, json!("Bad Request")), "{body}");
    }
}

#[tokio::test]
async fn gzip_is_read_and_recorded_unzipped() {
    let house = House::open().await;
    let batch = json!({"batch": [{"type": "track", "userId": "u", "event": "Zipped"}]});
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(batch.to_string().as_bytes()).unwrap();
    let zipped = encoder.finish().unwrap();
    let send = |body| house.track("batch").header("content-encoding", "gzip").body(body);
    assert_eq!(answer(send(zipped)).await.0, 200);
    assert_eq!(house.requests(0).await[0]["body"], batch);
    assert_eq!(house.events().await[0]["event"]["event"], "Zipped");
    assert_eq!(answer(send(b"not gzip".to_vec())).await.0, 400);
}

#[tokio::test]
async fn a_batch_lends_its_context_and_its_sent_at() {
    let house = House::open().await;
    let batch = json!({
        "context": {"app": "shop", "locale": "pt"},
        "sentAt": "2026-01-02T00:00:00Z",
        "batch": [{
            "type": "track", "userId": "u", "event": "E",
            "context": {"locale": "en"}, "timestamp": "2026-01-01T00:00:00Z",
        }],
    });
    house.track("import/").json(&batch).send().await.unwrap();
    let event = &house.events().await[0];
    assert_eq!(event["event"]["context"], json!({"app": "shop", "locale": "en"}));
    let at = |field: &str| event[field].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(
        at("receivedAt").duration_since(at("timestamp")).as_hours(),
        24,
        "a stale sentAt moves history"
    );
}

#[tokio::test]
async fn too_many_a_second_are_told_in_seconds() {
    let house =
        House::with_limits(SandboxLimits { tracking_per_second: 1, ..SandboxLimits::default() }).await;
    let event = json!({"userId": "u", "event": "E"});
    assert_eq!(answer(house.track("track").json(&event)).await.0, 200);
    let refused = house.track("track").json(&event).send().await.unwrap();
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["x-ratelimit-reset"]),
        (429, &"1".parse().unwrap())
    );
    assert_eq!(refused.headers()["retry-after"], "1");
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(answer(house.track("track").json(&event)).await.0, 200);
}

#[tokio::test]
async fn there_is_no_other_call() {
    let house = House::open().await;
    assert_eq!(answer(house.track("purchase").json(&json!({}))).await.0, 404);
    assert_eq!(answer(house.request("GET", "/us/tracking/v1/track")).await.0, 405);
}
