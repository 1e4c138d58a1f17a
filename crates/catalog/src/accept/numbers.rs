//! One spelling for every number: `1.0` is `1` and `-0.0` is `0`.
//!
//! The digest is made over canonical JSON, in which both are alike; the body is written from the arguments as they
//! stand. With one spelling, what is sent is to the byte what was previewed.

use serde_json::{Map, Number, Value};

/// Whole numbers up to here, in either direction, are the same as integer and as float.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Writes every whole float of the arguments as an integer.
pub(super) fn canonical_map(arguments: &mut Map<String, Value>) {
    arguments.values_mut().for_each(canonical);
}

/// Writes every whole float of a value as an integer.
pub(super) fn canonical(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(whole) = whole(number) {
                *number = whole.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(canonical),
        Value::Object(map) => canonical_map(map),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a whole float within ±2^53 is exactly an i64")]
fn whole(number: &Number) -> Option<i64> {
    let float = number.as_f64().filter(|_| number.is_f64())?;
    (float.fract() == 0.0 && float.abs() <= EXACT).then_some(float as i64)
}
