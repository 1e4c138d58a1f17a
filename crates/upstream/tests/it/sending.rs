//! What the upstream receives: the right request, with the right key in the right place and nowhere else.

use crate::world::{CONTROL_KEY, PEOPLE_KEY, WRITE_KEY, World, data_key};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keyferry_core::{Clock, ErrorCode};
use keyferry_store::system::SealedRow;
use keyferry_upstream::{Fate, Made, credential};
use serde_json::json;
use std::time::Duration;

fn basic(key: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{key}:")))
}

#[tokio::test]
async fn a_bearer_key_stands_in_its_header_and_nowhere_else() {
    let world = World::new().await;
    let answer = world.call("acme_update_source", json!({"sourceId": "s 1+", "name": "New"})).await.unwrap();
    assert_eq!((answer.status, answer.attempts), (200, 1));

    let requests = world.server.requests();
    let request = &requests[0];
    assert_eq!((request.method.as_str(), request.target.as_str()), ("PATCH", "/base/sources/s%201%2B"));
    assert_eq!(request.header("authorization"), Some(format!("Bearer {CONTROL_KEY}").as_str()));
    assert_eq!(request.header("content-type"), Some("application/vnd.acme.v1+json"));
    assert_eq!(request.header("accept"), Some("application/vnd.acme.v1+json"));
    assert_eq!(request.header("accept-encoding"), Some("identity"));
    assert_eq!(request.json(), json!({"name": "New"}));
    assert_eq!(request.whole().matches(CONTROL_KEY).count(), 1);
    assert!(!request.whole().contains(WRITE_KEY) && !request.whole().contains(PEOPLE_KEY));
}

#[tokio::test]
async fn a_write_key_is_user_name_and_body_field_and_replaces_what_the_agent_gave() {
    let world = World::new().await;
    let batch = json!([
        {"userId": "u1", "event": "A", "writeKey": "wk_of_somebody_else", "write_key": "wk_of_somebody_else", "properties": {"writeKey": "mine"}},
        {"userId": "u2", "event": "B"},
    ]);
    // `accept` drops the field already; this room does not rely on it.
    let mut prepared = world.prepare("acme_batch", json!({"batch": []}));
    prepared.arguments = prepared.arguments.with("/batch", batch);
    let made = Made::fresh(world.clock.now());
    world.upstream.send(&prepared.exchange(&world, &made, &[])).await.unwrap();

    let requests = world.server.requests();
    let request = &requests[0];
    assert_eq!(request.target, "/v1/batch");
    assert_eq!(request.header("authorization"), Some(basic(WRITE_KEY).as_str()));
    let body = request.json();
    assert_eq!(body["writeKey"], WRITE_KEY);
    assert!(body["batch"][0].get("writeKey").is_none());
    assert_eq!(body["batch"][0]["properties"]["writeKey"], "mine");
    assert!(!request.body.contains("wk_of_somebody_else"));
    assert_eq!(request.whole().matches(WRITE_KEY).count(), 1);
}

#[tokio::test]
async fn a_public_field_of_the_slot_stands_in_the_path() {
    let world = World::new().await;
    let arguments = json!({"idType": "email", "idValue": "a+b@example.com", "include": ["x", "y,z"]});
    world.call("acme_get_traits", arguments).await.unwrap();

    let requests = world.server.requests();
    let request = &requests[0];
    assert_eq!(request.target, "/v1/spaces/spa_1/profiles/email:a%2Bb%40example.com/traits?include=x,y%2Cz");
    assert_eq!(request.header("authorization"), Some(basic(PEOPLE_KEY).as_str()));
    assert_eq!(request.header("content-type"), None);
}

#[tokio::test]
async fn pages_are_asked_for_in_the_documented_form() {
    let world = World::new().await;
    world
        .call("acme_list_sources", json!({"limit": 3, "cursor": "Mw==", "groupBy": ["a", "b"]}))
        .await
        .unwrap();
    let target = world.server.requests()[0].target.clone();
    assert_eq!(target, "/base/sources?pagination.count=3&pagination.cursor=Mw%3D%3D&groupBy.0=a&groupBy.1=b");
}

#[tokio::test]
async fn each_event_gets_an_id_of_the_gateways_own_and_a_fresh_send_time() {
    let world = World::new().await;
    let events = json!([
        {"userId": "u1", "event": "A", "messageId": "1"},
        {"userId": "u2", "event": "B"},
    ]);
    let arguments = json!({"batch": events, "sentAt": "2020-01-01T00:00:00Z"});
    world.call("acme_batch", arguments).await.unwrap();

    let body = world.server.requests()[0].json();
    let ids: Vec<&str> = (0..2).map(|at| body["batch"][at]["messageId"].as_str().unwrap()).collect();
    for id in &ids {
        assert_eq!(uuid::Uuid::parse_str(id).unwrap().get_version_num(), 4, "{id}");
    }
    assert_ne!(ids[0], ids[1]);
    assert_eq!(body["sentAt"], world.clock.now().rfc3339());
}

#[tokio::test]
async fn an_idempotency_key_gives_the_same_ids_again() {
    let world = World::new().await;
    let key = data_key(&world.vault, "message");
    let event = json!({"userId": "u1", "event": "A"});
    let ids = |made: Made| {
        let (world, event) = (&world, event.clone());
        async move {
            world.call_made("acme_track", event, &made).await.unwrap();
            let requests = world.server.requests();
            requests.last().unwrap().json()["messageId"].as_str().unwrap().to_owned()
        }
    };
    let now = world.clock.now();
    let derived = |key_text: &str| Made::derived(&key, &world.connection.id, key_text, now);
    let first = ids(derived("order-7")).await;
    assert_eq!(
        ids(Made::derived(&key, &world.connection.id, "order-7", now + Duration::from_secs(9))).await,
        first
    );
    assert_ne!(ids(derived("order-8")).await, first);
    assert_ne!(ids(Made::fresh(now)).await, ids(Made::fresh(now)).await);
}

#[tokio::test]
async fn a_body_that_grows_too_large_by_what_the_gateway_adds_is_not_sent() {
    let world = World::new().await;
    let batch = vec![json!({"userId": "u1", "event": "A"}); 12];
    let refused = world.call("acme_batch", json!({"batch": batch})).await.unwrap_err();
    assert_eq!((refused.failure.code, refused.fate), (ErrorCode::PayloadTooLarge, Fate::NotSent));
    assert!(world.server.requests().is_empty());
    world.call("acme_batch", json!({"batch": batch[..8]})).await.unwrap();
}

#[tokio::test]
async fn a_call_without_a_key_is_not_sent() {
    let mut world = World::new().await;
    world.credentials.remove("control");
    let refused = world.call("acme_get_workspace", json!({})).await.unwrap_err();
    assert_eq!((refused.failure.code, refused.fate), (ErrorCode::NeedsCredential, Fate::NotSent));
    assert!(refused.did_nothing() && world.server.requests().is_empty());
}

#[tokio::test]
async fn a_key_that_was_sealed_for_another_row_is_not_sent() {
    let mut world = World::new().await;
    let other = world.credentials["events"].sealed.clone();
    world.credentials.get_mut("control").unwrap().sealed = other;
    let refused = world.call("acme_get_workspace", json!({})).await.unwrap_err();
    assert_eq!((refused.failure.code, refused.fate), (ErrorCode::Internal, Fate::NotSent));
    assert!(world.server.requests().is_empty());
}

#[tokio::test]
async fn a_check_of_sealed_records_knows_what_a_credential_is_bound_to() {
    let world = World::new().await;
    let credential = &world.credentials["events"];
    let mut row = SealedRow {
        record: credential.id.as_str().to_owned(),
        team: Some(credential.team.clone()),
        purpose: None,
        version: 1,
        connection: Some(world.connection.id.clone()),
        integration: Some("acme".to_owned()),
        slot: Some("events".to_owned()),
        key_id: credential.key_id.clone(),
        sealed: credential.sealed.clone(),
    };
    assert!(credential::opens(&world.vault, &row).is_ok());
    row.version = 2;
    assert!(credential::opens(&world.vault, &row).is_err());
}

#[tokio::test]
async fn the_third_send_of_two_a_minute_waits() {
    let world = World::new().await;
    for _ in 0..2 {
        world.call("acme_get_limited", json!({})).await.unwrap();
    }
    let refused = world.call("acme_get_limited", json!({})).await.unwrap_err();
    assert_eq!((refused.failure.code, refused.fate), (ErrorCode::RateLimited, Fate::NotSent));
    let wait = refused.failure.retry_after.expect("a time to wait");
    assert!(wait <= Duration::from_secs(120), "{wait:?}");
    assert_eq!(world.server.requests().len(), 2);

    world.clock.advance(wait);
    world.call("acme_get_limited", json!({})).await.unwrap();
}
