//! JSON Schema, with every fault told in words that never hold a value.

use super::arguments::Unresolved;
use super::describe::describe;
use super::faults::Faults;
use super::rules::InputRules;
use crate::load::FaultText;
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use keyferry_core::pointer::child;
use keyferry_core::{ErrorCode, FieldFault};
use serde_json::Value;
use std::collections::HashSet;

pub(super) fn check(document: &Value, rules: &InputRules, unresolved: &[Unresolved], faults: &mut Faults) {
    let open: HashSet<&str> = unresolved.iter().map(|open| open.pointer.as_str()).collect();
    for error in rules.validator().iter_errors(document) {
        if !open.contains(error.instance_path().as_str()) {
            Told { rules }.tell(&error, faults);
        }
    }
}

struct Told<'t> {
    rules: &'t InputRules,
}

impl Told<'_> {
    fn tell(&self, error: &ValidationError<'_>, faults: &mut Faults) {
        let pointer = error.instance_path().as_str();
        let text = self.own_text(error);
        let code = text.map_or(ErrorCode::InvalidArguments, |text| text.code.0);
        let own = |general: String| text.map_or(general, |text| text.message.clone());
        match error.kind() {
            Kind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                faults.push(code, FieldFault::missing(child(pointer, name), own("is required".to_owned())));
            }
            Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
                for name in unexpected {
                    faults.add(code, &child(pointer, name), own("is not known here".to_owned()));
                }
            }
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                self.tell_branches(error, context, text, faults);
            }
            kind => faults.add(code, pointer, own(describe(kind))),
        }
    }

    /// No branch fits: what to give when each only requires properties; else what is wrong with the one that was
    /// meant.
    fn tell_branches(
        &self,
        error: &ValidationError<'_>,
        branches: &[Vec<ValidationError<'static>>],
        text: Option<&FaultText>,
        faults: &mut Faults,
    ) {
        let pointer = error.instance_path().as_str();
        let code = text.map_or(ErrorCode::InvalidArguments, |text| text.code.0);
        if let Some(names) = required_of_all(branches) {
            let message =
                text.map_or_else(|| format!("needs {}", names.join(" or ")), |text| text.message.clone());
            faults.push(code, FieldFault::missing(pointer, message));
            return;
        }
        match (text, meant(branches, pointer)) {
            (None, Some(branch)) => branch.iter().for_each(|error| self.tell(error, faults)),
            (None, None) => faults.add(code, pointer, "has none of the forms that are taken"),
            (Some(text), _) => faults.add(code, pointer, text.message.clone()),
        }
    }

    fn own_text(&self, error: &ValidationError<'_>) -> Option<&FaultText> {
        let (schema, keyword) = error.schema_path().as_str().rsplit_once('/')?;
        self.rules.texts.get(schema)?.get(keyword)
    }
}

/// The names that the branches require, when they do nothing else.
fn required_of_all(branches: &[Vec<ValidationError<'static>>]) -> Option<Vec<String>> {
    let of_branch = |branch: &Vec<ValidationError<'static>>| {
        let name = |error: &ValidationError<'static>| match error.kind() {
            Kind::Required { property } => property.as_str().map(|name| format!("`{name}`")),
            _ => None,
        };
        branch.iter().map(name).collect::<Option<Vec<String>>>().map(|names| names.join(" and "))
    };
    branches.iter().map(of_branch).collect()
}

/// The only branch whose type the value has.
fn meant<'e>(
    branches: &'e [Vec<ValidationError<'static>>],
    pointer: &str,
) -> Option<&'e [ValidationError<'static>]> {
    let is_other_type = |error: &ValidationError<'static>| {
        error.instance_path().as_str() == pointer && matches!(error.kind(), Kind::Type { .. })
    };
    let mut fitting = branches.iter().filter(|branch| !branch.iter().any(is_other_type));
    match (fitting.next(), fitting.next()) {
        (Some(branch), None) => Some(branch),
        _ => None,
    }
}
