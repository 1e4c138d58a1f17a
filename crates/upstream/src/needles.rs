//! The injected secret in every spelling in which an upstream could hand it back.
//!
//! A needle is kept in zeroizing memory and lives as long as the opened secret does, one exchange, and what searches for
//! them with them. They are made for each exchange: spellings that an ordinary key has in common are not made at all.

use crate::escaped::{self, Firsts};
use crate::search::Search;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use zeroize::Zeroizing;

/// What stands where a secret stood.
pub const MASK: &str = "***";

/// A derived spelling shorter than this would match by chance and mangle honest answers.
const SHORTEST_DERIVED: usize = 6;

/// Keeps what RFC 3986 calls unreserved.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Keeps what JavaScript's `encodeURIComponent` keeps.
const COMPONENT: &AsciiSet = &UNRESERVED.remove(b'!').remove(b'*').remove(b'\'').remove(b'(').remove(b')');

/// Keeps what may stand in a path or a query as it is.
const LENIENT: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'#').add(b'%').add(b'?');

/// Every spelling of the secrets of one exchange.
#[derive(Default)]
pub struct Needles {
    texts: Vec<Zeroizing<String>>,
    search: Search,
    firsts: Firsts,
}

impl Needles {
    /// The spellings of each secret: plain, percent-encoded, hexadecimal, and base64 at the three offsets at which it
    /// can stand within a longer text. However JSON escapes them, they are found. Empty secrets are passed over.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut needles = Self::default();
        for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
            needles.add(Zeroizing::new(secret.to_owned()));
            // URLs but for one spelling write an ordinary key as it is.
            if !is_ordinary(secret) {
                for kept in [UNRESERVED, COMPONENT, LENIENT] {
                    needles.add_percent(secret, kept);
                }
            }
            if !secret.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                needles.add_percent(secret, NON_ALPHANUMERIC);
            }
            needles.add_hex(secret);
            needles.add_base64(secret);
        }
        needles.search = Search::of(needles.bytes());
        needles.firsts = Firsts::of(needles.bytes());
        needles
    }

    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The length in bytes of the longest needle; a stream without escapes holds back one byte less.
    pub fn longest(&self) -> usize {
        self.iter().map(str::len).max().unwrap_or(0)
    }

    /// The first place from `from` on where a needle begins, and the length of the longest that does.
    pub(crate) fn next_in(&self, bytes: &[u8], from: usize) -> Option<(usize, usize)> {
        let longest = |rest: &[u8]| {
            self.iter().filter(|needle| rest.starts_with(needle.as_bytes())).map(str::len).max()
        };
        self.search.next(bytes, from, longest)
    }

    /// The first place from `from` on where JSON's escapes spell a needle, and the length of the longest that they do.
    pub(crate) fn next_escaped(&self, bytes: &[u8], from: usize) -> Option<(usize, usize)> {
        let (longest, mut from) = (self.longest(), from);
        while let Some(near) = escaped::near_next(bytes, from, longest) {
            from = near.end;
            let mut starts = near.filter(|at| self.firsts.has(bytes[*at]));
            let found = starts.find_map(|at| {
                let spelled = self.bytes().filter_map(|needle| escaped::length(needle, &bytes[at..]));
                Some((at, spelled.max()?))
            });
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn bytes(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.texts.iter().map(|text| text.as_bytes())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|needle| needle.as_str())
    }

    fn add(&mut self, needle: Zeroizing<String>) {
        if !self.texts.contains(&needle) {
            self.texts.push(needle);
        }
    }

    fn add_derived(&mut self, needle: String) {
        let needle = Zeroizing::new(needle);
        if needle.len() >= SHORTEST_DERIVED {
            self.add(needle);
        }
    }

    fn add_percent(&mut self, secret: &str, kept: &'static AsciiSet) {
        let upper = Zeroizing::new(utf8_percent_encode(secret, kept).to_string());
        self.add_derived(lower_escapes(&upper));
        if upper.contains("%20") {
            self.add_derived(upper.replace("%20", "+"));
        }
        self.add_derived(upper.to_string());
    }

    /// An encoder may also escape every byte for a URL; no set of percent-encoding's own says so.
    fn add_hex(&mut self, secret: &str) {
        for digits in [b"0123456789abcdef", b"0123456789ABCDEF"] {
            let written = |before: &str| {
                let mut text = String::with_capacity(secret.len() * (2 + before.len()));
                for byte in secret.bytes() {
                    text.push_str(before);
                    text.push(char::from(digits[usize::from(byte >> 4)]));
                    text.push(char::from(digits[usize::from(byte & 15)]));
                }
                text
            };
            self.add_derived(written(""));
            self.add_derived(written("%"));
        }
    }

    /// Base64 groups three bytes to four characters, so what a secret looks like depends on how many bytes stand
    /// before it; the characters that it shares with its neighbours are left out.
    fn add_base64(&mut self, secret: &str) {
        for before in 0..3 {
            let mut padded = Zeroizing::new(vec![0; before]);
            padded.extend_from_slice(secret.as_bytes());
            let own = (before * 8).div_ceil(6)..padded.len() * 8 / 6;
            for alphabet in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                let encoded = Zeroizing::new(alphabet.encode(padded.as_slice()));
                if let Some(needle) = encoded.get(own.clone()) {
                    self.add_derived(needle.to_owned());
                }
            }
        }
    }
}

impl fmt::Debug for Needles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Needles({})", self.texts.len())
    }
}

/// Nothing but what RFC 3986 calls unreserved.
fn is_ordinary(secret: &str) -> bool {
    secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
}

/// `%2F` as `%2f`, and nothing else changed.
fn lower_escapes(text: &str) -> String {
    let mut escape: usize = 0;
    text.chars()
        .map(|character| {
            let lower = escape > 0;
            escape = if character == '%' { 2 } else { escape.saturating_sub(usize::from(lower)) };
            if lower { character.to_ascii_lowercase() } else { character }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(secret: &str, needle: &str) -> bool {
        Needles::of([secret]).iter().any(|found| found == needle)
    }

    #[test]
    fn a_secret_is_known_in_every_spelling() {
        let secret = "a/b+c=\"é%";
        assert!(spelled(secret, secret));
        assert!(spelled(secret, "a%2Fb%2Bc%3D%22%C3%A9%25"));
        assert!(spelled(secret, "a%2fb%2bc%3d%22%c3%a9%25"));
        assert!(spelled(secret, "612f622b633d22c3a925"));
        assert!(spelled(secret, "612F622B633D22C3A925"));
        assert!(spelled(secret, "%61%2f%62%2b%63%3d%22%c3%a9%25"));
        assert!(spelled(secret, "%61%2F%62%2B%63%3D%22%C3%A9%25"));
    }

    #[test]
    fn an_ordinary_key_has_few_needles() {
        let needles = Needles::of(["sgp_0123456789abcdef"]);
        assert!(needles.iter().count() <= 10, "{}", needles.iter().count());
        assert_eq!(needles.longest(), 60);
    }

    #[test]
    fn nothing_is_searched_for_without_a_secret() {
        assert!(Needles::of([""]).is_empty());
        assert_eq!(Needles::default().longest(), 0);
    }

    #[test]
    fn needles_do_not_print() {
        let printed = format!("{:?}", Needles::of(["sgp_0123456789abcdef"]));
        assert!(printed.starts_with("Needles(") && !printed.contains("sgp"), "{printed}");
    }
}
