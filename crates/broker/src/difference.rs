//! What a call would make of a state, field by field.

use crate::view::Change;
use keyferry_catalog::Change as Effect;
use keyferry_core::pointer;
use serde_json::{Map, Value};

/// The state after the call. `fields` are pairs of a field of the state and the argument that acts on it.
pub(crate) fn after<'a>(
    effect: Effect,
    before: &Value,
    fields: impl IntoIterator<Item = (&'a str, &'a Value)>,
) -> Value {
    if effect == Effect::Delete {
        return Value::Null;
    }
    let mut state = before.as_object().cloned().unwrap_or_default();
    for (field, argument) in fields {
        let old = state.remove(field);
        let new = match effect {
            Effect::Append => appended(old, argument),
            Effect::Remove => removed(old, argument),
            Effect::Set | Effect::Delete => set(old, argument),
        };
        state.insert(field.to_owned(), new);
    }
    Value::Object(state)
}

fn set(old: Option<Value>, argument: &Value) -> Value {
    match (old, argument) {
        (Some(Value::Object(mut fields)), Value::Object(given)) => {
            for (key, value) in given {
                let merged = set(fields.remove(key), value);
                fields.insert(key.clone(), merged);
            }
            Value::Object(fields)
        }
        (_, argument) => argument.clone(),
    }
}

fn appended(old: Option<Value>, argument: &Value) -> Value {
    let mut items = list(old);
    for item in list(Some(argument.clone())) {
        if !items.contains(&item) {
            items.push(item);
        }
    }
    Value::Array(items)
}

fn removed(old: Option<Value>, argument: &Value) -> Value {
    let gone = list(Some(argument.clone()));
    Value::Array(list(old).into_iter().filter(|item| !gone.contains(item)).collect())
}

fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(items)) => items,
        Some(Value::Null) | None => Vec::new(),
        Some(single) => vec![single],
    }
}

/// Every place where the two differ, outermost first; arrays are compared as a whole.
pub(crate) fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    compare(String::new(), before, after, &mut found);
    found
}

fn compare(path: String, from: &Value, to: &Value, found: &mut Vec<Change>) {
    match (from, to) {
        (Value::Object(old), Value::Object(new)) => {
            for key in keys(old, new) {
                let (old, new) = (old.get(key).unwrap_or(&Value::Null), new.get(key).unwrap_or(&Value::Null));
                compare(pointer::child(&path, key), old, new, found);
            }
        }
        (from, to) if from == to => {}
        (from, to) => found.push(Change { path, from: from.clone(), to: to.clone() }),
    }
}

fn keys<'a>(old: &'a Map<String, Value>, new: &'a Map<String, Value>) -> Vec<&'a String> {
    old.keys().chain(new.keys().filter(|key| !old.contains_key(*key))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn difference(effect: Effect, before: &Value, field: &str, argument: Value) -> Vec<Change> {
        changes(before, &after(effect, before, [(field, &argument)]))
    }

    #[test]
    fn set_takes_a_fields_place_and_an_objects_keys_one_by_one() {
        let before = json!({"name": "a", "settings": {"x": 1, "y/z": 2}});
        assert_eq!(
            difference(Effect::Set, &before, "settings", json!({"y/z": 3})),
            [Change { path: "/settings/y~1z".into(), from: json!(2), to: json!(3) }]
        );
        assert_eq!(difference(Effect::Set, &before, "name", json!("a")), []);
        assert_eq!(
            difference(Effect::Set, &before, "slug", json!("s")),
            [Change { path: "/slug".into(), from: Value::Null, to: json!("s") }]
        );
    }

    #[test]
    fn append_and_remove_act_on_arrays() {
        let before = json!({"labels": ["a", "b"]});
        let appended = difference(Effect::Append, &before, "labels", json!(["b", "c"]));
        assert_eq!(appended[0].to, json!(["a", "b", "c"]));
        let removed = difference(Effect::Remove, &before, "labels", json!("a"));
        assert_eq!(removed[0].to, json!(["b"]));
    }

    #[test]
    fn delete_is_one_change_of_the_whole() {
        let before = json!({"id": "s1"});
        let gone = changes(&before, &after(Effect::Delete, &before, []));
        assert_eq!(gone, [Change { path: String::new(), from: before, to: Value::Null }]);
    }
}
