//! `x-keyferry`: what an agent and the gateway must know beyond OpenAPI. An unknown key is a fault.

use crate::{Example, Limit, MadeKind, ObjectOf, Pagination, Pattern, Quota, Shorthand, Stability};
use keyferry_core::{ErrorCode, Impact};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub(super) const KEY: &str = "x-keyferry";

/// On an operation.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct OperationMarks {
    pub(super) tool: Option<String>,
    pub(super) title: Option<String>,
    pub(super) impact: Option<Impact>,
    pub(super) when_to_use: Vec<String>,
    pub(super) ask_before: Vec<String>,
    pub(super) safe_defaults: Map<String, Value>,
    pub(super) examples: Vec<Example>,
    pub(super) prerequisites: Vec<String>,
    pub(super) follow_ups: Vec<String>,
    pub(super) synonyms: Vec<String>,
    pub(super) before: Option<BeforeMark>,
    pub(super) no_before: Option<String>,
    pub(super) affected: Vec<AffectedMark>,
    pub(super) no_affected: Option<String>,
    pub(super) object: Option<ObjectOf>,
    pub(super) subjects: Vec<Pattern>,
    pub(super) secret: Vec<SecretMark>,
    pub(super) secret_input: Vec<SecretInputMark>,
    pub(super) not_found_code: Option<Code>,
    pub(super) idempotent: Option<bool>,
    pub(super) if_unknown: Option<String>,
    pub(super) pagination: Option<Pagination>,
    pub(super) limit: Option<Limit>,
    pub(super) quota: Option<Quota>,
    pub(super) timeout_ms: Option<u64>,
    pub(super) requires_feature: Option<String>,
    pub(super) stability: Stability,
    pub(super) also_at: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BeforeMark {
    pub(super) tool: String,
    #[serde(default)]
    pub(super) arguments: BTreeMap<String, String>,
    pub(super) at: Pattern,
    #[serde(default, rename = "match")]
    pub(super) matching: BTreeMap<String, String>,
    pub(super) change: crate::Change,
    pub(super) fields: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AffectedMark {
    pub(super) tool: String,
    #[serde(default)]
    pub(super) arguments: BTreeMap<String, String>,
    pub(super) at: Pattern,
    pub(super) kind: String,
    pub(super) id: Pattern,
    pub(super) name: Option<Pattern>,
    pub(super) effect: Option<String>,
}

/// A secret of the answer that the schema can't mark.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretMark {
    pub(super) at: Pattern,
    pub(super) resource: ResourceByArgument,
    #[serde(rename = "as")]
    pub(super) place: Pattern,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretInputMark {
    pub(super) at: Pattern,
    pub(super) resource: ResourceByArgument,
    pub(super) find: crate::ToolRef,
    #[serde(rename = "as")]
    pub(super) place: Pattern,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceByArgument {
    pub(super) kind: String,
    pub(super) argument: String,
}

/// On a parameter or a schema.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SchemaMarks {
    /// The argument's name, when it is not the wire's.
    pub(super) argument: Option<String>,
    /// The slot's public field that fills a parameter.
    pub(super) field: Option<String>,
    pub(super) style: Option<DotsStyle>,
    pub(super) secret: bool,
    pub(super) free_form: Option<FreeForm>,
    pub(super) resource: Option<ResourceHere>,
    pub(super) drop: bool,
    pub(super) made: Option<MadeKind>,
    pub(super) max_bytes: Option<usize>,
    pub(super) faults: BTreeMap<String, FaultText>,
    pub(super) shorthand: Option<Shorthand>,
}

/// The one query style that OpenAPI has no word for.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DotsStyle {
    Dots,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FreeForm {
    pub(super) public: Vec<Pattern>,
}

/// This object is a resource; secrets below belong to it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceHere {
    pub(super) kind: String,
    pub(super) id: String,
}

/// What is said when a keyword is not met.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultText {
    pub(crate) code: Code,
    pub(crate) message: String,
}

/// An error code, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code(pub(crate) ErrorCode);

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map(Self).map_err(de::Error::custom)
    }
}

impl SchemaMarks {
    /// The marks of a schema or parameter that was resolved; `refs` has checked their form already.
    pub(super) fn of(schema: &Value) -> Self {
        let marks = schema.get(KEY).cloned();
        marks.and_then(|marks| serde_json::from_value(marks).ok()).unwrap_or_default()
    }
}
