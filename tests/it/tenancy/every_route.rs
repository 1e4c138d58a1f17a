//! No route is forgotten: those that the sources name are those that are visited, or are said not to be.

use super::hers::Hers;
use super::nobodys::NOT_HERS;
use super::visits::{STREAM, lists, of_the_team, with_an_id};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const METHODS: [&str; 6] = ["get", "post", "put", "patch", "delete", "any"];

#[test]
fn every_route_is_crossed_or_is_said_to_be_nobodys() {
    let ids = Hers::sketch();
    let visits = with_an_id(&ids).into_iter().chain(of_the_team(&ids)).chain(lists(&ids));
    let known: BTreeSet<String> = visits
        .map(|visit| visit.route)
        .chain([STREAM])
        .chain(NOT_HERS.iter().flat_map(|(_, routes)| routes.iter().copied()))
        .map(str::to_owned)
        .collect();
    let there = described().union(&routed()).cloned().collect::<BTreeSet<_>>();
    let missed: Vec<&String> = there.difference(&known).collect();
    assert!(missed.is_empty(), "say in visits.rs how these are asked for what is another's: {missed:#?}");
    let gone: Vec<&String> = known.difference(&there).collect();
    assert!(gone.is_empty(), "these are no routes any more: {gone:#?}");
}

/// There is no other way to add a route than those that [`routed`] reads.
#[test]
fn routes_are_added_in_one_way() {
    for (file, source) in sources() {
        for other in [".nest(", ".nest_service(", ".route_service(", ".fallback_service("] {
            assert!(!source.contains(other), "{} has `{other}`", file.display());
        }
    }
}

/// Method and path of each operation of the committed description.
fn described() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi.json");
    let document: Value = serde_json::from_str(&text(&path)).expect("openapi.json is JSON");
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("methods").keys().filter(|key| METHODS.contains(&key.as_str()));
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    operations.collect()
}

/// Method and path of each route that the doors' sources name: by `.route("…", get(…))`, or by a handler's annotation.
fn routed() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, source) in sources() {
        for rest in source.split(".route(\"").skip(1) {
            let (path, rest) = rest.split_once('"').expect("a text ends");
            let handlers = rest.split(".route(").next().and_then(|rest| rest.split([';', '}']).next());
            let named = METHODS.iter().filter(|method| handlers.is_some_and(|text| calls(text, method)));
            found.extend(named.map(|method| format!("{} {path}", method.to_uppercase())));
        }
        for rest in source.split("#[utoipa::path(").skip(1) {
            let method = rest.split(',').next().unwrap_or_default().trim();
            let path = rest.split("path = \"").nth(1).and_then(|rest| rest.split('"').next());
            found.insert(format!("{} {}", method.to_uppercase(), path.expect("an operation has a path")));
        }
    }
    found
}

fn calls(text: &str, method: &str) -> bool {
    let mut before = text.split(&format!("{method}(")).collect::<Vec<_>>();
    before.pop();
    before.iter().any(|text| !text.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
}

/// The doors' sources without their tests.
fn sources() -> Vec<(PathBuf, String)> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/http/src")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of sources").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let source = text(&path);
                let source = source.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
                found.push((path, source));
            }
        }
    }
    found
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
