//! One thing that can be called.

use super::secret::plain_text;
use super::{
    Affected, AnswerShape, Before, Limit, Lookup, ObjectOf, Pagination, Quota, RequestShape, SecretInput,
    Shorthand,
};
use crate::accept::InputRules;
use crate::{Arguments, Pattern};
use keyferry_core::{ErrorCode, Impact};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// One operation of an API, with what an agent must know to choose and use it.
pub struct Tool {
    pub name: String,
    pub integration: String,
    pub api: String,
    /// What it is about, within its integration: `destinations`, `tracking`.
    pub area: String,
    /// The slot whose secret it needs.
    pub slot: String,
    pub operation_id: String,
    /// Two to five words.
    pub title: String,
    /// One line for the one who chooses.
    pub summary: String,
    pub description: Option<String>,
    pub impact: Impact,
    pub deprecated: bool,
    pub stability: Stability,
    pub requires_feature: Option<String>,
    pub guidance: Guidance,
    /// JSON Schema of the arguments, as an agent is shown it.
    pub input_schema: Value,
    pub request: RequestShape,
    pub answer: AnswerShape,
    pub before: Option<Before>,
    /// Why there is no state to compare with, as a sentence.
    pub no_before: Option<String>,
    pub affected: Vec<Affected>,
    /// Why nothing else is touched, or can be listed, as a sentence.
    pub no_affected: Option<String>,
    pub object: Option<ObjectOf>,
    /// Places of the arguments that name a person.
    pub subjects: Vec<Pattern>,
    pub secret_inputs: Vec<SecretInput>,
    /// What an upstream 404 means.
    pub not_found_code: ErrorCode,
    /// Sending it twice is the same as sending it once.
    pub idempotent: bool,
    /// What to read to find out, when the outcome is unknown.
    pub if_unknown: Option<String>,
    pub pagination: Option<Pagination>,
    /// The operation's own budget, else the API's.
    pub limit: Option<Limit>,
    /// Whether `limit` is this operation's own, so that it has a bucket of its own.
    pub limit_is_own: bool,
    /// What a longer time allows.
    pub quota: Option<Quota>,
    pub timeout: Duration,
    /// SHA-256 over the operation's canonical content: what it sends, where, and what it means.
    pub hash: [u8; 32],
    pub(crate) rules: InputRules,
}

/// What an agent is told beyond names and types.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Guidance {
    pub when_to_use: Vec<String>,
    pub ask_before: Vec<String>,
    /// Filled in when the argument is absent.
    pub safe_defaults: Map<String, Value>,
    pub examples: Vec<Example>,
    pub prerequisites: Vec<String>,
    pub follow_ups: Vec<String>,
    /// Words that people use for it.
    pub synonyms: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What a person says.
    pub user: String,
    /// The complete arguments.
    pub args: Map<String, Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stability {
    #[default]
    Stable,
    Beta,
    Alpha,
}

impl Stability {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Beta => "beta",
            Self::Alpha => "alpha",
        }
    }
}

impl Tool {
    /// The value of the argument that names what is acted on.
    #[must_use]
    pub fn object_of(&self, arguments: &Arguments) -> Option<String> {
        let names = &self.object.as_ref()?.arguments;
        names.iter().find_map(|name| arguments.get(name)).map(plain_text)
    }

    /// Every id of a person in the arguments, each once.
    #[must_use]
    pub fn subjects_in(&self, arguments: &Arguments) -> Vec<String> {
        let document = arguments.to_value();
        let mut subjects: Vec<String> = self
            .subjects
            .iter()
            .flat_map(|at| at.find(&document))
            .map(|found| plain_text(found.value))
            .collect();
        subjects.sort_unstable();
        subjects.dedup();
        subjects
    }

    /// Pointers of the arguments that are masked wherever they are shown, each with the way a handle there is
    /// turned back.
    #[must_use]
    pub fn secret_inputs_in(&self, arguments: &Arguments) -> Vec<(String, Option<&Lookup>)> {
        if self.secret_inputs.is_empty() {
            return Vec::new();
        }
        let document = arguments.to_value();
        let mut places: BTreeMap<String, Option<&Lookup>> = BTreeMap::new();
        for input in &self.secret_inputs {
            for pointer in input.pointers(&document) {
                let lookup = places.entry(pointer).or_default();
                *lookup = lookup.or(input.lookup.as_ref());
            }
        }
        places.into_iter().collect()
    }

    /// Arguments that may be written as one string.
    pub fn shorthands(&self) -> impl Iterator<Item = &Arc<Shorthand>> {
        self.rules.shape.shorthands().into_iter()
    }
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tool").field("name", &self.name).field("impact", &self.impact).finish_non_exhaustive()
    }
}
