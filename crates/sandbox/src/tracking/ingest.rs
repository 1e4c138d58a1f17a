//! From a call to events: whose source, valid or not, seen before or not; then into the profiles.

use super::{clock_skew, discard};
use crate::state::{Event, EventKind, Noted, Region, text_of};
use keyferry_core::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Over this many events Segment says 200 to a batch and drops it.
const MOST_IN_BATCH: usize = 2_500;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    One(EventKind),
    /// `/v1/batch` and its old name `/v1/import`.
    Batch,
}

impl Call {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "batch" | "import" => Some(Self::Batch),
            one => EventKind::named(one).map(Self::One),
        }
    }

    pub(super) fn is_batch(self) -> bool {
        self == Self::Batch
    }
}

/// `basic` is the write key of the header. One in the body is stronger, and one in a batch's item is stronger still: that
/// is the worst that an upstream could do with a key that an agent slipped in.
pub(super) fn ingest(
    region: &Region,
    call: Call,
    mut body: Map<String, Value>,
    basic: Option<String>,
    received_at: Timestamp,
) {
    let write_key = taken_key(&mut body).or(basic);
    let arrival = Arrival { region, received_at, write_key, sent_at: body.get("sentAt").cloned() };
    match call {
        Call::One(kind) => arrival.event(Some(kind), body),
        Call::Batch => arrival.batch(body),
    }
}

struct Arrival<'a> {
    region: &'a Region,
    received_at: Timestamp,
    write_key: Option<String>,
    sent_at: Option<Value>,
}

impl Arrival<'_> {
    fn batch(&self, mut body: Map<String, Value>) {
        let items = match body.remove("batch") {
            Some(Value::Array(items)) if !items.is_empty() => items,
            _ => return self.drop_whole("empty_batch", body),
        };
        if items.len() > MOST_IN_BATCH {
            return self.drop_whole("batch_too_large", body);
        }
        for item in items {
            let Value::Object(mut item) = item else {
                self.drop_whole("event_not_object", Map::new());
                continue;
            };
            inherit(&mut item, &body);
            let kind = item.get("type").and_then(Value::as_str).and_then(EventKind::named);
            self.event(kind, item);
        }
    }

    fn event(&self, kind: Option<EventKind>, mut body: Map<String, Value>) {
        let write_key = taken_key(&mut body).or_else(|| self.write_key.clone());
        let message_id = text_of(&body, "messageId").unwrap_or_else(|| format!("api-{}", Uuid::new_v4()));
        let timestamp = clock_skew::corrected(&body, self.sent_at.as_ref(), self.received_at);
        let source = self.source(write_key.as_deref());
        let judged = source.as_ref().map_err(|code| *code).and_then(|_| match kind {
            None => Err("type_not_supported"),
            Some(kind) => discard::reason(kind, &body).map_or(Ok(kind), Err),
        });
        let judged = judged.and_then(|kind| {
            if self.region.intake.is_new(&message_id, self.received_at) { Ok(kind) } else { Err("duplicate") }
        });
        self.region.intake.note(Noted {
            n: 0,
            region: self.region.area,
            received_at: self.received_at.rfc3339(),
            source_id: source.as_ref().ok().cloned(),
            kind,
            message_id: Some(message_id.clone()),
            discarded: judged.err(),
            timestamp: Some(timestamp.rfc3339()),
            event: Value::Object(body.clone()),
        });
        if let (Ok(kind), Ok(source_id)) = (judged, source) {
            self.region.people().take(&Event { kind, source_id, message_id, timestamp, body });
        }
    }

    /// The id of the source that the key belongs to, or the code with which the event is dropped.
    fn source(&self, write_key: Option<&str>) -> Result<String, &'static str> {
        let workspace = self.region.workspace();
        let source = write_key.and_then(|key| workspace.source_of_key(key)).ok_or("project_not_found")?;
        if source.enabled { Ok(source.id.clone()) } else { Err("source_disabled") }
    }

    fn drop_whole(&self, code: &'static str, body: Map<String, Value>) {
        self.region.intake.note(Noted {
            n: 0,
            region: self.region.area,
            received_at: self.received_at.rfc3339(),
            source_id: self.source(self.write_key.as_deref()).ok(),
            kind: None,
            message_id: None,
            discarded: Some(code),
            timestamp: None,
            event: Value::Object(body),
        });
    }
}

/// A batch's context and integrations stand in for what an item does not say itself.
fn inherit(item: &mut Map<String, Value>, batch: &Map<String, Value>) {
    for field in ["context", "integrations"] {
        let Some(Value::Object(shared)) = batch.get(field) else { continue };
        let own = item.entry(field).or_insert_with(|| json!({}));
        let Value::Object(own) = own else { continue };
        for (name, value) in shared {
            own.entry(name).or_insert_with(|| value.clone());
        }
    }
}

fn taken_key(body: &mut Map<String, Value>) -> Option<String> {
    match body.remove("writeKey")? {
        Value::String(key) => Some(key),
        _ => None,
    }
}
