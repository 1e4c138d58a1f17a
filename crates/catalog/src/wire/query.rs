//! A query string, in each of the ways in which clients write lists and objects: `a=1&a=2`, `a=1,2`, `a[0]=1`,
//! `a.0=1`, `p[count]=1`, `p.count=1`, `p={"count":1}`.

use super::escapes::{decoded, decoded_query};
use crate::{Filling, Location, Parameter, QueryStyle, Tool};
use keyferry_core::FieldFault;
use keyferry_core::pointer::child;
use serde_json::{Map, Value};

/// Names within names beyond this depth are no parameter of anything.
const DEEPEST: usize = 8;

impl Tool {
    /// Reads a query string into arguments, `null` and text that is no parameter of this operation excepted.
    ///
    /// # Errors
    /// Everything in it that is not one of the operation's parameters, or can't be read.
    pub fn read_query(&self, query: &str, arguments: &mut Map<String, Value>) -> Result<(), Vec<FieldFault>> {
        let mut reading = Reading { tool: self, arguments, faults: Vec::new() };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match decoded_query(name) {
                Some(name) => reading.pair(&name, value),
                None => reading.fault("", "a name of the query is not percent-encoded UTF-8"),
            }
        }
        if reading.faults.is_empty() { Ok(()) } else { Err(reading.faults) }
    }

    /// The schema of an argument; an empty one where there is none.
    pub(super) fn schema_of(&self, argument: &str) -> &Value {
        &self.input_schema["properties"][argument]
    }
}

struct Reading<'r> {
    tool: &'r Tool,
    arguments: &'r mut Map<String, Value>,
    faults: Vec<FieldFault>,
}

impl Reading<'_> {
    fn pair(&mut self, name: &str, raw: &str) {
        let parts = parts(name);
        let tool = self.tool;
        let mut named = parameters(tool).filter_map(|(parameter, argument, style)| {
            let rest = parts.strip_prefix(self::parts(&parameter.wire_name).as_slice())?.to_vec();
            Some((argument, style, rest))
        });
        let Some((argument, style, rest)) = named.next() else { return self.object(name, &parts, raw) };
        let schema = tool.schema_of(argument);
        if style == QueryStyle::Commas && rest.is_empty() && is(schema, "array") {
            return raw.split(',').for_each(|item| self.put(argument, &[String::new()], decoded(item)));
        }
        self.put(argument, &rest, decoded_query(raw));
    }

    /// `pagination={"count":3}`: an object in the place of the parameters whose names begin like it.
    fn object(&mut self, name: &str, parts: &[String], raw: &str) {
        let begins = |(parameter, _, _): (&Parameter, &str, QueryStyle)| {
            self::parts(&parameter.wire_name).starts_with(parts)
        };
        let object = decoded_query(raw).and_then(|text| serde_json::from_str(&text).ok());
        match object {
            Some(Value::Object(fields)) if parameters(self.tool).any(begins) && parts.len() < DEEPEST => {
                for (field, value) in fields {
                    match value {
                        Value::Null => {}
                        Value::String(text) => self.inner(name, &field, &text),
                        other => self.inner(name, &field, &other.to_string()),
                    }
                }
            }
            _ => self.fault(name, "is not a parameter of this operation"),
        }
    }

    fn inner(&mut self, name: &str, field: &str, text: &str) {
        let escaped = text.replace('%', "%25").replace('+', "%2B");
        self.pair(&format!("{name}.{field}"), &escaped);
    }

    fn put(&mut self, argument: &str, rest: &[String], text: Option<String>) {
        let Some(text) = text else {
            return self.fault(argument, "is not percent-encoded UTF-8");
        };
        let schema = self.tool.schema_of(argument);
        let place = self.arguments.entry(argument).or_insert(Value::Null);
        if !place_in(place, schema, rest, text) {
            self.fault(argument, "is given twice, or in two forms; give it once");
        }
    }

    fn fault(&mut self, name: &str, problem: &str) {
        let pointer = if name.is_empty() { String::new() } else { child("", name) };
        self.faults.push(FieldFault::invalid(pointer, problem));
    }
}

/// Puts a text where its name says; `false` when something stands there already.
fn place_in(place: &mut Value, schema: &Value, rest: &[String], text: String) -> bool {
    match rest.split_first() {
        None if is(schema, "array") => place_in(place, schema, &[String::new()], text),
        None if place.is_null() => {
            *place = leaf(schema, text);
            true
        }
        None => false,
        Some((_, inner)) if is(schema, "array") => {
            if place.is_null() {
                *place = Value::Array(Vec::new());
            }
            let Value::Array(items) = place else { return false };
            let mut item = Value::Null;
            let put = place_in(&mut item, &schema["items"], inner, text);
            items.push(item);
            put
        }
        Some((name, inner)) => {
            if place.is_null() {
                *place = Value::Object(Map::new());
            }
            let Value::Object(fields) = place else { return false };
            let below = &schema["properties"][name.as_str()];
            place_in(fields.entry(name.clone()).or_insert(Value::Null), below, inner, text)
        }
    }
}

/// A text as the type that the schema wants; as text where it can't be, so that the check of arguments tells.
pub(super) fn leaf(schema: &Value, text: String) -> Value {
    let as_number = || text.parse::<serde_json::Number>().ok().map(Value::Number);
    let read = match () {
        () if is(schema, "string") => None,
        () if is(schema, "integer") || is(schema, "number") => as_number(),
        () if is(schema, "boolean") => text.parse().ok().map(Value::Bool),
        () => None,
    };
    read.unwrap_or(Value::String(text))
}

fn is(schema: &Value, wanted: &str) -> bool {
    match &schema["type"] {
        Value::String(name) => name == wanted,
        Value::Array(names) => names.iter().any(|name| name == wanted),
        _ => false,
    }
}

/// `a[b].c` as `a`, `b`, `c`; too deep a name is one that nothing has.
fn parts(name: &str) -> Vec<String> {
    let dotted = name.replace('[', ".").replace(']', "");
    dotted.split('.').take(DEEPEST).map(str::to_owned).collect()
}

/// The parameters of the query that are arguments.
fn parameters(tool: &Tool) -> impl Iterator<Item = (&Parameter, &str, QueryStyle)> {
    tool.request.parameters.iter().filter_map(|parameter| {
        match (&parameter.filled_from, parameter.location) {
            (Filling::Argument(argument), Location::Query(style)) => {
                Some((parameter, argument.as_str(), style))
            }
            _ => None,
        }
    })
}
