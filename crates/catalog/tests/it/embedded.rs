//! The integrations that come with the binary, and the calls of the skill that people know.

use crate::folder;
use keyferry_catalog::{Catalog, Inject, Location, MadeKind, SlotTest, Tool};
use keyferry_core::{ErrorCode, Impact, Region};
use serde_json::{Value, json};
use std::sync::{Arc, OnceLock};

pub(crate) fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::embedded().unwrap_or_else(|error| panic!("{error}")))
}

pub(crate) fn tool(name: &str) -> Arc<Tool> {
    catalog().tool(name).unwrap_or_else(|| panic!("no tool {name}"))
}

const SKILL: [(&str, Impact); 17] = [
    ("segment_add_labels_to_source", Impact::Write),
    ("segment_delete_source", Impact::HighImpact),
    ("segment_list_connected_warehouses_from_source", Impact::Read),
    ("segment_list_schema_settings_in_source", Impact::Read),
    ("segment_update_source", Impact::Write),
    ("segment_get_destination", Impact::Read),
    ("segment_list_delivery_metrics_summary_from_destination", Impact::Read),
    ("segment_alias", Impact::Write),
    ("segment_group", Impact::Write),
    ("segment_identify", Impact::Write),
    ("segment_page", Impact::Write),
    ("segment_screen", Impact::Write),
    ("segment_track", Impact::Write),
    ("segment_batch", Impact::Write),
    ("segment_import_historical_data", Impact::Write),
    ("segment_remove_source_write_key", Impact::HighImpact),
    ("segment_get_daily_per_source_api_calls_usage", Impact::Read),
];

#[test]
fn the_seventeen_tools_of_the_skill_have_exactly_their_names() {
    for (name, impact) in SKILL {
        assert_eq!(tool(name).impact, impact, "{name}");
    }
}

#[test]
fn every_tool_tells_what_an_agent_needs() {
    for tool in catalog().tools(None) {
        assert!(!tool.guidance.when_to_use.is_empty() && !tool.guidance.examples.is_empty(), "{}", tool.name);
        assert!(tool.impact == Impact::Read || !tool.guidance.ask_before.is_empty(), "{}", tool.name);
        assert!(catalog().integration(&tool.integration).unwrap().api(&tool.api).is_some());
    }
}

#[test]
fn every_example_is_taken_and_its_own_normal_form_is_too() {
    for tool in catalog().tools(None) {
        for example in &tool.guidance.examples {
            let arguments = tool.accept(Value::Object(example.args.clone())).unwrap();
            assert_eq!(tool.accept(arguments.to_value()), Ok(arguments), "{}", tool.name);
        }
    }
}

/// At the start of the gateway only names are checked of what comes with it; here every schema is compiled, and every
/// example and default is tried.
#[test]
fn what_comes_with_the_binary_stands_every_trial() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/integrations");
    let tried = Catalog::load_only(&[folder]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(tried.tools(None).count(), catalog().tools(None).count());
}

#[test]
fn the_skills_placeholders_are_seen() {
    let calls = [
        ("segment_get_destination", json!({"destination_id": "YOUR_DESTINATION_ID"})),
        ("segment_list_connected_warehouses_from_source", json!({"source_id": "YOUR_SOURCE_ID"})),
        (
            "segment_add_labels_to_source",
            json!({"source_id": "YOUR_SOURCE_ID", "labels": ["production", "web"]}),
        ),
    ];
    for (name, params) in calls {
        assert_eq!(tool(name).accept(params).unwrap_err().code, ErrorCode::PlaceholderArgument, "{name}");
    }
}

#[test]
fn a_text_that_the_schema_names_is_no_placeholder() {
    let code = |kind: &str| {
        let given = json!({"resourceType": kind});
        tool("segment_list_functions").accept(given).err().map(|wrong| wrong.code)
    };
    assert_eq!(code("INSERT_DESTINATION"), None);
    assert_eq!(code("INSERT_TYPE_HERE"), Some(ErrorCode::PlaceholderArgument));
}

#[test]
fn the_skills_calls_are_taken() {
    let identify = json!({"user_id": "USER123", "traits": {"email": "alice@example.com", "name": "Alice Smith", "plan": "pro"}});
    assert_eq!(tool("segment_identify").accept(identify).unwrap().get("userId"), Some(&json!("USER123")));
    let track = json!({"user_id": "USER123", "event": "Purchased",
        "properties": {"product": "Widget", "price": 29.99, "currency": "USD"}});
    assert!(tool("segment_track").accept(track).is_ok());
    let labels = tool("segment_add_labels_to_source")
        .accept(json!({"source_id": "rtG9XvZ4dWq1", "labels": ["production", "web"]}))
        .unwrap();
    let tools: Vec<&str> = labels.unresolved().iter().map(|open| open.shorthand.tool.as_str()).collect();
    assert_eq!(tools, ["segment_list_labels"; 2]);
}

#[test]
fn the_skills_batch_names_both_items_without_identity() {
    let batch = json!({"batch": [
        {"type": "identify", "traits": {"email": "bob@example.com"}},
        {"type": "track", "event": "Signed Up", "properties": {"source": "landing-page"}},
    ]});
    let wrong = tool("segment_batch").accept(batch).unwrap_err();
    assert_eq!(wrong.code, ErrorCode::MissingIdentity);
    let pointers: Vec<&str> = wrong.faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(pointers, ["/batch/0", "/batch/1"]);
    assert!(wrong.faults.iter().all(|fault| fault.missing));
}

#[test]
fn what_segment_would_drop_in_silence_is_refused() {
    let refused = |name: &str, given: Value| tool(name).accept(given).unwrap_err();
    assert_eq!(refused("segment_track", json!({"event": "A"})).code, ErrorCode::MissingIdentity);
    assert_eq!(refused("segment_track", json!({"userId": "u"})).faults[0].pointer, "/event");
    assert_eq!(refused("segment_group", json!({"userId": "u"})).faults[0].pointer, "/groupId");
    assert_eq!(refused("segment_alias", json!({"userId": "u"})).faults[0].pointer, "/previousId");
    let no_time = json!({"batch": [{"type": "track", "userId": "u", "event": "E"}]});
    assert_eq!(refused("segment_import_historical_data", no_time).faults[0].pointer, "/batch/0/timestamp");
    let large = json!({"userId": "u", "traits": {"a": "b".repeat(33_000)}});
    assert_eq!(refused("segment_identify", large).code, ErrorCode::PayloadTooLarge);
    let item = json!({"type": "identify", "userId": "u", "traits": {"a": "b".repeat(20_000)}});
    assert_eq!(refused("segment_batch", json!({"batch": vec![item; 30]})).code, ErrorCode::PayloadTooLarge);
    let item = json!({"type": "identify", "userId": "u"});
    assert_eq!(
        refused("segment_batch", json!({"batch": vec![item; 2_501]})).code,
        ErrorCode::PayloadTooLarge
    );
    let long = json!({"userId": "u", "messageId": "m".repeat(101)});
    assert_eq!(refused("segment_identify", long).faults[0].pointer, "/messageId");
}

#[test]
fn a_write_key_of_the_caller_never_counts() {
    let given = json!({"writeKey": "w", "userId": "u", "event": "E"});
    assert_eq!(tool("segment_track").accept(given).unwrap().get("writeKey"), None);
}

#[test]
fn segment_is_described_with_its_slots_regions_and_servers() {
    let segment = catalog().integration("segment").unwrap();
    let slots: Vec<(&str, &Inject)> =
        segment.slots.iter().map(|slot| (slot.name.as_str(), &slot.inject)).collect();
    let expected = [
        ("public_api", &Inject::Bearer),
        ("tracking", &Inject::BasicUsername),
        ("profiles", &Inject::BasicUsername),
    ];
    assert_eq!(slots, expected);
    let eu = segment.server(&Region::new("eu"), "tracking").unwrap();
    assert_eq!(eu.as_str(), "https://events.eu1.segmentapis.com/");
    let tracking = segment.slot("tracking").unwrap();
    assert_eq!(tracking.also_body.as_deref(), Some("writeKey"));
    assert!(matches!(&tracking.test, SlotTest::Member { tool, .. } if tool == "segment_list_sources"));
    let space = &segment.slot("profiles").unwrap().fields[0];
    assert!(space.accepts("spa_1") && !space.accepts("a/b") && !space.accepts(""));
}

#[test]
fn a_tool_knows_how_its_request_is_made() {
    let batch = tool("segment_batch");
    let body = batch.request.body.as_ref().unwrap();
    let made: Vec<(String, &str, MadeKind)> =
        body.made.iter().map(|made| (made.within.to_string(), made.property.as_str(), made.kind)).collect();
    assert!(made.contains(&("/batch/*".into(), "messageId", MadeKind::MessageId)), "{made:?}");
    assert!(made.contains(&(String::new(), "sentAt", MadeKind::SentAt)), "{made:?}");
    let metrics = tool("segment_list_delivery_metrics_summary_from_destination");
    assert_eq!(metrics.request.accept.as_deref(), Some("application/vnd.segment.v1beta+json"));
    assert_eq!(metrics.not_found_code, ErrorCode::InvalidDestinationId);
    let remove = tool("segment_remove_source_write_key");
    assert_eq!(remove.request.accept.as_deref(), Some("application/vnd.segment.v1alpha+json"));
    assert!(remove.request.parameters.iter().all(|parameter| parameter.location == Location::Path));
    assert!(!remove.idempotent && tool("segment_track").idempotent && tool("segment_get_source").idempotent);
    let update = tool("segment_update_source");
    let fields: Vec<&String> = update.before.as_ref().unwrap().fields.keys().collect();
    assert_eq!(fields, ["enabled", "name", "settings", "slug"]);
}

#[test]
fn a_folder_adds_to_what_is_built_in_and_may_replace_it() {
    let folder = tempfile::tempdir().unwrap();
    folder::write(folder.path(), "shop", folder::INTEGRATION, folder::API);
    let both = Catalog::load(&[folder.path().to_owned()]).unwrap();
    let slugs =
        |catalog: &Catalog| -> Vec<String> { catalog.integrations().map(|one| one.slug.clone()).collect() };
    assert_eq!(slugs(&both), ["segment", "shop"]);
    assert!(both.tool("shop_add_labels").is_some() && both.tool("segment_track").is_some());
    assert_eq!(both.search("labels", Some("shop"), 5).len(), 2);

    let named = |text: &str| {
        text.replace("shop", "segment").replace("https://segment.example", "https://other.example")
    };
    let other = tempfile::tempdir().unwrap();
    folder::write(other.path(), "segment", &named(folder::INTEGRATION), &named(folder::API));
    let replaced = Catalog::load(&[other.path().to_owned()]).unwrap();
    assert_eq!(slugs(&replaced), ["segment"]);
    assert!(replaced.tool("segment_add_labels").is_some() && replaced.tool("segment_track").is_none());
}

#[test]
fn a_given_folder_is_an_integration_or_holds_some() {
    let above = tempfile::tempdir().unwrap();
    folder::write(above.path(), "shop", folder::INTEGRATION, folder::API);
    std::fs::create_dir(above.path().join("notes")).unwrap();
    std::fs::write(above.path().join("README.md"), "not an integration").unwrap();
    let home = above.path().join("shop");
    // An integration's own subfolders are not looked into, whatever they hold.
    folder::write(&home, "inner", folder::INTEGRATION, folder::API);
    for given in [above.path().to_owned(), home.clone(), home.join(".")] {
        let loaded = Catalog::load_only(std::slice::from_ref(&given)).unwrap();
        let slugs: Vec<&str> = loaded.integrations().map(|one| one.slug.as_str()).collect();
        assert_eq!(slugs, ["shop"], "{}", given.display());
    }
    let Err(error) = Catalog::load_only(&[above.path().join("notes")]) else { panic!("it loads") };
    assert_eq!(error.problem, "no integration is in this folder");
}

#[test]
fn a_body_tells_its_largest_size_as_it_is_sent() {
    assert_eq!(tool("segment_batch").request.body.as_ref().unwrap().max_bytes, Some(512_000));
    assert_eq!(tool("segment_update_source").request.body.as_ref().unwrap().max_bytes, None);
}
