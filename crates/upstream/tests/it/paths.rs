//! There and back: what is rendered is recognized as what it was, and what is recognized is rendered within the
//! template of its operation and nowhere else.

use http::Method;
use keyferry_catalog::{Catalog, Filling, Location, PathPiece, Tool};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use std::sync::{Arc, LazyLock};

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::embedded().expect("the embedded catalog"));

fn tools() -> Vec<Arc<Tool>> {
    CATALOG.tools(Some("segment")).cloned().collect()
}

/// The path as the exchange writes it: each value percent-encoded but for what is unreserved.
fn rendered(tool: &Tool, value: impl Fn(&str) -> String) -> String {
    const RESERVED: &percent_encoding::AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    let piece = |piece: &PathPiece| match piece {
        PathPiece::Literal(text) => text.clone(),
        PathPiece::Parameter(name) => utf8_percent_encode(&value(name), RESERVED).to_string(),
    };
    tool.request.path.pieces.iter().map(piece).collect()
}

/// What was read out of a path, by the parameters' wire names.
fn values(recognized: &keyferry_catalog::Recognized) -> impl Fn(&str) -> String {
    |name| {
        let is_it = |parameter: &&keyferry_catalog::Parameter| {
            parameter.location == Location::Path && parameter.wire_name == name
        };
        let parameter = recognized.tool.request.parameters.iter().find(is_it).expect("a parameter");
        match &parameter.filled_from {
            Filling::Argument(argument) => match &recognized.arguments[argument] {
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            },
            Filling::SlotField(field) => {
                let (_, value) = recognized.fields.iter().find(|(name, _)| name == field).expect("a field");
                value.clone()
            }
        }
    }
}

fn recognize(tool: &Tool, path: &str) -> Option<keyferry_catalog::Recognized> {
    CATALOG.recognize("segment", &tool.api, &tool.request.method, path)
}

#[test]
fn every_operation_is_found_at_its_own_path_and_at_those_that_clients_use() {
    for tool in tools() {
        let path = rendered(&tool, |name| format!("{name}-1"));
        for path in [path.clone(), format!("{}/", path.trim_end_matches('/'))] {
            let found = recognize(&tool, &path).unwrap_or_else(|| panic!("{path}"));
            assert_eq!(found.tool.name, tool.name, "{path}");
        }
        for other in &tool.request.also_at {
            assert_eq!(recognize(&tool, other).expect(other).tool.name, tool.name);
        }
        assert!(CATALOG.recognize("segment", &tool.api, &Method::HEAD, &path).is_none(), "{path}");
        assert!(CATALOG.recognize("segment", "other", &tool.request.method, &path).is_none(), "{path}");
    }
}

#[test]
fn paths_of_the_sdks_lead_to_the_documented_operations() {
    for (path, name) in [
        ("/v1/batch", "segment_batch"),
        ("/v1/b", "segment_batch"),
        ("/v1/import", "segment_import_historical_data"),
        ("/v1/import/", "segment_import_historical_data"),
        ("/v1/t", "segment_track"),
        ("/v1/i", "segment_identify"),
        ("/v1/p", "segment_page"),
        ("/v1/s", "segment_screen"),
        ("/v1/g", "segment_group"),
        ("/v1/a", "segment_alias"),
    ] {
        let found = CATALOG.recognize("segment", "tracking", &Method::POST, path);
        assert_eq!(found.expect(path).tool.name, name);
    }
    for path in ["/v1/m", "/v1/projects/k/settings", "/v1", "/v1/pixel/track"] {
        assert!(CATALOG.recognize("segment", "tracking", &Method::GET, path).is_none(), "{path}");
    }
}

proptest! {
    #[test]
    fn what_was_rendered_is_recognized_as_what_it_was(
        tool in prop::sample::select(tools()),
        text in "[a-zA-Z0-9:/+%@é .~_-]{1,12}",
    ) {
        prop_assume!(keyferry_catalog::unfit_for_path(&text).is_none());
        let path = rendered(&tool, |_| text.clone());
        let found = recognize(&tool, &path).expect("a rendered path is recognized");
        prop_assert_eq!(rendered(&found.tool, values(&found)), path);
    }

    #[test]
    fn what_is_recognized_stays_within_its_template(
        tool in prop::sample::select(tools()),
        text in r"([a-z]|\.|/|%2e|%2E|%2f|%5c|\\|%00|%25|:|%3a|%|\+){0,10}",
    ) {
        let pieces = &tool.request.path.pieces;
        let path: String = pieces.iter().map(|piece| match piece {
            PathPiece::Literal(literal) => literal.as_str(),
            PathPiece::Parameter(_) => text.as_str(),
        }).collect();
        let Some(found) = recognize(&tool, &path) else { return Ok(()) };
        let written = rendered(&found.tool, values(&found));
        let template = &found.tool.request.path.text;
        prop_assert_eq!(written.split('/').count(), template.split('/').count(), "{}", written);
        for (segment, own) in written.split('/').zip(template.split('/')) {
            prop_assert!(segment != "." && segment != "..", "{}", written);
            prop_assert!(own.contains('{') || segment == own, "{}", written);
        }
    }
}
