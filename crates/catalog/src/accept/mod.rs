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

pub(crate) use names::{Wanted, nearest_name};
pub(crate) use rules::InputRules;
pub(crate) use shape::{Bound, Shape, fold};

use crate::Tool;
use faults::Faults;
use keyferry_core::ErrorCode;
use serde_json::Value;

/// Deeper JSON is refused before anything walks it.
const DEEPEST: usize = 64;
/// Bytes of the names on the way to one value, together. Places are told by them, so that longer ones would let a small
/// call ask for much memory.
const LONGEST_WAY: usize = 2048;

impl Tool {
    /// The canonical arguments: one spelling of names and numbers, defaults filled in, short forms written out. What came in the canonical
    /// form comes back as it was.
    ///
    /// # Errors
    /// Every fault at once, by JSON pointer. No message quotes a value.
    pub fn accept(&self, raw: Value) -> Result<Arguments, ArgumentFaults> {
        let mut faults = Faults::default();
        if let Some(message) = out_of_bounds(&raw, DEEPEST, LONGEST_WAY) {
            faults.add(ErrorCode::InvalidArguments, "", message);
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

/// What is wrong with the JSON whatever it says, when so many levels and bytes of names are left.
fn out_of_bounds(value: &Value, levels: usize, names: usize) -> Option<String> {
    let below = |value: &Value, names: usize| match levels.checked_sub(1) {
        Some(levels) => out_of_bounds(value, levels, names),
        None => Some(format!("is nested deeper than {DEEPEST} levels")),
    };
    match value {
        Value::Object(map) => map.iter().find_map(|(name, value)| match names.checked_sub(name.len()) {
            Some(names) => below(value, names),
            None => Some(format!("has a value below names of more than {LONGEST_WAY} bytes together")),
        }),
        Value::Array(items) => items.iter().find_map(|item| below(item, names)),
        _ => None,
    }
}
