//! Finds a needle that JSON's escapes spell: whole or in part, by number in either case or by letter, and once more
//! for a JSON text within a JSON text. Only what stands near a backslash is looked at so.

use std::ops::Range;

/// So many backslashes may stand before one letter: one, and the three that a text within a text makes of it.
const BACKSLASHES: usize = 3;

/// The most bytes that spell one byte of a needle.
pub(crate) const WIDEST: usize = BACKSLASHES + "u0000".len();

/// The bytes that a match can begin with.
#[derive(Default)]
pub(crate) struct Firsts(zeroize::Zeroizing<[u64; 4]>);

impl Firsts {
    pub(crate) fn of<'a>(needles: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut firsts = Self::default();
        // An escape may stand for any.
        for byte in needles.filter_map(|needle| needle.first().copied()).chain([b'\\']) {
            firsts.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
        firsts
    }

    pub(crate) fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }
}

/// The places from `from` on where a match of at most `longest` bytes of a needle can begin that has an escape in it:
/// those near the next backslash.
pub(crate) fn near_next(bytes: &[u8], from: usize, longest: usize) -> Option<Range<usize>> {
    let backslash = from + memchr::memchr(b'\\', bytes.get(from..)?)?;
    Some(from.max((backslash + 1).saturating_sub(longest))..backslash + 1)
}

/// How many bytes of `raw` spell the needle, when they begin with it.
pub(crate) fn length(needle: &[u8], raw: &[u8]) -> Option<usize> {
    let (mut rest, mut at) = (needle, 0);
    while let [first, others @ ..] = rest {
        if *raw.get(at)? == b'\\' {
            let (said, spelled) = said(&raw[at..], rest)?;
            (rest, at) = (&rest[said..], at + spelled);
        } else {
            (rest, at) = ((raw[at] == *first).then_some(others)?, at + 1);
        }
    }
    Some(at)
}

/// How much of `rest` the escape says that `raw` begins with, and in how many bytes.
fn said(raw: &[u8], rest: &[u8]) -> Option<(usize, usize)> {
    [Some(0), doubled(raw)].into_iter().flatten().find_map(|skipped| {
        let (character, spelled) = escape(&raw[skipped..])?;
        let said = rest.starts_with(character.encode_utf8(&mut [0; 4]).as_bytes());
        said.then(|| (character.len_utf8(), skipped + spelled))
    })
}

/// How many backslashes stand before the last of those that `raw` begins with; `None` where there is but one.
fn doubled(raw: &[u8]) -> Option<usize> {
    let backslashes = raw.iter().take(BACKSLASHES).take_while(|byte| **byte == b'\\').count();
    backslashes.checked_sub(1).filter(|before| *before > 0)
}

/// The character that an escape says, and its length.
fn escape(raw: &[u8]) -> Option<(char, usize)> {
    match raw.get(1)? {
        b'u' => by_number(raw),
        letter => by_letter(*letter).map(|character| (character, 2)),
    }
}

/// What a letter behind a backslash stands for.
pub(crate) fn by_letter(letter: u8) -> Option<char> {
    Some(match letter {
        b'"' | b'\\' | b'/' => char::from(letter),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        _ => return None,
    })
}

/// A character of UTF-16's first plane, or one of two halves.
fn by_number(raw: &[u8]) -> Option<(char, usize)> {
    let first = unit(raw)?;
    if let Some(character) = char::from_u32(first.into()) {
        return Some((character, 6));
    }
    let skipped = 6 + doubled(&raw[6..]).unwrap_or(0);
    let second = unit(raw.get(skipped..)?)?;
    let character = char::decode_utf16([first, second]).next()?.ok()?;
    Some((character, skipped + 6))
}

fn unit(raw: &[u8]) -> Option<u16> {
    let digits = raw.strip_prefix(b"\\u")?.get(..4)?;
    digits
        .iter()
        .try_fold(0, |unit, digit| Some(unit << 4 | u16::try_from(char::from(*digit).to_digit(16)?).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(r"a\u0062c", Some(8))]
    #[case(r"\u0061\u0062\u0063x", Some(18))]
    #[case(r"a\\u0062c", Some(9))]
    #[case(r"a\\\u0062c", Some(10))]
    #[case(r"a\\\\u0062c", None)]
    #[case(r"a\u006", None)]
    #[case(r"a\u00g2c", None)]
    #[case(r"a\bc", None)]
    #[case(r"a\", None)]
    #[case("ab", None)]
    fn escapes_spell_a_needle(#[case] raw: &str, #[case] expected: Option<usize>) {
        assert_eq!(length(b"abc", raw.as_bytes()), expected);
    }

    #[rstest]
    #[case("a/\"\\n", r#"a\/\"\\n"#)]
    #[case("a/\"\\n", r"a/\u0022\u005Cn")]
    #[case("\\\\\"", r#"\\\\\""#)]
    #[case("é😀", r"\u00E9\ud83d\uDE00")]
    #[case("é😀", r"\\u00e9\\uD83D\\ude00")]
    fn a_needle_with_what_json_must_escape_is_spelled_too(#[case] needle: &str, #[case] raw: &str) {
        assert_eq!(length(needle.as_bytes(), raw.as_bytes()), Some(raw.len()));
    }

    #[test]
    fn half_a_character_is_none() {
        for raw in [r"\ud83d", r"\ud83dx", r"\ud83d\u0041", r"\ude00\ud83d"] {
            assert_eq!(length("😀".as_bytes(), raw.as_bytes()), None, "{raw}");
        }
    }
}
