//! The strings of a JSON text, quotes included.

use crate::escaped::by_letter;
use std::borrow::Cow;

/// Stands where half of a character stood.
const REPLACEMENT: char = '\u{fffd}';

/// How long the string is that the text begins with.
pub(super) fn length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = (bytes.first() == Some(&b'"')).then_some(1)?;
    loop {
        at += match *bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => escape_length(&bytes[at..])?,
            0..=0x1f => return None,
            _ => 1,
        };
    }
}

fn escape_length(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => bytes.get(2..6)?.iter().all(u8::is_ascii_hexdigit).then_some(6),
        _ => None,
    }
}

/// What a string says. Half of a character (a surrogate without its other one) is told as U+FFFD.
pub(super) fn said(quoted: &str) -> Cow<'_, str> {
    let inner = &quoted[1..quoted.len() - 1];
    if inner.contains('\\') { Cow::Owned(unescaped(inner)) } else { Cow::Borrowed(inner) }
}

/// Whether half of a character stands in the string.
pub(super) fn has_half(quoted: &str) -> bool {
    quoted.contains("\\u") && {
        // One that was whole in the text itself is no half.
        let whole =
            quoted.matches(REPLACEMENT).count() + quoted.to_ascii_lowercase().matches("\\ufffd").count();
        said(quoted).matches(REPLACEMENT).count() > whole
    }
}

fn unescaped(inner: &str) -> String {
    let mut said = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((before, after)) = rest.split_once('\\') {
        said.push_str(before);
        let (character, length) = escaped(after);
        said.push(character);
        rest = &after[length..];
    }
    said.push_str(rest);
    said
}

/// The character behind a backslash, and how much of `after` says it.
fn escaped(after: &str) -> (char, usize) {
    match after.as_bytes()[0] {
        b'u' => by_number(after),
        letter => (by_letter(letter).unwrap_or(REPLACEMENT), 1),
    }
}

fn by_number(after: &str) -> (char, usize) {
    let first = unit(&after[1..]).unwrap_or_default();
    if let Some(character) = char::from_u32(first) {
        return (character, 5);
    }
    let second = after[5..].strip_prefix("\\u").and_then(unit);
    let pair = second.filter(|second| (0xdc00..0xe000).contains(second) && (0xd800..0xdc00).contains(&first));
    match pair.and_then(|second| char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))) {
        Some(character) => (character, 11),
        None => (REPLACEMENT, 5),
    }
}

fn unit(digits: &str) -> Option<u32> {
    u32::from_str_radix(digits.get(..4)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(r#""writeKey""#, "writeKey")]
    #[case(r#""write\u004bey""#, "writeKey")]
    #[case(r#""\u0077\u0072\u0069teKey""#, "writeKey")]
    #[case(r#""a\/\\\"\n\t\b\f\r""#, "a/\\\"\n\t\u{8}\u{c}\r")]
    #[case(r#""\ud83d\uDE00""#, "😀")]
    #[case(r#""\ud83d""#, "\u{fffd}")]
    #[case(r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}")]
    #[case(r#""\ud83dx""#, "\u{fffd}x")]
    fn a_string_says_what_its_escapes_stand_for(#[case] quoted: &str, #[case] expected: &str) {
        assert_eq!(length(quoted), Some(quoted.len()));
        assert_eq!(said(quoted), expected);
    }

    #[rstest]
    #[case("\"")]
    #[case("\"a")]
    #[case("\"\\\"")]
    #[case("\"\\x\"")]
    #[case("\"\\u00g0\"")]
    #[case("\"\\u00\"")]
    #[case("\"\n\"")]
    #[case("'a'")]
    fn what_is_no_string_has_no_length(#[case] text: &str) {
        assert_eq!(length(text), None);
    }

    #[test]
    fn half_a_character_is_told_from_the_one_that_stands_for_it() {
        assert!(has_half(r#""\ud83d""#));
        assert!(has_half("\"\u{fffd}\\ud83d\""));
        assert!(!has_half("\"\u{fffd} \\ufffd \\uFFFD\""));
        assert!(!has_half(r#""\ud83d\ude00""#));
    }
}
