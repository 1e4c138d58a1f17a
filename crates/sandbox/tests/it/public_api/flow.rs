//! How many events flow, and what is planted among them.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use crate::house::{House, answer};
use http::StatusCode;
use keyferry_core::{Clock, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;

/// The last so many hours, as a query.
fn last(house: &House, hours: u64, granularity: &str) -> String {
    let now = house.clock.now();
    let time = |at: Timestamp| at.rfc3339().replace('+', "%2B");
    let from = time(now - Duration::from_hours(hours));
    format!("granularity={granularity}&startTime={from}&endTime={}", time(now))
}

async fn total(house: &House, stage: &str, more: &str, hours: u64) -> u64 {
    let path = format!("/delivery-overview/{stage}?{more}&{}", last(house, hours, "HOUR"));
    let (status, body) = answer(house.public("GET", &path).header("accept", "application/json")).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body["data"]["total"].as_u64().unwrap()
}

async fn named(house: &House, name: &str) -> (String, String) {
    let all = house.get("/destinations").await["data"]["destinations"].clone();
    let one = all.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone();
    let text = |field: &str| one[field].as_str().unwrap().to_owned();
    (format!("sourceId={}&destinationConfigId={}", text("sourceId"), text("id")), text("id"))
}

async fn plant(house: &House, hitch: Value) {
    let (status, body) = answer(house.request("POST", "/__sandbox/pipeline").json(&hitch)).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
}

#[tokio::test]
async fn without_a_hitch_all_that_comes_in_arrives() {
    let house = House::open().await;
    let (both, _) = named(&house, "Braze").await;
    let received = total(&house, "successfully-received", &both, 24).await;
    assert!(received > 0);
    assert_eq!(total(&house, "successful-delivery", &both, 24).await, received);
    for stage in ["failed-on-ingest", "filtered-at-source", "filtered-at-destination", "failed-delivery"] {
        assert_eq!(total(&house, stage, &both, 24).await, 0, "{stage}");
    }
    let off = house.source("legacy-shop").await["id"].as_str().unwrap().to_owned();
    assert_eq!(
        total(&house, "successfully-received", &format!("sourceId={off}"), 24).await,
        0,
        "it is disabled"
    );
}

#[tokio::test]
async fn three_hitches_are_seen_where_they_are_and_nowhere_else() {
    let house = House::open().await;
    plant(&house, json!({"source": "ios-app", "is": "stopped", "hoursAgo": 12})).await;
    plant(&house, json!({"destination": "Braze", "is": "rejecting", "hoursAgo": 6})).await;
    plant(&house, json!({"destination": "Amplitude", "is": "filtered", "hoursAgo": 3})).await;

    let ios = format!("sourceId={}", house.source("ios-app").await["id"].as_str().unwrap());
    assert_eq!(total(&house, "successfully-received", &ios, 11).await, 0);
    assert!(total(&house, "successfully-received", &ios, 24).await > 0, "it did before");

    let (braze, id) = named(&house, "Braze").await;
    let received = total(&house, "successfully-received", &braze, 5).await;
    assert_eq!(total(&house, "failed-delivery", &braze, 5).await, received);
    assert_eq!(total(&house, "successful-delivery", &braze, 5).await, 0);
    let source = braze.split('&').next().unwrap();
    let metrics = house.get(&format!("/destinations/{id}/delivery-metrics?{source}")).await;
    assert_eq!(metrics["data"]["deliveryMetricsSummary"]["metrics"][0]["total"], 0);

    let (amplitude, id) = named(&house, "Amplitude").await;
    assert_eq!(
        total(&house, "filtered-at-destination", &amplitude, 2).await,
        total(&house, "successfully-received", &amplitude, 2).await
    );
    let filters = house.get(&format!("/destination/{id}/filters")).await;
    let drops_all = |filter: &Value| filter["if"] == "all" && filter["actions"][0]["type"] == "DROP";
    assert!(filters["data"]["filters"].as_array().unwrap().iter().any(drops_all));

    let (healthy, _) = named(&house, "Google Analytics 4").await;
    assert_eq!(
        total(&house, "successful-delivery", &healthy, 24).await,
        total(&house, "successfully-received", &healthy, 24).await
    );
    assert_eq!(answer(house.request("DELETE", "/__sandbox/pipeline")).await.0, StatusCode::NO_CONTENT);
    assert!(total(&house, "successfully-received", &ios, 11).await > 0);
    assert_eq!(total(&house, "failed-delivery", &braze, 5).await, 0);
}

#[tokio::test]
async fn volume_is_told_for_each_source() {
    let house = House::open().await;
    plant(&house, json!({"source": "ios-app", "is": "stopped", "hoursAgo": 48})).await;
    let path = format!("/events/volume?groupBy.0=source&{}", last(&house, 24, "HOUR"));
    let rows = house.get(&path).await["data"]["result"].as_array().unwrap().clone();
    let of = |slug: &str| {
        rows.iter().find(|row| row["source"]["slug"] == slug).unwrap()["total"].as_u64().unwrap()
    };
    assert_eq!((rows.len(), of("ios-app"), of("legacy-shop")), (12, 0, 0));
    assert!(of("website") > 0);
    let ios = house.source("ios-app").await["id"].as_str().unwrap().to_owned();
    let only = house.get(&format!("/events/volume?sourceId.0={ios}&{}", last(&house, 72, "HOUR"))).await;
    assert!(only["data"]["result"][0]["total"].as_u64().unwrap() > 0, "it sent until two days ago");
}

#[tokio::test]
async fn groups_part_the_numbers() {
    let house = House::open().await;
    plant(&house, json!({"destination": "Braze", "is": "rejecting"})).await;
    let (both, _) = named(&house, "Braze").await;
    let path = format!(
        "/delivery-overview/failed-delivery?{both}&groupBy.0=eventName&groupBy.1=discardReason&{}",
        last(&house, 3, "MINUTE")
    );
    let data = house.get(&path).await["data"].clone();
    let rows = data["dataset"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row["discardReason"].as_str().unwrap().contains("401")), "{rows:?}");
    let counted: u64 = rows
        .iter()
        .flat_map(|row| row["series"].as_array().unwrap())
        .map(|step| step["count"].as_u64().unwrap())
        .sum();
    assert!(counted > 0 && counted <= data["total"].as_u64().unwrap());
}

#[tokio::test]
async fn a_span_that_segment_would_not_answer_is_422() {
    let house = House::open().await;
    let source = house.source("website").await["id"].as_str().unwrap().to_owned();
    for span in [
        last(&house, 5, "MINUTE"),
        last(&house, 15 * 24, "HOUR"),
        last(&house, 31 * 24, "DAY"),
        last(&house, 1, "WEEK"),
        "granularity=DAY".to_owned(),
    ] {
        let path = format!("/delivery-overview/successfully-received?sourceId={source}&{span}");
        let status = answer(house.public("GET", &path)).await.0;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{span}");
    }
}

#[tokio::test]
async fn a_hitch_that_is_misspelled_is_refused_with_a_reason() {
    let house = House::open().await;
    for hitch in [
        json!({"source": "nowhere", "is": "stopped"}),
        json!({"source": "website", "is": "rejecting"}),
        json!({"destination": "Braze", "is": "stopped"}),
        json!({"destination": "Braze", "is": "broken"}),
    ] {
        let (status, body) = answer(house.request("POST", "/__sandbox/pipeline").json(&hitch)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{hitch}");
        assert!(body["error"].as_str().is_some_and(|why| !why.is_empty()));
    }
}
