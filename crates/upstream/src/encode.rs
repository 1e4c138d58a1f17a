//! Percent-encoding for what is put into a URL.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt::Display;

/// All but RFC 3986's unreserved characters is encoded: `+` too, which the Profiles API would take for a space.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The text with all but unreserved characters percent-encoded.
pub(crate) fn encoded(text: &str) -> impl Display {
    utf8_percent_encode(text, RESERVED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_unreserved_is_encoded() {
        assert_eq!(encoded("a+b c/d?e#f:é%2e~_-.").to_string(), "a%2Bb%20c%2Fd%3Fe%23f%3A%C3%A9%252e~_-.");
    }
}
