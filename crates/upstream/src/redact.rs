//! Takes out of an answer what nobody outside may see: secret fields become handles, upstream URLs go, the injected
//! secret is masked wherever it stands.

use crate::answer::Raw;
use crate::handle::{handle, is_handle};
use crate::needles::{MASK, Needles};
use keyferry_catalog::{Arguments, Found, Lookup, Tool};
use keyferry_core::pointer::unescape;
use keyferry_core::{ConnectionId, SecretString};
use keyferry_vault::DataKey;
use serde_json::Value;
use zeroize::Zeroizing;

/// What handles are made with.
#[derive(Clone, Copy)]
pub(crate) struct Handles<'a> {
    pub(crate) key: Option<&'a DataKey>,
    pub(crate) connection: &'a ConnectionId,
    pub(crate) arguments: &'a Arguments,
}

/// Redacts an answer of `tool` in place. Handles are made first, over the values as they came. The walk through every
/// text is spared where the answer's bytes already say that no needle can stand in it.
pub(crate) fn redact(raw: &mut Raw, tool: &Tool, handles: Handles<'_>, needles: &Needles) {
    let body = &mut raw.body.0;
    tool.answer.visit_secrets(body, handles.arguments, &mut |secret| {
        // Two places may name one string; it is a handle by now.
        if !is_handle(secret.text) {
            let plain = Zeroizing::new(std::mem::take(secret.text));
            *secret.text =
                handles.of(secret.resource, secret.place, &plain).unwrap_or_else(|| MASK.to_owned());
        }
    });
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
    body: &mut Value,
    tool: &Tool,
    handles: Handles<'_>,
    sought: &Sought<'_>,
) -> Option<SecretString> {
    let mut found = None;
    tool.answer.visit_secrets(body, handles.arguments, &mut |secret| {
        let is_it =
            || handles.of(secret.resource, secret.place, secret.text).as_deref() == Some(sought.handle);
        if found.is_none() && sought.lookup.takes(&secret, sought.arguments) && is_it() {
            found = Some(SecretString::from(secret.text.as_str()));
        }
    });
    found
}

impl Handles<'_> {
    /// `None` where the place is too long to be told, and without a key.
    fn of(&self, resource: &str, place: Option<&str>, plain: &str) -> Option<String> {
        Some(handle(self.key?, self.connection, resource, place?, plain))
    }
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
