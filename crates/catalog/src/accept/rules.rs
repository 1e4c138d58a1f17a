//! What one tool's `accept` goes by; made once, at the start.

use super::shape::{Shape, fold};
use crate::load::Texts;
use jsonschema::Validator;
use std::collections::HashMap;

pub(crate) struct InputRules {
    pub(crate) shape: Shape,
    pub(super) validator: Validator,
    /// Our own sentences, by the pointer of the schema object and the keyword.
    pub(super) texts: Texts,
    /// Other names of arguments, folded: their names on the wire.
    aliases: HashMap<String, String>,
    pub(crate) path_arguments: Vec<String>,
    /// The arguments that are measured together as the body.
    pub(crate) body_arguments: Vec<String>,
    /// A field that is taken from the caller's body: the gateway sets it.
    pub(crate) stripped: Option<String>,
    /// The arguments that `pagination: {count, cursor}` stands for.
    pub(crate) pagination: Option<(String, String)>,
}

impl InputRules {
    pub(crate) fn new(shape: Shape, validator: Validator, texts: Texts) -> Self {
        Self {
            shape,
            validator,
            texts,
            aliases: HashMap::new(),
            path_arguments: Vec::new(),
            body_arguments: Vec::new(),
            stripped: None,
            pagination: None,
        }
    }

    /// Takes `other` for `argument`, unless an argument is spelled so.
    pub(crate) fn add_alias(&mut self, other: &str, argument: &str) {
        self.aliases.insert(fold(other), argument.to_owned());
    }

    /// The argument that a name stands for.
    pub(super) fn argument(&self, name: &str) -> Option<&str> {
        self.shape.name_of(name).or_else(|| self.aliases.get(&fold(name)).map(String::as_str))
    }

    pub(crate) fn is_stripped(&self, name: &str) -> bool {
        self.stripped.as_ref().is_some_and(|stripped| fold(stripped) == fold(name))
    }
}
