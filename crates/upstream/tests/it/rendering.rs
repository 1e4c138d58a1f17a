//! A preview's request, and what can't be put into one.

use crate::world::{Prepared, World};
use keyferry_core::{Clock, ErrorCode};
use keyferry_upstream::{Fate, Made};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

#[tokio::test]
async fn a_preview_shows_the_request_and_masks_its_secrets() {
    let world = World::new().await;
    let mut shown = world.render("acme_track", json!({"userId": "u1", "event": "A"})).unwrap().masked();
    let id = shown["body"]["messageId"].take();
    assert!(id.is_string());
    shown["body"]["sentAt"].take();
    assert_eq!(
        shown,
        json!({
            "method": "POST",
            "url": world.server.url("/v1/track").as_str(),
            "headers": {
                "accept": "application/json",
                "accept-encoding": "identity",
                "authorization": "Basic ***",
                "content-type": "application/json",
            },
            "body": {"userId": "u1", "event": "A", "messageId": null, "sentAt": null, "writeKey": "***"},
        })
    );
    assert!(world.server.requests().is_empty());
}

#[tokio::test]
async fn a_secret_argument_is_masked_in_a_preview() {
    let world = World::new().await;
    let arguments = json!({"sourceId": "s1", "writeKey": "wk_plain_and_secret"});
    let rendered = world.render("acme_remove_write_key", arguments).unwrap();
    assert_eq!(rendered.masked()["url"], world.server.url("/base/sources/s1/writekey/***").as_str());
    assert!(!format!("{rendered:?}").contains("wk_plain"));
}

#[rstest]
#[case("")]
#[case(".")]
#[case("..")]
#[case("a/../../workspace")]
#[case("a\\b")]
#[case("a\u{7f}")]
#[case("a\r\nHost: x")]
#[tokio::test]
async fn what_could_lead_elsewhere_is_refused_and_not_sent(#[case] id: &str) {
    let world = World::new().await;
    let mut prepared = world.prepare("acme_get_source", json!({"sourceId": "s1"}));
    // `accept` refuses these already; this room does not rely on it.
    prepared.arguments = prepared.arguments.with("/sourceId", json!(id));
    let made = Made::fresh(world.clock.now());
    let refused = world.upstream.send(&prepared.exchange(&world, &made, &[])).await.unwrap_err();
    assert_eq!((refused.failure.code, refused.fate), (ErrorCode::InvalidArguments, Fate::NotSent));
    assert_eq!(refused.failure.faults[0].pointer, "/sourceId");
    assert!(world.server.requests().is_empty());
}

#[tokio::test]
async fn every_example_of_the_shipped_integrations_can_be_rendered() {
    let world = World::new().await;
    let made = Made::fresh(world.clock.now());
    let mut rendered = 0;
    for tool in world.catalog.tools(None) {
        for example in &tool.guidance.examples {
            let prepared = Prepared {
                arguments: tool.accept(example.args.clone().into()).expect("an example is accepted"),
                tool: tool.clone(),
                server: world.server.url("/us"),
            };
            let mut exchange = prepared.exchange(&world, &made, &[]);
            exchange.to.credential = world.credentials.get("people");
            let shown =
                world.upstream.render(&exchange).unwrap_or_else(|failure| panic!("{}: {failure}", tool.name));
            let url = shown.masked()["url"].as_str().expect("a URL").to_owned();
            assert!(url.starts_with(world.server.url("/us/").as_str()) && !url.contains('{'), "{url}");
            rendered += 1;
        }
    }
    assert!(rendered >= 17, "{rendered}");
}

#[tokio::test]
async fn an_empty_public_field_is_the_persons_to_mend() {
    let mut world = World::new().await;
    world.credentials.get_mut("people").unwrap().fields.clear();
    let refused = world.render("acme_get_traits", json!({"idType": "email", "idValue": "a"})).unwrap_err();
    assert_eq!(refused.code, ErrorCode::NeedsCredential);
}

#[test]
fn whatever_an_id_holds_it_stays_one_segment_and_decodes_to_itself() {
    let world = runtime().block_on(World::new());
    proptest!(|(id in "\\PC{1,40}")| {
        prop_assume!(world.accepts("acme_get_source", json!({"sourceId": id})));
        let rendered = world.render("acme_get_source", json!({"sourceId": id})).expect("rendered");
        let url = rendered.url;
        prop_assert_eq!(url.host_str(), Some("127.0.0.1"));
        prop_assert_eq!(url.port(), Some(world.server.port));
        prop_assert_eq!((url.query(), url.fragment()), (None, None));
        let segments: Vec<&str> = url.path_segments().expect("a path").collect();
        prop_assert_eq!(&segments[..2], &["base", "sources"]);
        prop_assert_eq!(segments.len(), 3);
        let decoded = percent_encoding::percent_decode_str(segments[2]).decode_utf8().expect("UTF-8");
        prop_assert_eq!(decoded.as_ref(), id.as_str());
    });
}

#[test]
fn whatever_a_query_value_holds_it_decodes_to_itself() {
    let world = runtime().block_on(World::new());
    proptest!(|(cursor in "[^\\x00]{1,40}")| {
        prop_assume!(world.accepts("acme_list_sources", json!({"cursor": cursor})));
        let rendered = world.render("acme_list_sources", json!({"cursor": cursor})).expect("rendered");
        let pairs: Vec<(String, String)> = rendered.url.query_pairs().into_owned().collect();
        prop_assert_eq!(pairs, vec![("pagination.cursor".to_owned(), cursor)]);
    });
}
