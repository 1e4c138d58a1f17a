//! Puts the secret where the integration says, and makes sure that it stands nowhere else.
//!
//! The bytes of the header and of the body stay in zeroizing memory of ours, which the HTTP library shares until the
//! exchange is over; what it copies into its own write buffers is out of our reach.

use crate::wiped::{Wiped, compact};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use keyferry_catalog::{Inject, Slot};
use keyferry_core::{ExposeSecret, SecretString};
use serde_json::Value;
use zeroize::Zeroizing;

/// Why a secret can't be sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InjectError {
    #[error("the secret holds characters that no header can carry")]
    NotAHeaderValue,
}

/// The header that carries the secret, marked sensitive.
pub(crate) fn header(
    inject: &Inject,
    secret: &SecretString,
) -> Result<(HeaderName, HeaderValue), InjectError> {
    let secret = secret.expose_secret();
    let (name, text) = match inject {
        Inject::Bearer => (AUTHORIZATION, Zeroizing::new(format!("Bearer {secret}"))),
        Inject::BasicUsername => (AUTHORIZATION, basic(secret)),
        Inject::Header(name) => (name.clone(), Zeroizing::new(secret.to_owned())),
    };
    let mut value = HeaderValue::from_maybe_shared(shared(text)).map_err(|_| InjectError::NotAHeaderValue)?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// The secret as a user name with an empty password.
fn basic(secret: &str) -> Zeroizing<String> {
    let pair = Zeroizing::new(format!("{secret}:"));
    let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
    Zeroizing::new(format!("Basic {}", encoded.as_str()))
}

/// Bytes that are overwritten when the last of their users is done.
fn shared<T: AsRef<[u8]> + Send + 'static>(owner: T) -> Bytes {
    Bytes::from_owner(owner)
}

/// Takes the slot's body field out of what the caller gave, however it is capitalized: an agent that could name another
/// key would choose where events go. It stands where a raw body's is replaced: at the root, and in the items of lists
/// there and of lists in those items.
pub(crate) fn strip(body: &mut Value, slot: &Slot) {
    if let Some(field) = &slot.also_body {
        strip_field(body, field);
    }
}

/// The same of one value.
pub(crate) fn strip_field(value: &mut Value, field: &str) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| strip_field(item, field)),
        Value::Object(fields) => {
            fields.retain(|name, _| !is_same_name(name, field));
            let lists = fields.values_mut().filter(|value| value.is_array());
            lists.for_each(|list| strip_field(list, field));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether a name is the field's in any spelling that a lenient reader might take for it.
pub(crate) fn is_same_name(name: &str, field: &str) -> bool {
    let letters = name.chars().filter(|c| !matches!(c, '_' | '-'));
    letters.flat_map(folded).eq(field.chars().flat_map(folded))
}

/// The body as it is sent, with the secret in the slot's body field, where it has one.
pub(crate) fn body(mut body: Wiped, slot: &Slot, secret: &SecretString) -> Result<Bytes, serde_json::Error> {
    if let (Some(field), Value::Object(root)) = (&slot.also_body, &mut body.0) {
        root.insert(field.clone(), Value::String(secret.expose_secret().to_owned()));
    }
    compact(&body).map(shared)
}

/// Without case, as Unicode has it: some readers take the Kelvin sign for a `k`.
fn folded(c: char) -> impl Iterator<Item = char> {
    c.to_uppercase().flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Inject::Bearer, "authorization", "Bearer k-1")]
    #[case(Inject::BasicUsername, "authorization", "Basic ay0xOg==")]
    #[case(Inject::Header(HeaderName::from_static("x-key")), "x-key", "k-1")]
    fn a_header_carries_the_secret_and_says_so(
        #[case] inject: Inject,
        #[case] name: &str,
        #[case] value: &str,
    ) {
        let (written, carried) = header(&inject, &SecretString::from("k-1")).expect("a header");
        assert_eq!((written.as_str(), carried.as_bytes()), (name, value.as_bytes()));
        assert!(carried.is_sensitive() && !format!("{carried:?}").contains("k-1"));
    }

    #[test]
    fn a_secret_that_would_end_the_header_is_not_sent() {
        assert!(header(&Inject::Bearer, &SecretString::from("k\r\nx: y")).is_err());
    }
}
