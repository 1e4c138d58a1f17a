//! Why Segment drops an event that it said 200 to: its own discard codes.

use crate::state::{EventKind, text_of};
use serde_json::{Map, Value};

pub(super) fn reason(kind: EventKind, body: &Map<String, Value>) -> Option<&'static str> {
    let given = |field| body.get(field).filter(|value| !value.is_null());
    let not_object = |field| given(field).is_some_and(|value| !value.is_object());
    let not_text = |field| given(field).is_some_and(|value| value.as_str().is_none_or(str::is_empty));

    if text_of(body, "userId").is_none() && text_of(body, "anonymousId").is_none() {
        return Some("no_user_anon_id");
    }
    if not_object("properties") {
        return Some("properties_not_object");
    }
    if not_object("traits") {
        return Some("traits_not_object");
    }
    match kind {
        EventKind::Track if given("event").is_none() => Some("event_not_defined"),
        EventKind::Track if not_text("event") => Some("event_not_string"),
        EventKind::Page | EventKind::Screen if not_text("name") => Some("name_not_string"),
        EventKind::Page | EventKind::Screen if not_text("category") => Some("category_not_string"),
        EventKind::Group if text_of(body, "groupId").is_none() => Some("id_required"),
        EventKind::Alias if text_of(body, "previousId").is_none() => Some("id_required"),
        _ => None,
    }
}
