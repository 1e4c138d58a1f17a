//! Real requests in plain words, each with the tool that serves it.

use crate::embedded::catalog;
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
fn nearest_names_come_for_a_wrong_one() {
    assert_eq!(
        catalog().nearest("segment_remove_write_key_from_source", 3)[0],
        "segment_remove_source_write_key"
    );
    assert_eq!(catalog().nearest("segment_list_source", 1), ["segment_list_sources"]);
}
