//! An integration's file.
#![no_main]
#![expect(dead_code, unused_imports, reason = "the module holds more than what is tried here")]

#[path = "../../crates/catalog/src/yaml/mod.rs"]
mod yaml;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(node) = yaml::Node::read(text) {
        let _ = node.to_value().to_string();
        let _ = node.decode::<serde_json::Map<String, serde_json::Value>>();
    }
});
