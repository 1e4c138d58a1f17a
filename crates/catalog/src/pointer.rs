//! JSON pointers, and patterns over them: `*` is any index or key of one level, a last `**` every string below.

use keyferry_core::pointer::{escape, unescape};
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;
use std::fmt;

/// A JSON pointer in which `*` and a last `**` may stand. The empty pattern is the whole document.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    parts: Vec<Part>,
    every_string_below: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Name(String),
    Any,
}

/// Why a text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("a pointer is empty or begins with `/`")]
    NoSlash,
    #[error("`**` stands only at the end of a pattern")]
    StarsInside,
}

/// One step from a value to a value within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// A place that a pattern found.
#[derive(Debug, Clone)]
pub struct Found<'v> {
    pub steps: Vec<Step>,
    pub value: &'v Value,
}

impl Found<'_> {
    /// The JSON pointer of this place.
    #[must_use]
    pub fn pointer(&self) -> String {
        pointer_of(&self.steps)
    }
}

/// The JSON pointer of a place.
pub(crate) fn pointer_of(steps: &[Step]) -> String {
    let mut pointer = String::new();
    for step in steps {
        pointer.push('/');
        match step {
            Step::Key(key) => pointer.push_str(&escape(key)),
            Step::Index(index) => pointer.push_str(&index.to_string()),
        }
    }
    pointer
}

impl Pattern {
    /// # Errors
    /// When the text is neither empty nor begins with `/`, or when `**` is not its last part.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let Some(rest) = text.strip_prefix('/') else {
            return if text.is_empty() { Ok(Self::root()) } else { Err(PatternError::NoSlash) };
        };
        let mut names: Vec<&str> = rest.split('/').collect();
        let every_string_below = names.last() == Some(&"**");
        if every_string_below {
            names.pop();
        }
        if names.contains(&"**") {
            return Err(PatternError::StarsInside);
        }
        let part = |name: &str| if name == "*" { Part::Any } else { Part::Name(unescape(name)) };
        Ok(Self { parts: names.into_iter().map(part).collect(), every_string_below })
    }

    pub(crate) fn root() -> Self {
        Self { parts: Vec::new(), every_string_below: false }
    }

    pub(crate) fn key(&self, name: &str) -> Self {
        self.extended(Part::Name(name.to_owned()))
    }

    pub(crate) fn any(&self) -> Self {
        self.extended(Part::Any)
    }

    fn extended(&self, part: Part) -> Self {
        let mut parts = self.parts.clone();
        parts.push(part);
        Self { parts, every_string_below: false }
    }

    /// This pattern, then `below`.
    pub(crate) fn join(&self, below: &Self) -> Self {
        let parts = self.parts.iter().chain(&below.parts).cloned().collect();
        Self { parts, every_string_below: below.every_string_below }
    }

    pub(crate) fn with_every_string_below(&self) -> Self {
        Self { parts: self.parts.clone(), every_string_below: true }
    }

    /// This pattern without its first `depth` parts.
    pub(crate) fn below(&self, depth: usize) -> Self {
        let parts = self.parts.iter().skip(depth).cloned().collect();
        Self { parts, every_string_below: self.every_string_below }
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    pub(crate) fn depth(&self) -> usize {
        self.parts.len()
    }

    #[must_use]
    pub fn is_every_string_below(&self) -> bool {
        self.every_string_below
    }

    /// Every place of `root` that this names, in document order. With `**`: the strings there and below.
    #[must_use]
    pub fn find<'v>(&self, root: &'v Value) -> Vec<Found<'v>> {
        let mut found = vec![Found { steps: Vec::new(), value: root }];
        for part in &self.parts {
            found = found.into_iter().flat_map(|place| part.children(place)).collect();
        }
        if self.every_string_below {
            let mut strings = Vec::new();
            found.into_iter().for_each(|place| strings_below(place, &mut strings));
            return strings;
        }
        found
    }

    /// Whether a concrete place is one that this names. With `**`: whether it is there or below.
    #[must_use]
    pub fn matches(&self, steps: &[Step]) -> bool {
        let long_enough =
            steps.len() == self.parts.len() || (self.every_string_below && steps.len() > self.parts.len());
        long_enough && self.parts.iter().zip(steps).all(|(part, step)| part.takes(step))
    }

    /// Whether a place, spelled with `*` for indexes (as a [`FoundSecret`](crate::FoundSecret) has it), is one that this
    /// names.
    #[must_use]
    pub fn takes_place(&self, place: &str) -> bool {
        let names: Vec<String> = place.split('/').skip(1).map(unescape).collect();
        let long_enough =
            names.len() == self.parts.len() || (self.every_string_below && names.len() > self.parts.len());
        long_enough
            && self.parts.iter().zip(&names).all(|(part, name)| match part {
                Part::Any => true,
                Part::Name(wanted) => wanted == name,
            })
    }
}

impl Part {
    fn takes(&self, step: &Step) -> bool {
        match (self, step) {
            (Self::Any, _) => true,
            (Self::Name(name), Step::Key(key)) => name == key,
            (Self::Name(name), Step::Index(index)) => *name == index.to_string(),
        }
    }

    fn children<'v>(&self, place: Found<'v>) -> Vec<Found<'v>> {
        let Self::Name(name) = self else { return children(place) };
        let (step, value) = match place.value {
            Value::Object(map) => (Step::Key(name.clone()), map.get(name)),
            Value::Array(items) => match Step::index(name) {
                Some(at) => (Step::Index(at), items.get(at)),
                None => return Vec::new(),
            },
            _ => return Vec::new(),
        };
        value.map(|value| place.below(step, value)).into_iter().collect()
    }
}

impl Step {
    /// The index that a name is, in its one spelling.
    pub(crate) fn index(name: &str) -> Option<usize> {
        name.parse().ok().filter(|index: &usize| index.to_string() == name)
    }
}

impl<'v> Found<'v> {
    fn below(&self, step: Step, value: &'v Value) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self { steps, value }
    }
}

fn children(place: Found<'_>) -> Vec<Found<'_>> {
    match place.value {
        Value::Object(map) => {
            map.iter().map(|(key, value)| place.below(Step::Key(key.clone()), value)).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(at, value)| place.below(Step::Index(at), value)).collect()
        }
        _ => Vec::new(),
    }
}

fn strings_below<'v>(place: Found<'v>, strings: &mut Vec<Found<'v>>) {
    if place.value.is_string() {
        strings.push(place);
    } else {
        children(place).into_iter().for_each(|child| strings_below(child, strings));
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                Part::Name(name) => write!(f, "/{}", escape(name))?,
                Part::Any => f.write_str("/*")?,
            }
        }
        if self.every_string_below { f.write_str("/**") } else { Ok(()) }
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    #[test]
    fn a_pattern_is_spelled_as_it_was_read() {
        for text in ["", "/a", "/a/*/b", "/a/**", "/**", "/a~1b/c~0d"] {
            assert_eq!(pattern(text).to_string(), text);
        }
        assert_eq!(Pattern::parse("a"), Err(PatternError::NoSlash));
        assert_eq!(Pattern::parse("/**/a"), Err(PatternError::StarsInside));
    }

    #[test]
    fn stars_find_indexes_keys_and_strings_below() {
        let value = json!({"sources": [{"keys": ["a", "b"]}, {"keys": ["c"]}], "settings": {"x": {"y": "d"}, "n": 1}});
        let pointers =
            |text: &str| -> Vec<String> { pattern(text).find(&value).iter().map(Found::pointer).collect() };
        assert_eq!(
            pointers("/sources/*/keys/*"),
            ["/sources/0/keys/0", "/sources/0/keys/1", "/sources/1/keys/0"]
        );
        assert_eq!(pointers("/settings/**"), ["/settings/x/y"]);
        assert_eq!(pointers("/sources/1/keys/0"), ["/sources/1/keys/0"]);
        assert!(pointers("/absent/*").is_empty());
    }

    #[test]
    fn a_place_without_indexes_is_known() {
        assert!(pattern("/keys/*").takes_place("/keys/*"));
        assert!(pattern("/keys/**").takes_place("/keys/a/b"));
        assert!(!pattern("/keys/*").takes_place("/keys"));
    }

    proptest! {
        #[test]
        fn any_text_is_a_pattern_that_spells_itself_or_none(text in "(/[a-z~*/0-9]{0,4}){0,5}|\\PC{0,12}") {
            if let Ok(read) = Pattern::parse(&text) {
                let spelled = read.to_string();
                prop_assert_eq!(Pattern::parse(&spelled), Ok(read), "{} {}", text, spelled);
            }
        }

        #[test]
        fn what_is_found_is_where_its_pointer_says(text in "(/(a|0|\\*)){0,3}(/\\*\\*)?") {
            let value = json!({"a": [{"a": "x", "0": ["y", {"a/~": "z"}]}, "w"], "0": {"a": null}});
            let read = pattern(&text);
            for found in read.find(&value) {
                prop_assert_eq!(value.pointer(&found.pointer()), Some(found.value));
                prop_assert!(read.matches(&found.steps));
            }
        }
    }
}
