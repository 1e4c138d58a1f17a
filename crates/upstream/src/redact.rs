//! Takes out of an answer what nobody outside may see: secret fields become handles, upstream URLs go, the injected
//! secret is masked wherever it stands.

use crate::answer::Raw;
use crate::handle::handle;
use crate::needles::Needles;
use keyferry_catalog::{Arguments, Found, Lookup, Tool};
use keyferry_core::pointer::unescape;
use keyferry_core::{ConnectionId, SecretString};
use keyferry_vault::DataKey;
use serde_json::Value;
use zeroize::Zeroizing;

/// What handles are made with.
#[derive(Clone, Copy)]
pub(crate) struct Handles<'a> {
    pub(crate) key: &'a DataKey,
    pub(crate) connection: &'a ConnectionId,
    pub(crate) arguments: &'a Arguments,
}

/// Redacts an answer of `tool` in place. Handles are made first, over the values as they came. The walk through every
/// text is spared where the answer's bytes already say that no needle can stand in it.
pub(crate) fn redact(raw: &mut Raw, tool: &Tool, handles: Handles<'_>, needles: &Needles) {
    let body = &mut raw.body.0;
    for secret in tool.answer.secrets_in(body, handles.arguments) {
        if let Some(Value::String(text)) = body.pointer_mut(&secret.pointer) {
            let plain = Zeroizing::new(std::mem::take(text));
            *text = handle(handles.key, handles.connection, &secret.resource, &secret.place, &plain);
        }
    }
    for pattern in &tool.answer.dropped {
        let places: Vec<String> = pattern.find(body).iter().map(Found::pointer).collect();
        places.iter().for_each(|place| leave_out(body, place));
    }
    if raw.suspect {
        needles.scrub_json(body);
    }
}

/// The value behind a handle, when the answer of `tool` (unredacted) holds it at a place where `lookup` takes it.
pub(crate) fn find(
    body: &Value,
    tool: &Tool,
    handles: Handles<'_>,
    sought: &Sought<'_>,
) -> Option<SecretString> {
    tool.answer
        .secrets_in(body, handles.arguments)
        .iter()
        .filter(|secret| sought.lookup.takes(secret, sought.arguments))
        .find_map(|secret| {
            let plain = body.pointer(&secret.pointer)?.as_str()?;
            let found = handle(handles.key, handles.connection, &secret.resource, &secret.place, plain);
            (found == sought.handle).then(|| SecretString::from(plain))
        })
}

/// A handle whose value is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Sought<'a> {
    pub handle: &'a str,
    /// How the tool that was given the handle turns it back.
    pub lookup: &'a Lookup,
    /// The arguments of that tool; they name the resource that the handle must belong to.
    pub arguments: &'a Arguments,
}

fn leave_out(body: &mut Value, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else { return };
    match body.pointer_mut(parent) {
        Some(Value::Object(fields)) => {
            fields.remove(&unescape(last));
        }
        Some(Value::Array(items)) => {
            if let Some(item) = last.parse().ok().and_then(|index: usize| items.get_mut(index)) {
                *item = Value::Null;
            }
        }
        _ => {}
    }
}
