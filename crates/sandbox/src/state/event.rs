//! One tracked event, after Segment has put it in order.

use keyferry_core::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EventKind {
    Identify,
    Track,
    Page,
    Screen,
    Group,
    Alias,
}

impl EventKind {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "identify" => Some(Self::Identify),
            "track" => Some(Self::Track),
            "page" => Some(Self::Page),
            "screen" => Some(Self::Screen),
            "group" => Some(Self::Group),
            "alias" => Some(Self::Alias),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    pub(crate) source_id: String,
    pub(crate) message_id: String,
    /// When it happened, the sender's clock set right.
    pub(crate) timestamp: Timestamp,
    /// As it was sent, without write keys.
    pub(crate) body: Map<String, Value>,
}

impl Event {
    /// A string field that is not empty; ids that are numbers are spelled out.
    pub(crate) fn text(&self, field: &str) -> Option<String> {
        text_of(&self.body, field)
    }

    pub(crate) fn object(&self, field: &str) -> Option<&Map<String, Value>> {
        self.body.get(field).and_then(Value::as_object)
    }
}

pub(crate) fn text_of(body: &Map<String, Value>, field: &str) -> Option<String> {
    match body.get(field)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
