//! What stands on the shelves at the start; `things.json` names what it points at by a word after `@`.

use super::ids::stable_id;
use super::shelf::{Shelves, Thing};
use crate::credentials::{RegionCredentials, letters};
use serde::Deserialize;
use serde_json::{Map, Value};

const SEEDS: &str = include_str!("things.json");

#[derive(Deserialize)]
struct Seed {
    shelf: String,
    #[serde(default)]
    of: Vec<String>,
    value: Map<String, Value>,
}

pub(super) fn seeded(area: &str, credentials: &RegionCredentials) -> Shelves {
    let seeds: Vec<Seed> = serde_json::from_str(SEEDS).expect("things.json is read by a test");
    let mut shelves = Shelves::default();
    for seed in seeds {
        let of = seed.of.iter().map(|name| named(area, credentials, name)).collect();
        let mut value = Value::Object(seed.value);
        resolve(area, credentials, &mut value);
        if let Value::Object(value) = value {
            shelves.put(&seed.shelf, Thing { of, value });
        }
    }
    shelves
}

fn resolve(area: &str, credentials: &RegionCredentials, value: &mut Value) {
    match value {
        Value::String(text) => *text = named(area, credentials, text),
        Value::Array(items) => items.iter_mut().for_each(|item| resolve(area, credentials, item)),
        Value::Object(map) => map.values_mut().for_each(|value| resolve(area, credentials, value)),
        _ => {}
    }
}

/// `@source:website` is that source's id; a text without `@` is itself.
fn named(area: &str, credentials: &RegionCredentials, text: &str) -> String {
    let Some(name) = text.strip_prefix('@') else { return text.to_owned() };
    match name.split_once(':') {
        Some((what, which)) => stable_id([area, what, which]),
        None => match name {
            "space" => credentials.space_id.clone(),
            "secret" => letters(40),
            "workspace" => stable_id([area, "workspace", "ferry"]),
            other => unreachable!("things.json names {other}, which is nothing"),
        },
    }
}
