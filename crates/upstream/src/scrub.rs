//! Takes an injected secret out of what comes back: from bytes as they stream past, from texts, from JSON.
//!
//! Everything that any needle covers is replaced, overlaps included, so no part of a secret is left beside the mask.

use crate::escaped::WIDEST;
use crate::needles::{MASK, Needles};
use serde_json::Value;
use std::borrow::{Borrow, Cow};
use zeroize::Zeroizing;

/// Scrubs a stream. Holds back the longest needle less one byte, and as much as escapes could make of it where a
/// backslash stands near, so that a secret which is cut by a chunk boundary is found all the same; what comes out does
/// not depend on how the stream was cut.
pub struct Scrubber<N> {
    needles: N,
    held: Zeroizing<Vec<u8>>,
    /// How many bytes at the start of `held` belong to a match that is already masked.
    covered: usize,
}

impl<N: Borrow<Needles>> Scrubber<N> {
    /// `needles` may be borrowed or, for a stream that outlives its exchange's function, given.
    pub fn new(needles: N) -> Self {
        Self { needles, held: Zeroizing::default(), covered: 0 }
    }

    /// Takes a chunk and answers what is certain to be clean by now.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(chunk);
        self.release(self.held.len().saturating_sub(self.undecided()))
    }

    /// Answers what was held back.
    pub fn finish(mut self) -> Vec<u8> {
        self.release(self.held.len())
    }

    /// How many bytes at the end may be the beginning of a match that is not whole yet.
    fn undecided(&self) -> usize {
        let longest = self.needles.borrow().longest();
        let (plain, escaped) = (longest.saturating_sub(1), (longest * WIDEST).saturating_sub(1));
        let tail = &self.held[self.held.len().saturating_sub(escaped)..];
        memchr::memchr(b'\\', tail).map_or(plain, |backslash| escaped.min(tail.len() - backslash + plain))
    }

    /// Lets go of the first `limit` bytes. Each match that begins there lies in `held` as a whole.
    fn release(&mut self, limit: usize) -> Vec<u8> {
        let mut clean = Vec::with_capacity(limit);
        let places = self.needles.borrow().places_in(&self.held);
        for (start, length) in places.take_while(|(start, _)| *start < limit) {
            if start >= self.covered {
                clean.extend_from_slice(&self.held[self.covered..start]);
                clean.extend_from_slice(MASK.as_bytes());
            }
            self.covered = self.covered.max(start + length);
        }
        if self.covered < limit {
            clean.extend_from_slice(&self.held[self.covered..limit]);
            self.covered = limit;
        }
        self.covered -= limit;
        self.held.drain(..limit);
        clean
    }
}

impl Needles {
    /// Whether any needle stands in these bytes.
    pub fn found_in(&self, bytes: &[u8]) -> bool {
        self.next_in(bytes, 0).or_else(|| self.next_escaped(bytes, 0)).is_some()
    }

    /// The places where a needle begins, with its length there.
    fn places_in<'a>(&'a self, bytes: &'a [u8]) -> Places<'a> {
        let (plain, escaped) = (self.next_in(bytes, 0), self.next_escaped(bytes, 0));
        Places { needles: self, bytes, plain, escaped }
    }

    /// The text with every needle masked.
    pub fn scrub<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !self.found_in(text.as_bytes()) {
            return Cow::Borrowed(text);
        }
        let mut scrubber = Scrubber::new(self);
        let mut clean = scrubber.push(text.as_bytes());
        clean.extend(scrubber.finish());
        Cow::Owned(String::from_utf8_lossy(&clean).into_owned())
    }

    /// Masks every needle in the texts, names and numbers of a JSON value.
    pub fn scrub_json(&self, value: &mut Value) {
        Walk::new(self).value(value);
    }
}

/// Two searches side by side, each of which passes over the bytes once; a place that both find is told twice.
struct Places<'a> {
    needles: &'a Needles,
    bytes: &'a [u8],
    plain: Option<(usize, usize)>,
    escaped: Option<(usize, usize)>,
}

impl Iterator for Places<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        let next = [self.plain, self.escaped].into_iter().flatten().min()?;
        if self.plain == Some(next) {
            self.plain = self.needles.next_in(self.bytes, next.0 + 1);
        }
        if self.escaped == Some(next) {
            self.escaped = self.needles.next_escaped(self.bytes, next.0 + 1);
        }
        Some(next)
    }
}

/// A walk through a JSON value.
struct Walk<'n> {
    needles: &'n Needles,
    /// Whether a number could be a needle; writing each out to look is dear.
    in_numbers: bool,
}

impl<'n> Walk<'n> {
    fn new(needles: &'n Needles) -> Self {
        let is_number =
            |needle: &str| needle.bytes().all(|byte| byte.is_ascii_digit() || b"+-.e".contains(&byte));
        Self { needles, in_numbers: needles.iter().any(is_number) }
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if self.found_in(text) {
                    *text = self.needles.scrub(text).into_owned();
                }
            }
            Value::Number(number) if self.in_numbers && self.found_in(&number.to_string()) => {
                *value = Value::String(MASK.to_owned());
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(fields) => {
                if fields.keys().any(|name| self.found_in(name)) {
                    let clean =
                        |(name, field): (String, Value)| (self.needles.scrub(&name).into_owned(), field);
                    *fields = std::mem::take(fields).into_iter().map(clean).collect();
                }
                fields.values_mut().for_each(|field| self.value(field));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn found_in(&self, text: &str) -> bool {
        self.needles.found_in(text.as_bytes())
    }
}
