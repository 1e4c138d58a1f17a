//! Real requests in plain words, each with the tool that serves it.

use crate::embedded::catalog;
use keyferry_catalog::Filter;
use keyferry_core::Impact;
use rstest::rstest;

fn names(query: &str, limit: usize) -> Vec<String> {
    catalog().search(query, None, limit).into_iter().map(|hit| hit.tool.name.clone()).collect()
}

#[rstest]
#[case("delete a source", "segment_delete_source")]
#[case("get rid of the old iOS source", "segment_delete_source")]
#[case("revoke a leaked write key", "segment_remove_source_write_key")]
#[case("rotate the key of our website", "segment_remove_source_write_key")]
#[case("show me all my sources", "segment_list_sources")]
#[case("where does our data go", "segment_list_destinations")]
#[case("pause the staging source", "segment_update_source")]
#[case("rename a source", "segment_update_source")]
#[case("tag source as production", "segment_add_labels_to_source")]
#[case("which databases get this source's data", "segment_list_connected_warehouses_from_source")]
#[case("how many api calls did each source make per day", "segment_get_daily_per_source_api_calls_usage")]
#[case("are events blocked by the tracking plan", "segment_list_schema_settings_in_source")]
#[case("is the delivery to amplitude failing", "segment_list_delivery_metrics_summary_from_destination")]
#[case("merge two users", "segment_alias")]
#[case("assign a user to a company", "segment_group")]
#[case("update the email of a customer", "segment_identify")]
#[case("record a purchase", "segment_track")]
#[case("log a page view", "segment_page")]
#[case("mobile app screen was seen", "segment_screen")]
#[case("import old events from a csv", "segment_import_historical_data")]
#[case("send many events at once", "segment_batch")]
#[case("which audiences is this person in", "segment_get_profile_traits")]
#[case("what did alice do last week", "segment_get_profile_events")]
#[case("find the user id for an email address", "segment_get_profile_external_ids")]
#[case("who works at this account", "segment_get_profile_links")]
fn the_tool_that_serves_it_is_among_the_first_five(#[case] query: &str, #[case] expected: &str) {
    let found = names(query, 5);
    assert!(found.iter().any(|name| name == expected), "{query}: {found:?}");
}

/// A request, and the tool that must be in the first third of ten.
const REQUESTS: &[(&str, &str)] = &[
    ("what sources do we have", "segment_list_sources"),
    ("show the write keys of the web source", "segment_get_source"),
    ("is the source of our website enabled", "segment_get_source"),
    ("how many events came in last month", "segment_get_daily_workspace_api_calls_usage"),
    ("why do events not arrive in Braze", "segment_list_delivery_metrics_summary_from_destination"),
    ("which tools do we send data to", "segment_list_destinations"),
    ("which destinations hang on this source", "segment_list_connected_destinations_from_source"),
    ("how is this destination configured", "segment_get_destination"),
    ("list our data warehouses", "segment_list_warehouses"),
    ("what are the settings of this warehouse", "segment_get_warehouse"),
    ("which databases get the web source's data", "segment_list_connected_warehouses_from_source"),
    ("what labels exist", "segment_list_labels"),
    ("who asked not to be tracked", "segment_list_suppressions"),
    ("which workspace does this token belong to", "segment_get_workspace"),
    ("does the schema drop unplanned properties", "segment_list_schema_settings_in_source"),
    ("what do we know about alice@example.com", "segment_get_profile_traits"),
    ("what did this user do yesterday", "segment_get_profile_events"),
    ("what other ids does this person have", "segment_get_profile_external_ids"),
    ("when did we first see this customer", "segment_get_profile_metadata"),
    ("which company does the user belong to", "segment_get_profile_links"),
    ("delete the staging source", "segment_delete_source"),
    ("pause the Android source", "segment_update_source"),
    ("remove the leaked key", "segment_remove_source_write_key"),
    ("mark the iOS source as production", "segment_add_labels_to_source"),
    ("record that Bob bought something", "segment_track"),
    ("set the plan of a user to pro", "segment_identify"),
    ("put the user into the company Acme", "segment_group"),
    ("the user's id changed, join both histories", "segment_alias"),
    ("send 500 events in one go", "segment_batch"),
    ("load the events of last year", "segment_import_historical_data"),
    ("log a visit of the pricing page", "segment_page"),
    ("log that the checkout screen of the app was seen", "segment_screen"),
];

#[test]
fn what_is_meant_is_in_the_first_third() {
    let missed: Vec<String> = REQUESTS
        .iter()
        .filter(|(request, tool)| !names(request, 3).iter().any(|name| name == tool))
        .map(|(request, tool)| format!("{request}: {tool} is not among {:?}", names(request, 10)))
        .collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[rstest]
#[case("who are my users", true)]
#[case("show me the users", true)]
#[case("is the user in a company", true)]
#[case("change the user", false)]
#[case("pause a source", false)]
#[case("remove the key", false)]
fn a_question_finds_reads_first_and_an_order_finds_changes(#[case] request: &str, #[case] reads: bool) {
    let first = &catalog().search(request, None, 1)[0].tool;
    assert_eq!(!first.impact.changes(), reads, "{request}: {}", first.name);
}

#[test]
fn what_a_request_wants_does_not_hide_the_rest() {
    let found = names("which sources can I delete", 25);
    assert!(found.iter().any(|name| name == "segment_delete_source"), "{found:?}");
}

#[rstest]
#[case("segment_get_source")]
#[case("get_source")]
#[case("getSource")]
#[case("segment-get-source")]
fn a_name_in_any_spelling_comes_first(#[case] query: &str) {
    assert_eq!(names(query, 1), ["segment_get_source"]);
}

#[test]
fn slips_of_the_keys_are_read_and_told() {
    let hits = catalog().search("wharehouses", None, 3);
    assert!(hits[0].tool.name.contains("warehouse"), "{hits:?}");
    assert!(hits[0].why.contains("“wharehouses” read as “warehouses”"), "{}", hits[0].why);
}

#[test]
fn a_hit_says_which_words_were_found_where() {
    let hits = catalog().search("destroy a source", None, 1);
    assert_eq!(hits[0].tool.name, "segment_delete_source");
    assert_eq!(hits[0].why, "source in its name; destroy as people call it");
}

#[test]
fn limit_and_integration_are_kept_to() {
    assert_eq!(catalog().search("source", Some("segment"), 2).len(), 2);
    assert!(catalog().search("source", Some("okki"), 2).is_empty());
    assert!(catalog().search("zzzzqqqq", None, 5).is_empty());
    assert!(catalog().search("", None, 5).is_empty());
    assert!(catalog().search("\u{0}\"(+-)\\ AND *", None, 5).len() <= 5);
}

#[test]
fn impact_and_area_narrow_a_list_and_a_search() {
    let filter =
        Filter { integration: Some("segment"), impact: Some(Impact::Read), area: Some("warehouses") };
    let found = catalog().search("delete the source", filter, 25);
    assert!(!found.is_empty(), "the words stand in reads of warehouses, too");
    let listed: Vec<_> = catalog().tools(filter).collect();
    for tool in found.iter().map(|hit| &hit.tool).chain(listed.iter().copied()) {
        assert_eq!((tool.impact, tool.area.as_str()), (Impact::Read, "warehouses"), "{}", tool.name);
    }
    assert!(listed.iter().any(|tool| tool.name == "segment_list_warehouses"));
    let areas = catalog().areas(Some("segment"));
    for area in ["destinations", "profiles", "sources", "tracking", "warehouses"] {
        assert!(areas.contains(&area), "{areas:?}");
    }
    assert!(catalog().areas(Some("okki")).is_empty());
}

#[test]
fn nearest_names_come_for_a_wrong_one() {
    assert_eq!(
        catalog().nearest("segment_remove_write_key_from_source", 3)[0],
        "segment_remove_source_write_key"
    );
    assert_eq!(catalog().nearest("segment_list_source", 1), ["segment_list_sources"]);
}

/// Compared as a whole, a name of a megabyte would take minutes; so would its words.
#[test]
fn long_names_and_requests_are_read_in_part() {
    let name = format!("segment_list_source{}", "s".repeat(1_000_000));
    assert_eq!(catalog().nearest(&name, 1), ["segment_list_sources"]);
    let request = format!("list sources {}", "please ".repeat(100_000));
    assert_eq!(catalog().search(&request, None, 1)[0].tool.name, "segment_list_sources");
    assert!(catalog().search(&"x".repeat(1_000_000), None, 5).is_empty());
}
