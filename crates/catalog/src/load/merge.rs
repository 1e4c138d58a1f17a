//! `allOf`: what its members say is lifted into the schema itself where the two don't differ. Agents read one flat
//! object then, and a property of a member counts as known.

use super::marks::KEY;
use serde_json::{Map, Value};

/// Dropped from a member: the schema's own stands, and two descriptions don't add up.
const PROSE: [&str; 3] = ["description", "title", "examples"];
/// They only mean something together.
const CONDITION: [&str; 3] = ["if", "then", "else"];

type Object = Map<String, Value>;

/// Unites the members of `allOf` with the schema; what differs stays in `allOf`.
pub(super) fn unite_all_of(schema: &mut Object) {
    let Some(Value::Array(members)) = schema.remove("allOf") else { return };
    let mut left = Vec::new();
    for member in members {
        match member {
            Value::Object(member) => left.extend(unite(schema, member)),
            other => left.push(other),
        }
    }
    if !left.is_empty() {
        schema.insert("allOf".into(), Value::Array(left));
    }
}

/// Lifts what can be lifted out of a member; what is left is a smaller member, with the marks that belong to it.
fn unite(schema: &mut Object, mut member: Object) -> Option<Value> {
    let marks = object(member.remove(KEY));
    let has_condition = CONDITION.iter().any(|key| schema.contains_key(*key));
    let mut rest = Object::new();
    for (key, value) in member {
        let stays = has_condition && CONDITION.contains(&key.as_str());
        let left = if stays { Some(value) } else { lift(schema, &key, value, &marks) };
        if let Some(value) = left {
            rest.insert(key, value);
        }
    }
    share_marks(schema, &mut rest, marks);
    (!rest.is_empty()).then_some(Value::Object(rest))
}

/// Lifts one keyword; gives back what must stay.
fn lift(schema: &mut Object, key: &str, value: Value, marks: &Object) -> Option<Value> {
    let has_own_text =
        text_for(schema.get(KEY), key) || marks.get("faults").is_some_and(|f| f.get(key).is_some());
    let Some(own) = schema.get_mut(key) else {
        schema.insert(key.to_owned(), value);
        return None;
    };
    match (own, value) {
        (Value::Object(own), Value::Object(properties)) if key == "properties" => {
            let differing = lift_properties(own, properties);
            (!differing.is_empty()).then_some(Value::Object(differing))
        }
        (Value::Array(own), Value::Array(names)) if key == "required" && !has_own_text => {
            own.extend(names);
            None
        }
        (own, value) if (*own == value && !has_own_text) || PROSE.contains(&key) => None,
        (_, value) => Some(value),
    }
}

fn text_for(marks: Option<&Value>, keyword: &str) -> bool {
    marks.and_then(|marks| marks.get("faults")?.get(keyword)).is_some()
}

/// Adds the properties that are new; gives back those that the schema has otherwise.
fn lift_properties(own: &mut Object, properties: Object) -> Object {
    let mut differing = Object::new();
    for (name, property) in properties {
        match own.get(&name) {
            None => drop(own.insert(name, property)),
            Some(known) if *known == property => {}
            Some(_) => drop(differing.insert(name, property)),
        }
    }
    differing
}

/// A text follows its keyword; any other mark goes to the schema, whose own wins.
fn share_marks(schema: &mut Object, rest: &mut Object, mut marks: Object) {
    for (keyword, text) in object(marks.remove("faults")) {
        let home = if rest.contains_key(&keyword) { &mut *rest } else { &mut *schema };
        let faults = own_marks(home).entry("faults").or_insert_with(|| Value::Object(Object::new()));
        if let Value::Object(faults) = faults {
            faults.entry(keyword).or_insert(text);
        }
    }
    for (mark, value) in marks {
        own_marks(schema).entry(mark).or_insert(value);
    }
}

fn own_marks(schema: &mut Object) -> &mut Object {
    let marks = schema.entry(KEY).or_insert_with(|| Value::Object(Object::new()));
    marks.as_object_mut().expect("the resolver has read these marks as a struct")
}

fn object(value: Option<Value>) -> Object {
    match value {
        Some(Value::Object(map)) => map,
        _ => Object::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn united(schema: Value) -> Value {
        let mut map = object(Some(schema));
        unite_all_of(&mut map);
        Value::Object(map)
    }

    #[test]
    fn properties_and_required_are_united() {
        let schema = json!({
            "required": ["a"], "properties": {"a": {"type": "string"}},
            "allOf": [{"type": "object", "required": ["b"], "properties": {"b": {"type": "number"}}, "description": "x"}]
        });
        let expected = json!({
            "type": "object", "description": "x", "required": ["a", "b"],
            "properties": {"a": {"type": "string"}, "b": {"type": "number"}}
        });
        assert_eq!(united(schema), expected);
    }

    #[test]
    fn a_text_stays_with_its_keyword() {
        let text = json!({"code": "invalid_arguments", "message": "Give b."});
        let schema = json!({
            "required": ["b"], "x-keyferry": {"faults": {"required": text}},
            "allOf": [{"required": ["a"], "anyOf": [{}], "x-keyferry": {"max_bytes": 5, "faults": {"anyOf": text}}}]
        });
        let expected = json!({
            "required": ["b"], "anyOf": [{}], "allOf": [{"required": ["a"]}],
            "x-keyferry": {"max_bytes": 5, "faults": {"required": text, "anyOf": text}}
        });
        assert_eq!(united(schema), expected);
    }

    #[test]
    fn what_differs_stays() {
        let schema = json!({"minLength": 1, "allOf": [{"minLength": 3}]});
        assert_eq!(united(schema.clone()), schema);
    }
}
