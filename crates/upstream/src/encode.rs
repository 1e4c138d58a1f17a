//! Percent-encoding for what is put into a URL.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt::Display;

/// All but RFC 3986's unreserved characters is encoded: `+` too, which the Profiles API would take for a space.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The text with all but unreserved characters percent-encoded.
pub(crate) fn encoded(text: &str) -> impl Display {
    utf8_percent_encode(text, RESERVED)
}

/// Why a value can't be a piece of a path, or `None` when it can. A piece that an upstream, or a proxy before it, could
/// read as another path is refused: encoding alone does not help where somebody decodes twice.
pub(crate) fn unfit_for_path(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("must not be empty: it is part of the path");
    }
    if text.chars().any(char::is_control) {
        return Some("must hold no control character: it is part of the path");
    }
    if text.contains('\\') {
        return Some("must hold no backslash: it is part of the path");
    }
    if text.split('/').any(|piece| piece == "." || piece == "..") {
        return Some("must not be or hold a `.` or `..` segment: it is part of the path");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("")]
    #[case(".")]
    #[case("..")]
    #[case("a/../b")]
    #[case("../workspace")]
    #[case("a\\b")]
    #[case("a\nb")]
    #[case("a\u{85}b")]
    #[case("\u{0}")]
    fn what_could_be_read_as_another_path_is_refused(#[case] text: &str) {
        assert!(unfit_for_path(text).is_some());
    }

    #[rstest]
    #[case("...")]
    #[case("a.b")]
    #[case("user@example.com")]
    #[case("%2e%2e")]
    fn ordinary_values_are_taken(#[case] text: &str) {
        assert_eq!(unfit_for_path(text), None);
    }

    #[test]
    fn everything_but_unreserved_is_encoded() {
        assert_eq!(encoded("a+b c/d?e#f:é%2e~_-.").to_string(), "a%2Bb%20c%2Fd%3Fe%23f%3A%C3%A9%252e~_-.");
    }
}
