//! One spelling for every name that the schema knows.

use super::faults::Faults;
use super::rules::InputRules;
use super::shape::{Shape, fold};
use keyferry_core::ErrorCode;
use keyferry_core::pointer::child;
use serde_json::{Map, Value};

/// Names that are less alike than this are no suggestion.
const ALIKE: f64 = 0.75;
/// Characters that are compared; longer than any name of ours. What it costs grows with the product of two lengths.
const COMPARED: usize = 80;
/// So many unknown names of one call are told with what was meant.
const SUGGESTIONS: usize = 20;

type Object = Map<String, Value>;

/// The arguments under their own names. Unknown ones are refused, each with the nearest name.
pub(super) fn canonical(given: Object, rules: &InputRules, faults: &mut Faults) -> Object {
    let mut arguments = Object::new();
    for (name, value) in given {
        match (rules.argument(&name), &rules.pagination) {
            (None, _) if rules.is_stripped(&name) => {}
            (Some(argument), _) => put_argument(&mut arguments, argument, &name, value, rules, faults),
            (None, Some((limit, cursor))) if fold(&name) == "pagination" => {
                put_pagination(&mut arguments, (limit, cursor), &name, value, faults);
            }
            (None, _) => unknown("", &name, &rules.shape, faults),
        }
    }
    arguments
}

fn put_argument(
    arguments: &mut Object,
    argument: &str,
    given_name: &str,
    value: Value,
    rules: &InputRules,
    faults: &mut Faults,
) {
    let shape = rules.shape.properties.get(argument);
    if value.is_null() && shape.is_some_and(|shape| !shape.takes_null) {
        return;
    }
    let pointer = child("", argument);
    let value = match (shape, value) {
        (Some(shape), Value::Array(items)) => {
            Value::Array(items_of_root(items, shape, &pointer, rules, faults))
        }
        (Some(shape), value) => renamed(value, shape, &pointer, false, faults),
        (None, value) => value,
    };
    put(arguments, argument, given_name, value, "", faults);
}

/// Items of a top-level array: as arguments, they may leave out by null, and lose what the gateway sets.
fn items_of_root(
    items: Vec<Value>,
    shape: &Shape,
    pointer: &str,
    rules: &InputRules,
    faults: &mut Faults,
) -> Vec<Value> {
    let Some(item_shape) = shape.items.as_deref() else { return items };
    let item = |(index, mut item): (usize, Value)| {
        if let Value::Object(map) = &mut item {
            map.retain(|name, _| !rules.is_stripped(name));
        }
        renamed(item, item_shape, &format!("{pointer}/{index}"), true, faults)
    };
    items.into_iter().enumerate().map(item).collect()
}

/// A value with known names in their own spelling. Open objects stay as they are.
fn renamed(value: Value, shape: &Shape, pointer: &str, null_is_absent: bool, faults: &mut Faults) -> Value {
    match value {
        Value::Object(map) if shape.is_closed() => {
            Value::Object(renamed_object(map, shape, pointer, null_is_absent, faults))
        }
        Value::Array(items) => match shape.items.as_deref() {
            Some(item_shape) => {
                let item =
                    |(index, item)| renamed(item, item_shape, &format!("{pointer}/{index}"), false, faults);
                items.into_iter().enumerate().map(item).collect()
            }
            None => Value::Array(items),
        },
        other => other,
    }
}

fn renamed_object(
    map: Object,
    shape: &Shape,
    pointer: &str,
    null_is_absent: bool,
    faults: &mut Faults,
) -> Object {
    let mut object = Object::new();
    for (given_name, value) in map {
        let Some(name) = shape.name_of(&given_name) else {
            if shape.refuses_unknown {
                unknown(pointer, &given_name, shape, faults);
            } else {
                put(&mut object, &given_name, &given_name, value, pointer, faults);
            }
            continue;
        };
        let below = &shape.properties[name];
        if value.is_null() && null_is_absent && !below.takes_null {
            continue;
        }
        let value = renamed(value, below, &child(pointer, name), false, faults);
        put(&mut object, name, &given_name, value, pointer, faults);
    }
    object
}

/// Puts a value under its name; a second one under the same name is a fault.
fn put(object: &mut Object, name: &str, given_name: &str, value: Value, pointer: &str, faults: &mut Faults) {
    if object.contains_key(name) {
        let spelled = if given_name == name {
            "in two spellings".to_owned()
        } else {
            format!("also as `{given_name}`")
        };
        let message = format!("is given twice, {spelled}; give it once");
        faults.add(ErrorCode::InvalidArguments, &child(pointer, name), message);
        return;
    }
    object.insert(name.to_owned(), value);
}

/// `pagination: {count, cursor}` is another way to say limit and cursor.
fn put_pagination(
    arguments: &mut Object,
    (limit, cursor): (&str, &str),
    given_name: &str,
    value: Value,
    faults: &mut Faults,
) {
    let pointer = child("", given_name);
    let Value::Object(pagination) = value else {
        faults.add(ErrorCode::InvalidArguments, &pointer, format!("give `{limit}` and `{cursor}` instead"));
        return;
    };
    for (name, value) in pagination {
        match fold(&name).as_str() {
            "count" | "limit" => put(arguments, limit, &name, value, "", faults),
            "cursor" => put(arguments, cursor, &name, value, "", faults),
            _ => {
                let message =
                    format!("is not known here; give `{limit}` and `{cursor}` beside the other arguments");
                faults.add(ErrorCode::InvalidArguments, &child(&pointer, &name), message);
            }
        }
    }
}

fn unknown(pointer: &str, name: &str, shape: &Shape, faults: &mut Faults) {
    if faults.len() >= SUGGESTIONS {
        return faults.add(ErrorCode::InvalidArguments, &child(pointer, name), "is not known here");
    }
    let names = shape.properties.keys().map(String::as_str);
    let message = match nearest_name(name, names.clone()) {
        Some(near) => format!("is not known here; did you mean `{near}`?"),
        None if shape.properties.is_empty() => "is not known here; this takes no arguments".to_owned(),
        None => format!("is not known here; known are {}", listed(names)),
    };
    faults.add(ErrorCode::InvalidArguments, &child(pointer, name), message);
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The name that is most like this one, when any is like it.
pub(crate) fn nearest_name<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let wanted = Wanted::new(name);
    let scored = names.map(|known| (wanted.likeness(known), known));
    scored.filter(|(score, _)| *score >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}

/// A name that is compared with others.
pub(crate) struct Wanted(String);

impl Wanted {
    pub(crate) fn new(name: &str) -> Self {
        Self(fold(&name.chars().take(COMPARED).collect::<String>()))
    }

    /// From 0 to 1. A common part counts as well as a slip of the keys.
    pub(crate) fn likeness(&self, name: &str) -> f64 {
        let known = fold(name);
        strsim::jaro_winkler(&self.0, &known).max(strsim::normalized_damerau_levenshtein(&self.0, &known))
    }
}
