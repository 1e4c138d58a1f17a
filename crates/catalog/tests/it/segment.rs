//! Segment's Public API as it is published (a list of plain facts), against what the catalog holds of it.

use crate::embedded::catalog;
use keyferry_catalog::{Change, Filling, Limit, Location, Tool};
use keyferry_core::Impact;
use std::collections::BTreeSet;
use std::sync::Arc;

const FACTS: &str = include_str!("../data/segment-operations.tsv");

/// One published operation.
struct Fact {
    operation_id: &'static str,
    method: &'static str,
    path: &'static str,
    /// The newest version of its media type.
    version: &'static str,
    per_minute: Option<u32>,
    feature: Option<&'static str>,
    query: BTreeSet<&'static str>,
    body: BTreeSet<&'static str>,
}

fn facts() -> impl Iterator<Item = Fact> {
    FACTS.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [operation_id, method, path, version, per_minute, feature, query, body] = cells[..] else {
            panic!("a line of other than eight cells: {line}")
        };
        let names = |cell: &'static str| cell.split(' ').filter(|name| !name.is_empty()).collect();
        Fact {
            operation_id,
            method,
            path,
            version,
            per_minute: per_minute.parse().ok(),
            feature: Some(feature).filter(|feature| !feature.is_empty()),
            query: names(query),
            body: names(body),
        }
    })
}

fn public_api() -> impl Iterator<Item = &'static Arc<Tool>> {
    catalog().tools(Some("segment")).filter(|tool| tool.api == "public_api")
}

fn of(operation_id: &str) -> Option<&'static Arc<Tool>> {
    public_api().find(|tool| tool.operation_id == operation_id)
}

/// Every operation that is in the catalog, with what is published of it.
fn known() -> impl Iterator<Item = (&'static Tool, Fact)> {
    facts().filter_map(|fact| Some((of(fact.operation_id)?.as_ref(), fact)))
}

#[test]
fn the_catalog_holds_exactly_the_operations_that_are_published() {
    let published: BTreeSet<&str> = facts().map(|fact| fact.operation_id).collect();
    assert_eq!(published.len(), 201);
    let held: BTreeSet<&str> = public_api().map(|tool| tool.operation_id.as_str()).collect();
    assert_eq!(held, published);
}

#[test]
fn method_path_version_limit_and_feature_are_the_published_ones() {
    let mut wrong = Vec::new();
    for (tool, fact) in known() {
        let media_type = format!("application/vnd.segment.{}+json", fact.version);
        let stability = match fact.version {
            "v1" => "stable",
            "v1beta" => "beta",
            _ => "alpha",
        };
        let limit = tool.limit.filter(|_| tool.limit_is_own).map(|Limit { per_minute }| per_minute);
        let body = tool.request.body.as_ref().is_none_or(|body| body.media_type == media_type);
        let checks = [
            ("method", tool.request.method == *fact.method),
            ("path", tool.request.path.text == fact.path),
            ("media type of the answer", tool.request.accept.as_deref() == Some(media_type.as_str())),
            ("media type of the body", body),
            ("stability", tool.stability.as_str() == stability),
            ("limit", limit == fact.per_minute),
            ("requires_feature", tool.requires_feature.as_deref() == fact.feature),
        ];
        let bad = checks.iter().filter(|(_, right)| !right);
        wrong.extend(bad.map(|(what, _)| format!("{}: {what}", fact.operation_id)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn parameters_and_fields_are_the_published_ones() {
    let mut wrong = Vec::new();
    for (tool, fact) in known() {
        let fields = tool.request.body.iter().flat_map(|body| &body.fields);
        let body = fields.map(|(argument, wire)| optional(tool, argument, wire)).collect();
        let body_differs = differs(&fact.body, &body);
        wrong.extend(body_differs.map(|name| format!("{}: body {name}", fact.operation_id)));
        let query = tool.request.parameters.iter().filter(|parameter| parameter.location != Location::Path);
        let named = |filling: &Filling| match filling {
            Filling::Argument(argument) => argument.clone(),
            Filling::SlotField(field) => field.clone(),
        };
        let query = query.map(|one| optional(tool, &named(&one.filled_from), &one.wire_name)).collect();
        let query_differs = differs(&fact.query, &query);
        wrong.extend(query_differs.map(|name| format!("{}: query {name}", fact.operation_id)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The wire name, with a `?` when the argument may be absent. What has a default is not asked of an agent.
fn optional(tool: &Tool, argument: &str, wire: &str) -> String {
    let required =
        tool.input_schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == argument));
    let filled = tool.guidance.safe_defaults.contains_key(argument);
    format!("{wire}{}", if required || filled { "" } else { "?" })
}

/// Names that only one side has. A field that is published as optional may be required by us, not the other way round.
fn differs<'a>(published: &'a BTreeSet<&str>, ours: &'a BTreeSet<String>) -> impl Iterator<Item = String> {
    let bare = |name: &str| name.trim_end_matches('?').to_owned();
    let lacking = published
        .iter()
        .filter(move |name| !ours.contains(**name) && !ours.contains(&bare(name)))
        .map(|name| format!("{name} is lacking, or not required"));
    let known: BTreeSet<String> = published.iter().map(|name| bare(name)).collect();
    let unknown = ours.iter().filter(move |name| !known.contains(&bare(name)));
    lacking.chain(unknown.map(|name| format!("{name} is not published")))
}

/// What the one who chooses is told, and what a preview shows. That the examples are taken, the catalog checks at its start.
#[test]
fn every_operation_says_all_that_an_agent_needs() {
    let mut lacking = Vec::new();
    for tool in catalog().tools(Some("segment")) {
        let guidance = &tool.guidance;
        let changes = tool.impact != Impact::Read;
        let deletes = tool.request.method == http::Method::DELETE
            || tool.before.as_ref().is_some_and(|before| before.change == Change::Delete);
        let checks = [
            ("title", tool.title.split(' ').count() >= 2),
            ("summary", !tool.summary.contains('\n')),
            ("when_to_use", guidance.when_to_use.len() >= 2),
            ("when not to use it", guidance.when_to_use.iter().any(|line| line.contains("Not "))),
            ("ask_before", !changes || !guidance.ask_before.is_empty()),
            ("examples", !guidance.examples.is_empty()),
            ("follow_ups", !guidance.follow_ups.is_empty()),
            ("at least four synonyms", guidance.synonyms.len() >= 4),
            ("before or no_before", !changes || tool.before.is_some() || tool.no_before.is_some()),
            ("affected or no_affected", !deletes || !tool.affected.is_empty() || tool.no_affected.is_some()),
            ("if_unknown", !changes || tool.idempotent || tool.if_unknown.is_some()),
            ("before only where something changes", changes || tool.before.is_none()),
        ];
        let bad = checks.iter().filter(|(_, right)| !right);
        lacking.extend(bad.map(|(what, _)| format!("{} lacks {what}", tool.name)));
    }
    assert!(lacking.is_empty(), "{lacking:#?}");
}

/// A list that can be read page by page says how, so that `limit`, `cursor` and `all` work on it.
#[test]
fn what_takes_a_cursor_says_how_it_is_paged() {
    for (tool, fact) in known().filter(|(_, fact)| fact.query.contains("pagination.cursor?")) {
        assert!(tool.pagination.is_some(), "{}", fact.operation_id);
    }
}
