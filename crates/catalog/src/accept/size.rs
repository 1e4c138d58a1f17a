//! Sizes that the upstream does not tell about until it is too late.

use super::faults::Faults;
use super::rules::InputRules;
use super::shape::{Bound, Shape};
use keyferry_core::ErrorCode;
use keyferry_core::pointer::child;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::{self, Write};

pub(super) fn check(arguments: &Map<String, Value>, rules: &InputRules, faults: &mut Faults) {
    if let Some(bound) = &rules.shape.max_bytes {
        let body: BTreeMap<&String, &Value> =
            arguments.iter().filter(|(name, _)| rules.body_arguments.contains(name)).collect();
        measure(&body, bound, "", faults);
    }
    for (name, value) in arguments {
        if let Some(shape) = rules.shape.properties.get(name) {
            walk(value, shape, &child("", name), faults);
        }
    }
}

fn walk(value: &Value, shape: &Shape, pointer: &str, faults: &mut Faults) {
    if let Some(bound) = &shape.max_bytes {
        measure(value, bound, pointer, faults);
    }
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                if let Some(shape) = shape.properties.get(name) {
                    walk(value, shape, &child(pointer, name), faults);
                }
            }
        }
        Value::Array(items) => {
            let Some(shape) = shape.items.as_deref() else { return };
            for (index, item) in items.iter().enumerate() {
                walk(item, shape, &format!("{pointer}/{index}"), faults);
            }
        }
        _ => {}
    }
}

fn measure(value: &impl Serialize, bound: &Bound, pointer: &str, faults: &mut Faults) {
    let bytes = json_bytes(value);
    if bytes <= bound.bytes {
        return;
    }
    let (code, message) = match &bound.text {
        Some(text) => (text.code.0, text.message.clone()),
        None => {
            let message = format!("is {bytes} bytes of JSON; {} are the most that is taken", bound.bytes);
            (ErrorCode::PayloadTooLarge, message)
        }
    };
    faults.add(code, pointer, message);
}

/// Bytes of compact JSON.
fn json_bytes(value: &impl Serialize) -> usize {
    let mut counter = Counter(0);
    // A map of values has only text keys, so that nothing here can fail.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
