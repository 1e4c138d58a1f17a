//! From what an agent gave to the canonical arguments of a call, or to everything that is wrong with them at once.

mod arguments;
mod describe;
mod faults;
mod guard;
mod names;
mod numbers;
mod path_value;
mod placeholder;
mod rules;
mod shape;
mod shorthand;
mod size;
mod validate;

pub use arguments::{Arguments, Unresolved};
pub use faults::ArgumentFaults;

pub(crate) use names::{likeness, nearest_name};
pub(crate) use rules::InputRules;
pub(crate) use shape::{Bound, Shape, fold};

use crate::Tool;
use faults::Faults;
use keyferry_core::ErrorCode;
use serde_json::Value;

/// Deeper JSON is refused before anything walks it.
const DEEPEST: usize = 64;

impl Tool {
    /// The canonical arguments: one spelling of names and numbers, defaults filled in, short forms written out. What came in the canonical
    /// form comes back as it was.
    ///
    /// # Errors
    /// Every fault at once, by JSON pointer. No message quotes a value.
    pub fn accept(&self, raw: Value) -> Result<Arguments, ArgumentFaults> {
        let mut faults = Faults::default();
        if deeper_than(&raw, DEEPEST) {
            faults.add(ErrorCode::InvalidArguments, "", format!("is nested deeper than {DEEPEST} levels"));
            return Err(faults.into_all());
        }
        let given = match raw {
            Value::Object(given) => given,
            Value::Null => serde_json::Map::new(),
            _ => {
                faults.add(ErrorCode::InvalidArguments, "", "must be an object of arguments by name");
                return Err(faults.into_all());
            }
        };
        let mut map = names::canonical(given, &self.rules, &mut faults);
        for (argument, value) in &self.guidance.safe_defaults {
            map.entry(argument.clone()).or_insert_with(|| value.clone());
        }
        numbers::canonical_map(&mut map);
        let unresolved = shorthand::expand(&mut map, &self.rules.shape);
        guard::check(&map, &self.rules.shape, &self.secret_inputs, &mut faults);
        path_value::check(&map, &self.rules.path_arguments, &mut faults);
        size::check(&map, &self.rules, &mut faults);
        let document = Value::Object(map);
        validate::check(&document, &self.rules, &unresolved, &mut faults);
        match document {
            Value::Object(map) if faults.is_empty() => Ok(Arguments::new(map, unresolved)),
            _ => Err(faults.into_all()),
        }
    }
}

fn deeper_than(value: &Value, levels: usize) -> bool {
    let below = |value: &Value| levels == 0 || deeper_than(value, levels - 1);
    match value {
        Value::Object(map) => map.values().any(below),
        Value::Array(items) => items.iter().any(below),
        _ => false,
    }
}
