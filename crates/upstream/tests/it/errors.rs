//! Each API's own way of saying what is wrong, as one vocabulary.

use crate::server::Reply;
use crate::world::{CONTROL_KEY, World};
use keyferry_core::ErrorCode;
use keyferry_upstream::Fate;
use rstest::rstest;
use serde_json::{Value, json};

#[rstest]
#[case(400, ErrorCode::UpstreamRejected)]
#[case(401, ErrorCode::UpstreamForbidden)]
#[case(403, ErrorCode::UpstreamForbidden)]
#[case(404, ErrorCode::InvalidSourceId)]
#[case(409, ErrorCode::UpstreamRejected)]
#[case(413, ErrorCode::PayloadTooLarge)]
#[case(422, ErrorCode::UpstreamRejected)]
#[case(429, ErrorCode::RateLimited)]
#[tokio::test]
async fn a_4xx_is_an_answer_and_is_not_repeated(#[case] status: u16, #[case] code: ErrorCode) {
    let world = World::new().await;
    world.server.answer([Reply::json(status, json!({"errors": [{"type": "said", "message": "so"}]}))]);
    let refused = world.call("acme_update_source", json!({"sourceId": "s1"})).await.unwrap_err();
    assert_eq!((refused.failure.code, refused.fate, refused.status), (code, Fate::Answered, Some(status)));
    assert_eq!(refused.failure.details, ["said: so"]);
    assert_eq!(refused.credential_refused, matches!(status, 401 | 403));
    assert_eq!(world.server.requests().len(), 1);
}

#[tokio::test]
async fn a_404_without_a_code_of_the_tools_own_is_not_found() {
    let world = World::new().await;
    world
        .server
        .answer([Reply::json(404, json!({"error": {"code": "not_found", "message": "no such profile"}}))]);
    let refused =
        world.call("acme_get_traits", json!({"idType": "email", "idValue": "a"})).await.unwrap_err();
    assert_eq!(refused.failure.code, ErrorCode::NotFound);
    assert_eq!(refused.failure.details, ["not_found: no such profile"]);
}

#[rstest]
#[case::dotted("labels.0.key", Some("/labels/0/key"))]
#[case::brackets("labels[1].value", Some("/labels/1/value"))]
#[case::pointer("/name", Some("/name"))]
#[case::not_an_argument("workspace.id", None)]
#[case::only_begins_alike("namespace", None)]
#[tokio::test]
async fn a_field_is_mapped_back_to_its_argument(#[case] field: &str, #[case] pointer: Option<&str>) {
    let world = World::new().await;
    let error = json!({"type": "input-validation", "message": "`secret value` is wrong", "field": field});
    world.server.answer([Reply::json(422, json!({"errors": [error]}))]);
    let refused = world.call("acme_update_source", json!({"sourceId": "s1"})).await.unwrap_err();
    let pointers: Vec<&str> = refused.failure.faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(pointers, pointer.into_iter().collect::<Vec<_>>());
    assert!(refused.failure.faults.iter().all(|fault| !fault.message.contains("secret value")));
    assert!(!refused.failure.message.contains("secret value"));
    assert_eq!(refused.failure.details, [format!("{field}: input-validation: `secret value` is wrong")]);
}

#[tokio::test]
async fn a_renamed_parameter_is_named_as_the_agent_knows_it() {
    let world = World::new().await;
    let error = json!({"type": "input-validation", "field": "pagination.count"});
    world.server.answer([Reply::json(422, json!({"errors": [error]}))]);
    let refused = world.call("acme_list_sources", json!({"limit": 3})).await.unwrap_err();
    assert_eq!(refused.failure.faults[0].pointer, "/limit");
}

#[rstest]
#[case::code_and_message(json!({"code": "invalid_request", "message": "Malformed JSON"}).to_string(), &["invalid_request: Malformed JSON"])]
#[case::plain_text("Bad Request".to_owned(), &["Bad Request"])]
#[case::nothing(String::new(), &[])]
#[case::another_shape(json!([1, 2]).to_string(), &[])]
#[tokio::test]
async fn the_events_api_may_say_anything(#[case] body: String, #[case] details: &[&str]) {
    let world = World::new().await;
    world.server.answer([Reply::Status(400, vec![], body)]);
    let refused = world.call("acme_track", json!({"userId": "u", "event": "A"})).await.unwrap_err();
    assert_eq!((refused.failure.code, refused.fate), (ErrorCode::UpstreamRejected, Fate::Answered));
    assert_eq!(refused.failure.details, details);
}

#[tokio::test]
async fn a_2xx_that_says_it_failed_has_failed() {
    let world = World::new().await;
    world.server.answer([
        Reply::json(200, json!({"code": 0})),
        Reply::json(200, json!({"success": true})),
        Reply::json(200, json!({"code": 1042, "message": "no such table"})),
    ]);
    let event: Value = json!({"userId": "u", "event": "A"});
    world.call("acme_track", event.clone()).await.unwrap();
    world.call("acme_track", event.clone()).await.unwrap();
    let refused = world.call("acme_track", event).await.unwrap_err();
    assert_eq!(
        (refused.failure.code, refused.fate, refused.status),
        (ErrorCode::UpstreamRejected, Fate::Answered, Some(200))
    );
    assert_eq!(refused.failure.details, ["1042: no such table"]);
}

#[tokio::test]
async fn an_error_that_echoes_the_key_is_scrubbed() {
    let world = World::new().await;
    let message = format!("token {CONTROL_KEY} may not; seen {}", hex::encode(CONTROL_KEY));
    world.server.answer([Reply::json(403, json!({"errors": [{"type": "forbidden", "message": message}]}))]);
    let refused = world.call("acme_get_workspace", json!({})).await.unwrap_err();
    assert_eq!(refused.failure.details, ["forbidden: token *** may not; seen ***"]);
}
