//! Secrets of answers and arguments, on the integrations that come with the binary.

use crate::embedded::{catalog, tool};
use keyferry_catalog::{Arguments, FoundSecret};
use serde_json::{Value, json};

/// Resource, place and text of every secret.
fn secrets(name: &str, mut answer: Value) -> Vec<(String, Option<String>, String)> {
    let mut found = Vec::new();
    tool(name).answer.visit_secrets(&mut answer, &Arguments::default(), &mut |secret| {
        found.push((secret.resource.to_owned(), secret.place.map(str::to_owned), secret.text.clone()));
    });
    found
}

#[test]
fn a_write_key_of_a_source_is_the_same_secret_in_list_and_get() {
    let source = json!({"id": "s1", "name": "Web", "writeKeys": ["k1", "k2"], "settings": {"apiKey": "x", "on": true}});
    let one = secrets("segment_get_source", json!({"data": {"source": source}}));
    assert_eq!(one, secrets("segment_list_sources", json!({"data": {"sources": [source]}})));
    let secret = |place: &str, text: &str| ("source:s1".to_owned(), Some(place.to_owned()), text.to_owned());
    let mut told = one;
    told.sort();
    assert_eq!(
        told,
        [secret("/settings/apiKey", "x"), secret("/writeKeys/*", "k1"), secret("/writeKeys/*", "k2")]
    );
}

#[test]
fn a_handle_of_another_source_or_place_is_not_taken() {
    let remove = tool("segment_remove_source_write_key");
    let given = json!({"sourceId": "wT4nPz8kGq", "writeKey": "kfs_5e0c7a91d24fb83660ad19f7c2b8e435"});
    let arguments = remove.accept(given).unwrap();
    let places = remove.secret_inputs_in(&arguments);
    let [(pointer, Some(lookup))] = places.as_slice() else { panic!("{places:?}") };
    assert_eq!(pointer, "/writeKey");
    assert_eq!(lookup.resource(&arguments), "source:wT4nPz8kGq");
    let takes = |resource: &str, place: Option<&str>| {
        lookup.takes(&FoundSecret { resource, place, text: &mut String::new() }, &arguments)
    };
    assert!(takes("source:wT4nPz8kGq", Some("/writeKeys/*")));
    assert!(!takes("source:other", Some("/writeKeys/*")));
    assert!(!takes("source:wT4nPz8kGq", Some("/settings/apiKey")));
    assert!(!takes("source:wT4nPz8kGq", None));
}

#[test]
fn settings_of_a_source_are_masked_and_take_handles() {
    let update = tool("segment_update_source");
    let given =
        json!({"sourceId": "s1", "settings": {"apiKey": "kfs_5e0c7a91d24fb83660ad19f7c2b8e435", "on": true}});
    let arguments = update.accept(given).unwrap();
    let places = update.secret_inputs_in(&arguments);
    let [(pointer, Some(_))] = places.as_slice() else { panic!("{places:?}") };
    assert_eq!(pointer, "/settings/apiKey");
}

#[test]
fn a_handle_that_was_cut_or_changed_is_not_taken_for_a_secret() {
    let remove = tool("segment_remove_source_write_key");
    for wrong in ["kfs_5e0c7a91d24fb83660ad19f7c2b8e43", "kfs_5E0C7A91D24FB83660AD19F7C2B8E435"] {
        let refused = remove.accept(json!({"sourceId": "wT4nPz8kGq", "writeKey": wrong})).unwrap_err();
        let told: Vec<(&str, &str)> =
            refused.faults.iter().map(|f| (f.pointer.as_str(), f.message.as_str())).collect();
        let message = "is not a whole handle; give it as it was read: kfs_ and 32 characters of 0-9 and a-f";
        assert_eq!(told, [("/writeKey", message)]);
    }
}

/// Each secret of a large answer is looked at once: were it compared with all others, this would take minutes.
#[test]
fn an_answer_of_a_hundred_thousand_secrets_is_read_in_one_walk() {
    let settings: serde_json::Map<String, Value> =
        (0..100_000).map(|number| (format!("setting_{number:06}"), json!("x"))).collect();
    let found =
        secrets("segment_get_source", json!({"data": {"source": {"id": "s1", "settings": settings}}}));
    assert_eq!(found.len(), 100_000);
}

/// Four megabytes whose every string stands below three megabytes of names: told by their whole places they would not
/// fit into any memory.
#[test]
fn secrets_below_long_names_are_found_without_their_places() {
    let mut deep = json!(vec!["x"; 100_000]);
    for _ in 0..60 {
        deep = json!({ "n".repeat(50_000): deep });
    }
    let found = secrets("segment_get_source", json!({"data": {"source": {"id": "s1", "settings": deep}}}));
    assert_eq!(found.len(), 100_000);
    assert!(found.iter().all(|(_, place, _)| place.is_none()));
}

#[test]
fn an_upstream_url_is_left_out() {
    let dropped: Vec<String> =
        tool("segment_get_profile_traits").answer.dropped.iter().map(ToString::to_string).collect();
    assert_eq!(dropped, ["/cursor/url"]);
}

#[test]
fn an_operation_that_changes_has_another_hash() {
    let hashes: std::collections::BTreeSet<[u8; 32]> = catalog().tools(None).map(|tool| tool.hash).collect();
    assert_eq!(hashes.len(), catalog().tools(None).count());
    let changed = crate::folder::API.replace("maxLength: 20", "maxLength: 21");
    let changed = crate::folder::load(crate::folder::INTEGRATION, &changed).unwrap();
    assert_ne!(changed.tool("shop_add_labels").unwrap().hash, crate::folder::tool("shop_add_labels").hash);
    assert_eq!(changed.tool("shop_list_labels").unwrap().hash, crate::folder::tool("shop_list_labels").hash);
}
