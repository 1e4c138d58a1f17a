//! Takes an injected secret out of what comes back: from bytes as they stream past, from texts, from JSON.
//!
//! Everything that any needle covers is replaced, overlaps included, so no part of a secret is left beside the mask.

use crate::needles::{MASK, Needles};
use memchr::memmem::Finder;
use serde_json::Value;
use std::borrow::Cow;
use zeroize::Zeroizing;

/// Scrubs a stream. Holds back the longest needle less one byte, so that a secret which is cut by a chunk boundary is
/// found all the same; what comes out does not depend on how the stream was cut.
pub struct Scrubber<'n> {
    needles: &'n Needles,
    held: Zeroizing<Vec<u8>>,
    /// How many bytes at the start of `held` belong to a match that is already masked.
    covered: usize,
}

impl<'n> Scrubber<'n> {
    pub fn new(needles: &'n Needles) -> Self {
        Self { needles, held: Zeroizing::default(), covered: 0 }
    }

    /// Takes a chunk and answers what is certain to be clean by now.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(chunk);
        let undecided = self.needles.longest().saturating_sub(1);
        self.release(self.held.len().saturating_sub(undecided))
    }

    /// Answers what was held back.
    pub fn finish(mut self) -> Vec<u8> {
        self.release(self.held.len())
    }

    /// Lets go of the first `limit` bytes. Each match that begins there lies in `held` as a whole.
    fn release(&mut self, limit: usize) -> Vec<u8> {
        let mut clean = Vec::with_capacity(limit);
        for (start, length) in Matches::new(self.needles, &self.held).take_while(|(start, _)| *start < limit)
        {
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

/// Every place where a needle stands, by where it begins.
struct Matches<'a> {
    haystack: &'a [u8],
    /// Each needle's finder, and where it stands next.
    ahead: Vec<(Finder<'a>, Option<usize>)>,
}

impl<'a> Matches<'a> {
    fn new(needles: &'a Needles, haystack: &'a [u8]) -> Self {
        let ahead = needles
            .iter()
            .map(|needle| {
                let finder = Finder::new(needle);
                let first = finder.find(haystack);
                (finder, first)
            })
            .filter(|(_, first)| first.is_some())
            .collect();
        Self { haystack, ahead }
    }
}

impl Iterator for Matches<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        let (finder, place) =
            self.ahead.iter_mut().filter(|(_, place)| place.is_some()).min_by_key(|(_, place)| *place)?;
        let start = (*place)?;
        *place = finder.find(&self.haystack[start + 1..]).map(|next| start + 1 + next);
        Some((start, finder.needle().len()))
    }
}

impl Needles {
    /// Whether any needle stands in these bytes.
    pub fn found_in(&self, bytes: &[u8]) -> bool {
        bytes.len() >= self.shortest()
            && self.iter().any(|needle| memchr::memmem::find(bytes, needle.as_bytes()).is_some())
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
        match value {
            Value::String(text) => {
                if let Cow::Owned(clean) = self.scrub(text) {
                    *text = clean;
                }
            }
            Value::Number(number) if self.found_in(number.to_string().as_bytes()) => {
                *value = Value::String(MASK.to_owned());
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.scrub_json(item)),
            Value::Object(fields) => {
                if fields.keys().any(|name| self.found_in(name.as_bytes())) {
                    *fields = std::mem::take(fields)
                        .into_iter()
                        .map(|(name, field)| (self.scrub(&name).into_owned(), field))
                        .collect();
                }
                fields.values_mut().for_each(|field| self.scrub_json(field));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}
