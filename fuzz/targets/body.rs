//! A tracking body: the tokenizer that takes or refuses it, and the replacer that finds every key.
#![no_main]
#![expect(dead_code, reason = "the modules hold more than what is tried here")]

#[path = "../../crates/upstream/src/inject.rs"]
mod inject;
#[path = "../../crates/upstream/src/needles.rs"]
mod needles;
#[path = "../../crates/upstream/src/raw/mod.rs"]
mod raw;
#[path = "../../crates/upstream/src/wiped.rs"]
mod wiped;

use inject::is_same_name;
use libfuzzer_sys::fuzz_target;
use needles::MASK;
use raw::{NotJson, RawBody};
use serde_json::{Map, Value};

const FIELD: &str = "writeKey";

fuzz_target!(|bytes: &[u8]| {
    let body = match RawBody::read(bytes.to_vec()) {
        Ok(body) => body,
        // Stricter than another reader only in depth.
        Err(NotJson::TooDeep) => return,
        Err(error) => {
            assert!(serde_json::from_slice::<Value>(bytes).is_err(), "refused, and is JSON: {error}");
            return;
        }
    };
    let _ = body.keys(FIELD);
    let masked = body.masked(FIELD);
    if let Value::Object(root) = serde_json::from_slice(&masked).expect("what is taken is JSON") {
        only_masks(&root);
    }
    let again = RawBody::read(masked.clone()).expect("it stays one");
    assert_eq!(again.masked(FIELD), masked);
});

/// The last of a repeated name is what this reader sees; the others were replaced alike.
fn only_masks(level: &Map<String, Value>) {
    for (name, value) in level {
        if is_same_name(name, FIELD) {
            assert_eq!(value, MASK);
        } else if let Value::Array(items) = value {
            items.iter().filter_map(Value::as_object).for_each(only_masks);
        }
    }
}
