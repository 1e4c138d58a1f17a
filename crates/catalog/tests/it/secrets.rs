//! Secrets of answers and arguments, on the integrations that come with the binary.

use crate::embedded::{catalog, tool};
use keyferry_catalog::Arguments;
use serde_json::json;

#[test]
fn a_write_key_of_a_source_is_the_same_secret_in_list_and_get() {
    let source = json!({"id": "s1", "name": "Web", "writeKeys": ["k1", "k2"], "settings": {"apiKey": "x", "on": true}});
    let one = tool("segment_get_source")
        .answer
        .secrets_in(&json!({"data": {"source": source}}), &Arguments::default());
    let many = tool("segment_list_sources")
        .answer
        .secrets_in(&json!({"data": {"sources": [source]}}), &Arguments::default());
    let told = |secrets: &[keyferry_catalog::FoundSecret]| -> Vec<(String, String)> {
        secrets.iter().map(|secret| (secret.resource.clone(), secret.place.clone())).collect()
    };
    assert_eq!(told(&one), told(&many));
    assert_eq!(one.len(), 3);
    assert!(one.iter().all(|secret| secret.resource == "source:s1"));
    assert!(one.iter().any(|secret| secret.pointer == "/data/source/writeKeys/1"));
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
    let secret = |resource: &str, place: &str| keyferry_catalog::FoundSecret {
        pointer: String::new(),
        resource: resource.into(),
        place: place.into(),
    };
    assert!(lookup.takes(&secret("source:wT4nPz8kGq", "/writeKeys/*"), &arguments));
    assert!(!lookup.takes(&secret("source:other", "/writeKeys/*"), &arguments));
    assert!(!lookup.takes(&secret("source:wT4nPz8kGq", "/settings/apiKey"), &arguments));
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
    let settings: serde_json::Map<String, serde_json::Value> =
        (0..100_000).map(|number| (format!("setting_{number:06}"), json!("x"))).collect();
    let answer = json!({"data": {"source": {"id": "s1", "settings": settings}}});
    let secrets = tool("segment_get_source").answer.secrets_in(&answer, &Arguments::default());
    assert_eq!(secrets.len(), 100_000);
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
