//! A body of the API, read strictly.
#![no_main]

#[path = "../../crates/http/src/strict_json.rs"]
mod strict_json;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &[u8]| {
    let Ok(value) = strict_json::parse(text) else { return };
    let other: Value = serde_json::from_slice(text).expect("what is taken is JSON");
    assert_eq!(value, other, "two readers of one text understand it differently");
    let again = serde_json::to_vec(&value).expect("a value can be written");
    assert_eq!(strict_json::parse(&again).expect("what was written is taken"), value);
});
