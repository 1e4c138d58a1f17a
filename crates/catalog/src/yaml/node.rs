//! The tree. (serde-saphyr's own `Spanned` is lost beneath `flatten` and untagged enums; here nothing is either.)

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::{Spanned, options};
use std::fmt;

/// A value and the line on which it begins.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) line: u64,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    /// In the order of the file. The line is the key's.
    Map(Vec<(String, u64, Node)>),
}

impl Node {
    /// Reads YAML 1.2; duplicate keys are refused.
    ///
    /// # Errors
    /// The line, when it is known, and what is wrong.
    pub(crate) fn read(text: &str) -> Result<Self, (Option<u64>, String)> {
        let options = options! { strict_booleans: true };
        serde_saphyr::from_str_with_options::<Spanned<Kind>>(text, options).map(Self::from).map_err(|error| {
            let error = error.without_snippet();
            let line = error.location().map(|location| location.line()).filter(|line| *line > 0);
            (line, problem(&error.to_string()))
        })
    }

    pub(crate) fn entries(&self) -> &[(String, u64, Self)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _, _)| name == key).map(|(_, _, node)| node)
    }

    /// The value below these keys.
    pub(crate) fn dig(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The value at a JSON pointer of keys.
    pub(crate) fn pointer(&self, pointer: &str) -> Option<&Self> {
        pointer
            .split('/')
            .skip(1)
            .try_fold(self, |node, key| node.get(&keyferry_core::pointer::unescape(key)))
    }

    pub(crate) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(flag) => Value::Bool(*flag),
            Kind::Number(number) => Value::Number(number.clone()),
            Kind::Text(text) => Value::String(text.clone()),
            Kind::List(items) => items.iter().map(Self::to_value).collect(),
            Kind::Map(entries) => {
                let map: Map<_, _> =
                    entries.iter().map(|(key, _, node)| (key.clone(), node.to_value())).collect();
                Value::Object(map)
            }
        }
    }
}

/// The reader's words without the place, which is told apart, and without its advice to programmers.
fn problem(text: &str) -> String {
    let end = [", set DuplicateKeyPolicy", " at line "].iter().filter_map(|tail| text.find(tail)).min();
    text[..end.unwrap_or(text.len())].to_owned()
}

impl From<Spanned<Kind>> for Node {
    fn from(spanned: Spanned<Kind>) -> Self {
        Self { line: spanned.referenced.line(), kind: spanned.value }
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_none<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Kind, E> {
        Ok(Kind::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Kind, E> {
        Ok(Kind::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Kind, E> {
        Ok(Kind::Number(number.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Kind, E> {
        Number::from_f64(number).map(Kind::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Kind, E> {
        Ok(Kind::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Kind, E> {
        Ok(Kind::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Kind, A::Error> {
        let mut nodes = Vec::new();
        while let Some(item) = items.next_element::<Spanned<Kind>>()? {
            nodes.push(item.into());
        }
        Ok(Kind::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Kind, A::Error> {
        let mut nodes = Vec::new();
        while let Some(key) = entries.next_key::<Spanned<String>>()? {
            let value = entries.next_value::<Spanned<Kind>>()?;
            nodes.push((key.value, key.referenced.line(), value.into()));
        }
        Ok(Kind::Map(nodes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_value_and_key_knows_its_line() {
        let node = Node::read("a: 1\nb:\n  - x\n  - c: [yes, 2021-02-01, 3.1.0, null]\n").unwrap();
        assert_eq!(node.to_value(), json!({"a": 1, "b": ["x", {"c": ["yes", "2021-02-01", "3.1.0", null]}]}));
        let list = node.get("b").unwrap().items();
        assert_eq!(list[0].line, 3);
        assert_eq!(list[1].entries()[0].1, 4);
    }

    #[test]
    fn broken_yaml_and_duplicate_keys_name_the_line() {
        assert_eq!(Node::read("a: 1\na: 2\n").unwrap_err().0, Some(2));
        assert_eq!(Node::read("a: [1\nb: 2\n").unwrap_err().0, Some(2));
    }
}
