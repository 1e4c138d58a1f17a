//! Fields of a JSON body, read so that all faults are found at once.

use super::error::{ApiError, FieldError};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Map, Value};

/// The body's members, and what was wrong with those that were taken.
pub(super) struct Fields {
    members: Map<String, Value>,
    faults: Vec<FieldError>,
}

impl Fields {
    pub(super) fn read(body: &Bytes) -> Result<Self, ApiError> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => Ok(Self { members, faults: Vec::new() }),
            Ok(_) => Err(ApiError::field("", "must be an object")),
            Err(_) => Err(ApiError::new(StatusCode::BAD_REQUEST, "The body is not valid JSON")),
        }
    }

    /// All members, as they were given.
    pub(super) fn all(self) -> Map<String, Value> {
        self.members
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name)
    }

    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) if !text.is_empty() => Some(text),
            _ => self.fault(name, "must be a string that is not empty"),
        }
    }

    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.take(name)? {
            Value::Bool(flag) => Some(flag),
            _ => self.fault(name, "must be a boolean"),
        }
    }

    pub(super) fn object(&mut self, name: &str) -> Option<Map<String, Value>> {
        match self.take(name)? {
            Value::Object(object) => Some(object),
            _ => self.fault(name, "must be an object"),
        }
    }

    pub(super) fn fault<T>(&mut self, field: &str, message: &str) -> Option<T> {
        self.faults.push((field.to_owned(), message.to_owned()));
        None
    }

    /// # Errors
    /// All faults that were met.
    pub(super) fn done(self) -> Result<(), ApiError> {
        if self.faults.is_empty() { Ok(()) } else { Err(ApiError::input(self.faults)) }
    }
}
