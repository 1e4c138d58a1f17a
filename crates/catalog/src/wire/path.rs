//! A path against a template: literals as they stand, values decoded once.

use super::{Recognized, escapes, query};
use crate::{Filling, Location, PathPiece, PathTemplate, Tool, unfit_for_path};
use serde_json::Map;
use std::sync::Arc;

pub(super) fn recognize(tool: &Arc<Tool>, path: &str) -> Option<Recognized> {
    let mut recognized = Recognized { tool: Arc::clone(tool), arguments: Map::new(), fields: Vec::new() };
    if tool.request.also_at.iter().any(|other| other == path) {
        return Some(recognized);
    }
    for (wire_name, text) in values(&tool.request.path, path)? {
        let parameter = tool
            .request
            .parameters
            .iter()
            .find(|parameter| parameter.location == Location::Path && parameter.wire_name == wire_name)?;
        match &parameter.filled_from {
            Filling::SlotField(field) => recognized.fields.push((field.clone(), text)),
            Filling::Argument(argument) => {
                let value = query::leaf(tool.schema_of(argument), text);
                recognized.arguments.insert(argument.clone(), value);
            }
        }
    }
    Some(recognized)
}

/// The values that stand in a path where the template has its parameters, each by its wire name; `None` when the path
/// is another one, or when a value could make it another one.
fn values<'t>(template: &'t PathTemplate, path: &str) -> Option<Vec<(&'t str, String)>> {
    let mut values = Vec::new();
    let mut rest = path;
    let mut pieces = template.pieces.iter().peekable();
    while let Some(piece) = pieces.next() {
        match piece {
            PathPiece::Literal(text) => rest = rest.strip_prefix(text.as_str())?,
            PathPiece::Parameter(name) => {
                let (raw, after) = rest.split_at(value_length(rest, pieces.peek().copied())?);
                let value = escapes::decoded(raw).filter(|value| unfit_for_path(value).is_none())?;
                values.push((name.as_str(), value));
                rest = after;
            }
        }
    }
    rest.is_empty().then_some(values)
}

/// How much of `rest` is a parameter's value: up to the literal behind it, and never beyond its segment.
fn value_length(rest: &str, next: Option<&PathPiece>) -> Option<usize> {
    let segment = rest.split('/').next().unwrap_or_default();
    match next {
        Some(PathPiece::Literal(text)) => {
            let within = text.split('/').next().unwrap_or_default();
            if within.is_empty() { Some(segment.len()) } else { segment.find(within) }
        }
        Some(PathPiece::Parameter(_)) => None,
        None => Some(segment.len()),
    }
}

impl PathTemplate {
    /// How many bytes of a path the template itself says.
    pub(super) fn literal_length(&self) -> usize {
        let lengths = self.pieces.iter().map(|piece| match piece {
            PathPiece::Literal(text) => text.len(),
            PathPiece::Parameter(_) => 0,
        });
        lengths.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const PROFILE: &str = "/profiles/{type}:{id}/traits";

    fn found(template: &str, path: &str) -> Option<Vec<String>> {
        let template = PathTemplate::parse(template).unwrap();
        Some(values(&template, path)?.into_iter().map(|(_, value)| value).collect())
    }

    #[rstest]
    #[case("/v1/batch", "/v1/batch", &[])]
    #[case("/", "/", &[])]
    #[case("/sources/{id}", "/sources/s1", &["s1"])]
    #[case("/sources/{id}", "/sources/a%2Fb", &["a/b"])]
    #[case("/sources/{id}/labels", "/sources/s1/labels", &["s1"])]
    #[case(PROFILE, "/profiles/user_id:u1/traits", &["user_id", "u1"])]
    #[case(PROFILE, "/profiles/user_id:a:b%3Ac/traits", &["user_id", "a:b:c"])]
    fn a_path_of_the_template_is_taken_apart(
        #[case] template: &str,
        #[case] path: &str,
        #[case] expected: &[&str],
    ) {
        assert_eq!(found(template, path).unwrap(), expected);
    }

    #[rstest]
    #[case("/v1/batch", "/v1/batch/")]
    #[case("/v1/batch", "/v1/BATCH")]
    #[case("/v1/batch", "/v1//batch")]
    #[case("/v1/batch", "/v1/%62atch")]
    #[case("/v1/batch", "/v1/x/../batch")]
    #[case("/sources/{id}", "/sources/")]
    #[case("/sources/{id}", "/sources/s1/labels")]
    #[case("/sources/{id}", "/sources/..")]
    #[case("/sources/{id}", "/sources/%2e%2e")]
    #[case("/sources/{id}", "/sources/%2E.")]
    #[case("/sources/{id}", "/sources/a%2F..%2Fb")]
    #[case("/sources/{id}", "/sources/a%5Cb")]
    #[case("/sources/{id}", "/sources/a%00")]
    #[case("/sources/{id}", "/sources/%zz")]
    #[case("/sources/{id}", "/sources/%ff")]
    #[case("/sources/{id}/labels", "/sources//labels")]
    #[case(PROFILE, "/profiles/user_id/traits")]
    #[case(PROFILE, "/profiles/:u1/traits")]
    #[case(PROFILE, "/profiles/user_id:/traits")]
    #[case(PROFILE, "/profiles/user_id%3Au1/traits")]
    fn any_other_path_is_not(#[case] template: &str, #[case] path: &str) {
        assert_eq!(found(template, path), None);
    }
}
