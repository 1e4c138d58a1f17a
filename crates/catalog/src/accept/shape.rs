//! The request's schema, reduced to what names, sizes and short forms need.

use crate::Shorthand;
use crate::load::FaultText;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

#[derive(Debug, Clone, Default)]
pub(crate) struct Shape {
    pub(crate) properties: BTreeMap<String, Shape>,
    /// Folded spelling → name; `None` when two names are spelled alike.
    spellings: HashMap<String, Option<String>>,
    pub(crate) items: Option<Box<Shape>>,
    /// The names in it are the caller's own: nothing at or below is renamed or taken for a placeholder.
    pub(crate) open: bool,
    pub(crate) refuses_unknown: bool,
    pub(crate) takes_null: bool,
    /// The texts that its `enum` names: none of them is a placeholder, however it is spelled.
    pub(crate) named: Vec<String>,
    pub(crate) max_bytes: Option<Bound>,
    pub(crate) shorthand: Option<Arc<Shorthand>>,
}

/// The most bytes of a value's compact JSON.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    pub(crate) bytes: usize,
    pub(crate) text: Option<FaultText>,
}

/// What a name looks like when spelling does not count: `sourceId`, `source_id` and `source-id` are one.
pub(crate) fn fold(name: &str) -> String {
    name.chars().filter(|letter| !matches!(letter, '_' | '-')).flat_map(char::to_lowercase).collect()
}

impl Shape {
    pub(crate) fn add_property(&mut self, name: String, shape: Self) {
        match self.properties.get_mut(&name) {
            Some(known) => known.add_branch(shape),
            None => drop(self.properties.insert(name, shape)),
        }
    }

    /// Adds what another schema of the same value knows.
    pub(crate) fn add_branch(&mut self, branch: Self) {
        for (name, shape) in branch.properties {
            self.add_property(name, shape);
        }
        self.items = self.items.take().or(branch.items);
        self.open |= branch.open;
        self.named.extend(branch.named);
        self.max_bytes = self.max_bytes.take().or(branch.max_bytes);
        self.shorthand = self.shorthand.take().or(branch.shorthand);
        self.index_spellings();
    }

    pub(crate) fn index_spellings(&mut self) {
        self.spellings.clear();
        for name in self.properties.keys() {
            let spelling = self.spellings.entry(fold(name));
            spelling.and_modify(|known| *known = None).or_insert_with(|| Some(name.clone()));
        }
    }

    /// Whether names in it have one spelling of ours.
    pub(super) fn is_closed(&self) -> bool {
        !self.open && !self.properties.is_empty()
    }

    /// The property that a name stands for, in any spelling.
    pub(super) fn name_of(&self, name: &str) -> Option<&str> {
        if let Some((exact, _)) = self.properties.get_key_value(name) {
            return Some(exact);
        }
        self.spellings.get(&fold(name))?.as_deref()
    }

    /// Every short form in it.
    pub(crate) fn shorthands(&self) -> Vec<&Arc<Shorthand>> {
        let below = self.properties.values().chain(self.items.as_deref()).flat_map(Self::shorthands);
        self.shorthand.iter().chain(below).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_names_that_are_spelled_alike_are_told_apart_by_their_exact_spelling() {
        let mut shape = Shape::default();
        for name in ["userId", "user_id", "event"] {
            shape.add_property(name.into(), Shape::default());
        }
        shape.index_spellings();
        assert_eq!(shape.name_of("user_id"), Some("user_id"));
        assert_eq!(shape.name_of("user-id"), None);
        assert_eq!(shape.name_of("EVENT"), Some("event"));
    }
}
