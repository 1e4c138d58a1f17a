//! Objects that may be written as one string: a label as `env:prod`, or only as `production`.

use super::Arguments;
use super::arguments::Unresolved;
use super::faults::{ArgumentFaults, Faults};
use super::shape::Shape;
use crate::Shorthand;
use keyferry_core::ErrorCode;
use keyferry_core::pointer::child;
use serde_json::{Map, Value};
use std::sync::Arc;

/// How many candidates are told.
const TOLD: usize = 20;

/// Writes out every string that has the separator; tells the others, which only the account itself can resolve.
pub(super) fn expand(arguments: &mut Map<String, Value>, shape: &Shape) -> Vec<Unresolved> {
    let mut unresolved = Vec::new();
    for (name, value) in arguments {
        if let Some(shape) = shape.properties.get(name) {
            expand_value(value, shape, &child("", name), &mut unresolved);
        }
    }
    unresolved
}

fn expand_value(value: &mut Value, shape: &Shape, pointer: &str, unresolved: &mut Vec<Unresolved>) {
    match (&mut *value, &shape.shorthand) {
        (Value::String(text), Some(shorthand)) => match written_out(text, shorthand) {
            Some(object) => *value = object,
            None if text.trim().is_empty() => {}
            None => {
                unresolved.push(Unresolved { pointer: pointer.to_owned(), shorthand: Arc::clone(shorthand) });
            }
        },
        (Value::Object(map), _) => {
            for (name, value) in map {
                if let Some(shape) = shape.properties.get(name) {
                    expand_value(value, shape, &child(pointer, name), unresolved);
                }
            }
        }
        (Value::Array(items), _) => {
            let Some(shape) = shape.items.as_deref() else { return };
            for (index, item) in items.iter_mut().enumerate() {
                expand_value(item, shape, &format!("{pointer}/{index}"), unresolved);
            }
        }
        _ => {}
    }
}

fn written_out(text: &str, shorthand: &Shorthand) -> Option<Value> {
    let (first, last) = text.split_once(&shorthand.split)?;
    Some(object_of(shorthand, first.trim().into(), last.trim().into()))
}

fn object_of(shorthand: &Shorthand, first: Value, last: Value) -> Value {
    let [first_name, last_name] = &shorthand.into;
    Value::Object([(first_name.clone(), first), (last_name.clone(), last)].into_iter().collect())
}

impl Arguments {
    /// The arguments with every short form that is looked up in `tool` written out: exactly one item whose last
    /// field is the text, else exactly one whose first field is.
    ///
    /// # Errors
    /// `invalid_arguments` for each text that none or several of the items fit, with the candidates.
    pub fn resolve(&self, tool: &str, items: &[Value]) -> Result<Self, ArgumentFaults> {
        let mut faults = Faults::default();
        let mut resolved = self.clone();
        resolved.unresolved.retain(|open| open.shorthand.tool != tool);
        for open in self.unresolved.iter().filter(|open| open.shorthand.tool == tool) {
            let text = self.at(&open.pointer).and_then(Value::as_str).unwrap_or_default();
            match chosen(text, &open.shorthand, items) {
                Ok(object) => resolved.put(&open.pointer, object),
                Err(message) => faults.add(ErrorCode::InvalidArguments, &open.pointer, message),
            }
        }
        if faults.is_empty() { Ok(resolved) } else { Err(faults.into_all()) }
    }
}

fn chosen(text: &str, shorthand: &Shorthand, items: &[Value]) -> Result<Value, String> {
    let [first, last] = &shorthand.into;
    let with = |name: &str| -> Vec<&Value> {
        let is_text = |item: &&Value| item.get(name).and_then(Value::as_str) == Some(text.trim());
        items.iter().filter(is_text).collect()
    };
    for fitting in [with(last), with(first)] {
        match fitting.as_slice() {
            [] => {}
            [item] => return Ok(object_of(shorthand, item[first].clone(), item[last].clone())),
            several => return Err(format!("fits several: {}. Give one of them", told(several, shorthand))),
        }
    }
    let all: Vec<&Value> = items.iter().collect();
    let known = if all.is_empty() { "there are none".to_owned() } else { told(&all, shorthand) };
    Err(format!("fits none that exists; {known}"))
}

fn told(items: &[&Value], shorthand: &Shorthand) -> String {
    let [first, last] = &shorthand.into;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let spelled = |item: &&Value| format!("`{}{}{}`", text(&item[first]), shorthand.split, text(&item[last]));
    let mut names: Vec<String> = items.iter().take(TOLD).map(spelled).collect();
    if items.len() > TOLD {
        names.push(format!("and {} more", items.len() - TOLD));
    }
    names.join(", ")
}
