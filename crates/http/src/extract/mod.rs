//! What a handler needs from a request, as types: a handler that takes a [`Device`] can't run without one.

mod body;
mod device;
mod form;
mod json;
mod path;
mod query;

pub(crate) use body::collect;
pub(crate) use device::{Credentials, Device, KEY_HEADERS, McpDevice, only_value, refused};
pub(crate) use form::Form;
pub(crate) use json::{JsonBody, StrictJson};
pub(crate) use path::{Segment, Segments};
pub(crate) use query::{Query, instant, number, word};
