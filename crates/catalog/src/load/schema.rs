//! Reading JSON Schema as data: what lies below, what stands at a pointer, what our marks say.

use super::marks::{FaultText, KEY, SchemaMarks};
use crate::Pattern;
use crate::accept::{Bound, Shape};
use crate::pointer::Part;
use keyferry_core::pointer::child;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Subschemas that describe the same value.
const BRANCHES: [&str; 3] = ["allOf", "anyOf", "oneOf"];
const CONDITIONAL: [&str; 2] = ["then", "else"];
const CLOSED: [&str; 2] = ["additionalProperties", "unevaluatedProperties"];
/// The only formats that are asserted; others are descriptions.
const ASSERTED_FORMATS: [&str; 2] = ["date-time", "date"];

/// Texts of our own by the pointer of the schema object, then by keyword.
pub(crate) type Texts = HashMap<String, BTreeMap<String, FaultText>>;

/// Every subschema with the step that leads to it; no step when it describes the same value.
pub(super) fn below(schema: &Value) -> Vec<(Option<Part>, &Value)> {
    let mut found = Vec::new();
    for (name, property) in entries(schema, "properties") {
        found.push((Some(Part::Name(name.clone())), property));
    }
    for keyword in ["items", "additionalProperties"] {
        found.extend(schema.get(keyword).filter(|sub| sub.is_object()).map(|sub| (Some(Part::Any), sub)));
    }
    for keyword in BRANCHES {
        let branches = schema.get(keyword).and_then(Value::as_array);
        found.extend(branches.into_iter().flatten().map(|branch| (None, branch)));
    }
    for keyword in CONDITIONAL {
        found.extend(schema.get(keyword).map(|branch| (None, branch)));
    }
    found
}

fn entries<'s>(schema: &'s Value, keyword: &str) -> impl Iterator<Item = (&'s String, &'s Value)> {
    schema.get(keyword).and_then(Value::as_object).into_iter().flatten()
}

pub(super) fn step(at: &Pattern, part: Option<Part>) -> Pattern {
    match part {
        Some(Part::Name(name)) => at.key(&name),
        Some(Part::Any) => at.any(),
        None => at.clone(),
    }
}

/// What a schema says about a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum There<'s> {
    Known(&'s Value),
    /// The schema lets anything stand here.
    Anything,
    Nothing,
}

/// What stands at a pattern.
pub(super) fn at<'s>(schema: &'s Value, pattern: &Pattern) -> There<'s> {
    at_parts(schema, pattern.parts())
}

fn at_parts<'s>(schema: &'s Value, parts: &[Part]) -> There<'s> {
    let Some((part, rest)) = parts.split_first() else { return There::Known(schema) };
    let mut anything = is_open(schema);
    for (found, sub) in below(schema) {
        let there = match found {
            None => at_parts(sub, parts),
            Some(found) if found == *part || found == Part::Any || is_any_of_object(part, schema) => {
                at_parts(sub, rest)
            }
            Some(_) => There::Nothing,
        };
        match there {
            There::Known(_) => return there,
            There::Anything => anything = true,
            There::Nothing => {}
        }
    }
    if anything { There::Anything } else { There::Nothing }
}

/// `*` goes through every property of an object.
fn is_any_of_object(part: &Part, schema: &Value) -> bool {
    *part == Part::Any && schema.get("properties").is_some()
}

/// An object whose names are the caller's own.
fn is_open(schema: &Value) -> bool {
    let additional = schema.get("additionalProperties");
    let is_object = schema.get("type").is_some_and(|kind| *kind == "object");
    additional.is_some_and(|a| *a == true || a.is_object())
        || (is_object && schema.get("properties").is_none() && additional.is_none_or(|a| *a != false))
}

/// What `accept` must know of a schema that is still marked.
pub(super) fn shape(schema: &Value) -> Shape {
    let marks = SchemaMarks::of(schema);
    let mut shape = Shape::default();
    shape.takes_null = takes_null(schema);
    shape.named = named(schema);
    shape.refuses_unknown = CLOSED.iter().any(|keyword| schema.get(*keyword) == Some(&Value::Bool(false)));
    shape.max_bytes =
        marks.max_bytes.map(|bytes| Bound { bytes, text: marks.faults.get("max_bytes").cloned() });
    shape.shorthand = marks.shorthand.map(Arc::new);
    shape.open = marks.free_form.is_some() || is_open(schema);
    for (part, sub) in below(schema) {
        let inner = self::shape(sub);
        match part {
            Some(Part::Name(name)) => shape.add_property(name, inner),
            Some(Part::Any) if schema.get("items") == Some(sub) => shape.items = Some(Box::new(inner)),
            Some(Part::Any) => {}
            None => shape.add_branch(inner),
        }
    }
    shape.index_spellings();
    shape
}

fn named(schema: &Value) -> Vec<String> {
    let values = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    values.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn takes_null(schema: &Value) -> bool {
    match schema.get("type") {
        None => true,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "null"),
        Some(kind) => kind == "null",
    }
}

/// The schema without our marks, as it is shown.
pub(super) fn without_marks(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, _)| *key != KEY);
            Value::Object(kept.map(|(key, value)| (key.clone(), without_marks(value))).collect())
        }
        Value::Array(items) => items.iter().map(without_marks).collect(),
        other => other.clone(),
    }
}

/// The schema as it is compiled, and our own texts by pointer. Objects that refuse unknown names say so no longer:
/// `accept` has done it, with the nearest name, and a failed branch would make every name unknown.
pub(super) fn for_validation(schema: &Value) -> (Value, Texts) {
    let mut compiled = schema.clone();
    let mut texts = Texts::new();
    prepare(&mut compiled, "", &mut texts, true);
    (compiled, texts)
}

fn prepare(schema: &mut Value, pointer: &str, texts: &mut Texts, is_place: bool) {
    match schema {
        Value::Object(map) => {
            take_marks(map, pointer, texts);
            drop_unasserted_format(map);
            if is_place {
                map.retain(|key, value| !(CLOSED.contains(&key.as_str()) && *value == false));
            }
            for (key, value) in map.iter_mut() {
                let below_is_place = is_place && ["properties", "items"].contains(&key.as_str());
                prepare_below(key, value, &child(pointer, key), texts, below_is_place);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                prepare(item, &format!("{pointer}/{index}"), texts, false);
            }
        }
        _ => {}
    }
}

fn prepare_below(key: &str, value: &mut Value, pointer: &str, texts: &mut Texts, is_place: bool) {
    match value {
        Value::Object(properties) if key == "properties" => {
            for (name, property) in properties {
                prepare(property, &child(pointer, name), texts, is_place);
            }
        }
        _ => prepare(value, pointer, texts, is_place),
    }
}

fn take_marks(map: &mut Map<String, Value>, pointer: &str, texts: &mut Texts) {
    let Some(marks) = map.remove(KEY) else { return };
    let marks: SchemaMarks = serde_json::from_value(marks).unwrap_or_default();
    if !marks.faults.is_empty() {
        texts.insert(pointer.to_owned(), marks.faults);
    }
}

fn drop_unasserted_format(map: &mut Map<String, Value>) {
    if map.get("format").and_then(Value::as_str).is_some_and(|format| !ASSERTED_FORMATS.contains(&format)) {
        map.remove("format");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pointer_is_known_open_or_nowhere() {
        let schema = json!({"type": "object", "properties": {
            "list": {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string"}}}},
            "free": {"type": "object", "additionalProperties": true},
        }});
        let there = |text: &str| at(&schema, &Pattern::parse(text).unwrap());
        assert_eq!(there("/list/*/id"), There::Known(&json!({"type": "string"})));
        assert_eq!(there("/free/any/thing"), There::Anything);
        assert_eq!(there("/list/*/name"), There::Nothing);
        assert_eq!(there("/absent"), There::Nothing);
    }

    #[test]
    fn texts_are_found_by_the_pointer_of_their_schema() {
        let schema = json!({"properties": {"a": {"format": "uuid", "x-keyferry": {
            "faults": {"format": {"code": "invalid_arguments", "message": "m"}}}}}});
        let (compiled, texts) = for_validation(&schema);
        assert_eq!(compiled, json!({"properties": {"a": {}}}));
        assert_eq!(texts["/properties/a"]["format"].message, "m");
    }
}
