//! Arguments in their canonical form.

use super::numbers;
use crate::Shorthand;
use keyferry_core::pointer::unescape;
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;

/// What a call is made with: what the digest is made over.
#[derive(Clone, Default, PartialEq)]
pub struct Arguments {
    map: Map<String, Value>,
    pub(super) unresolved: Vec<Unresolved>,
}

/// A short form that only the account can resolve.
#[derive(Debug, Clone, PartialEq)]
pub struct Unresolved {
    pub pointer: String,
    /// Which list of which tool to look in.
    pub shorthand: Arc<Shorthand>,
}

impl Arguments {
    pub(super) fn new(map: Map<String, Value>, unresolved: Vec<Unresolved>) -> Self {
        Self { map, unresolved }
    }

    #[must_use]
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.map
    }

    #[must_use]
    pub fn get(&self, argument: &str) -> Option<&Value> {
        self.map.get(argument)
    }

    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::Object(self.map.clone())
    }

    /// Short forms that must be resolved before the digest, by reading the account's list
    /// (see [`Arguments::resolve`]).
    #[must_use]
    pub fn unresolved(&self) -> &[Unresolved] {
        &self.unresolved
    }

    /// What stands at a JSON pointer of at least one step.
    #[must_use]
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        let (argument, rest) = split(pointer)?;
        self.map.get(&argument)?.pointer(rest)
    }

    /// The arguments with another value at a place that they have.
    #[must_use]
    pub fn with(&self, pointer: &str, value: Value) -> Self {
        let mut changed = self.clone();
        changed.put(pointer, value);
        changed
    }

    pub(super) fn put(&mut self, pointer: &str, value: Value) {
        let place =
            split(pointer).and_then(|(argument, rest)| self.map.get_mut(&argument)?.pointer_mut(rest));
        if let Some(place) = place {
            *place = value;
            numbers::canonical(place);
        }
    }
}

/// The first step of a pointer, and the rest.
fn split(pointer: &str) -> Option<(String, &str)> {
    let inner = pointer.strip_prefix('/')?;
    let end = inner.find('/').unwrap_or(inner.len());
    Some((unescape(&inner[..end]), &inner[end..]))
}

/// Names only: a value may be a secret, or about a person.
impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.map.keys()).finish()
    }
}
