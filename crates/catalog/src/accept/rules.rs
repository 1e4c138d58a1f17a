//! What one tool's `accept` goes by; made once, at the start.

use super::shape::{Shape, fold};
use crate::load::Texts;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::OnceLock;

pub(crate) struct InputRules {
    pub(crate) shape: Shape,
    /// JSON Schema of the arguments, as text: most tools are never called, and a compiled schema is large.
    schema: Box<str>,
    compiled: OnceLock<Validator>,
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
    pub(crate) fn new(shape: Shape, schema: &Value, texts: Texts) -> Self {
        Self {
            shape,
            schema: schema.to_string().into(),
            compiled: OnceLock::new(),
            texts,
            aliases: HashMap::new(),
            path_arguments: Vec::new(),
            body_arguments: Vec::new(),
            stripped: None,
            pagination: None,
        }
    }

    /// Compiles the schema, unless it was compiled before.
    ///
    /// # Errors
    /// When it is no schema that can be used.
    pub(crate) fn compile(&self) -> Result<(), ValidationError<'static>> {
        if self.compiled.get().is_none() {
            let schema: Value = serde_json::from_str(&self.schema).expect("it was written from JSON");
            // Two calls at once may both compile; the first stays.
            let _ = self.compiled.set(compiled(&schema)?);
        }
        Ok(())
    }

    pub(super) fn validator(&self) -> &Validator {
        self.compile()
            .expect("a schema is compiled at the start, or by the tests where it comes with the binary");
        self.compiled.get().expect("it was compiled")
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

/// On a linear-time pattern engine.
fn compiled(schema: &Value) -> Result<Validator, ValidationError<'static>> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(PatternOptions::regex())
        .should_validate_formats(true)
        .build(schema)
}
