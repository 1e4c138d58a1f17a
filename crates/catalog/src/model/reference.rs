//! How a tool points at other tools: what reads the state it changes, what else it touches, its next page.

use crate::Pattern;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A call of another tool, its arguments taken from ours.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolRef {
    pub tool: String,
    /// Its argument → our argument.
    #[serde(default)]
    pub arguments: BTreeMap<String, String>,
}

/// How to read the state that a tool changes.
#[derive(Debug, Clone)]
pub struct Before {
    pub read: ToolRef,
    /// The state within the answer, or the list that holds it.
    pub at: Pattern,
    /// Field of an item → our argument: the state is the item of the list in which all of them are equal. Empty where
    /// `at` is the state itself.
    pub matching: BTreeMap<String, String>,
    pub change: Change,
    /// Field of the state → our argument.
    pub fields: BTreeMap<String, String>,
}

impl Before {
    /// The state itself, as a place of the answer.
    pub(crate) fn state(&self) -> Pattern {
        if self.matching.is_empty() { self.at.clone() } else { self.at.any() }
    }
}

/// What a tool does to the fields of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The argument takes the field's place; an object key by key.
    Set,
    /// The argument's items come to the field's array.
    Append,
    /// The field's array loses the item that equals the argument.
    Remove,
    /// The state is gone.
    Delete,
}

/// A read that lists what else a tool touches.
#[derive(Debug, Clone)]
pub struct Affected {
    pub read: ToolRef,
    /// The list within the answer.
    pub at: Pattern,
    pub kind: ThingKind,
    /// Pointers within an item.
    pub id: Pattern,
    pub name: Option<Pattern>,
    /// What happens to it, as a sentence.
    pub effect: Option<String>,
}

/// The kind of an affected thing: a word, or a place in the item that tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThingKind {
    Word(String),
    At(Pattern),
}

/// What a tool acts on: the first of these arguments that is given.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectOf {
    pub kind: String,
    pub arguments: Vec<String>,
}

impl ObjectOf {
    /// Of a person only a keyed hash is kept.
    #[must_use]
    pub fn is_person(&self) -> bool {
        self.kind == "person"
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pagination {
    pub style: PaginationStyle,
    /// Our argument for the page's size.
    #[serde(default = "limit")]
    pub limit: String,
    /// Our argument for the position.
    #[serde(default = "cursor")]
    pub cursor: String,
    /// The next cursor in the answer; absent, null or empty on the last page.
    pub next: Option<Pattern>,
    /// What a page holds.
    pub items: Pattern,
    pub total: Option<Pattern>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaginationStyle {
    Cursor,
    /// The cursor is the page's number, from 1.
    Page,
}

fn limit() -> String {
    "limit".into()
}

fn cursor() -> String {
    "cursor".into()
}

/// An object that may be written as one string.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shorthand {
    /// The first of these in the string parts it.
    pub split: String,
    /// The two properties that the parts become.
    pub into: [String; 2],
    /// The tool whose list a string without a separator is looked up in.
    pub tool: String,
    /// The list within that tool's answer.
    pub at: Pattern,
}
