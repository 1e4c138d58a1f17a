//! JSON that holds a secret for a moment, and leaves no copy behind.

use serde::Serialize;
use serde_json::Value;
use std::io;
use std::ops::{Deref, DerefMut};
use zeroize::{Zeroize, Zeroizing};

/// A JSON value whose texts are overwritten when it is dropped.
pub(crate) struct Wiped(pub(crate) Value);

impl Wiped {
    /// The value itself, once nothing in it is secret any more.
    pub(crate) fn take(mut self) -> Value {
        std::mem::take(&mut self.0)
    }
}

impl Deref for Wiped {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl DerefMut for Wiped {
    fn deref_mut(&mut self) -> &mut Value {
        &mut self.0
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The value as compact JSON, in a buffer that never grows: a buffer that grows leaves its former self behind.
pub(crate) fn compact(value: &Value) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
    let mut length = Length(0);
    value.serialize(&mut serde_json::Serializer::new(&mut length))?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(length.0));
    value.serialize(&mut serde_json::Serializer::new(&mut *bytes))?;
    Ok(bytes)
}

/// A writer that only counts.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_buffer_is_exactly_as_long_as_the_json() {
        let value = json!({"a": ["é", 1.5, null], "b": {"c": "\n"}});
        let bytes = compact(&value).expect("JSON is written");
        assert_eq!(bytes.as_slice(), value.to_string().as_bytes());
        assert_eq!(bytes.capacity(), bytes.len());
    }
}
