//! A sentence for every keyword of JSON Schema that is not met.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

/// More options than this are not listed.
const LISTED: usize = 40;

/// What would be right. Quotes the schema, never the value.
pub(super) fn describe(kind: &Kind) -> String {
    match kind {
        Kind::Type { kind } => format!("must be {}", type_words(kind)),
        Kind::Enum { options } => format!("must be one of {}", listed(options)),
        Kind::Constant { expected_value } => format!("must be {expected_value}"),
        Kind::MinLength { limit: 1 } => "must not be empty".to_owned(),
        Kind::MinLength { limit } => format!("must have at least {limit} characters"),
        Kind::MaxLength { limit } => format!("must have at most {limit} characters"),
        Kind::Minimum { limit } => format!("must be {limit} or more"),
        Kind::Maximum { limit } => format!("must be {limit} or less"),
        Kind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("must be a multiple of {multiple_of}"),
        Kind::MinItems { limit } => format!("must have at least {limit} items"),
        Kind::MaxItems { limit } => format!("must have at most {limit} items"),
        Kind::MinProperties { limit } => format!("must have at least {limit} entries"),
        Kind::MaxProperties { limit } => format!("must have at most {limit} entries"),
        Kind::UniqueItems => "must not hold the same item twice".to_owned(),
        Kind::Pattern { pattern } => format!("must match the pattern {pattern}"),
        Kind::Format { format } => format!("must be {}", format_words(format)),
        Kind::OneOfMultipleValid { .. } => "fits several forms; give only one of them".to_owned(),
        Kind::FalseSchema | Kind::Not { .. } => "must not be given like this".to_owned(),
        Kind::PropertyNames { error } => format!("has a name that {}", describe(error.kind())),
        other => format!("does not meet `{}` of the schema", other.keyword()),
    }
}

fn type_words(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(kind) => article(kind.as_str()),
        TypeKind::Multiple(kinds) => {
            kinds.iter().map(|kind| article(kind.as_str())).collect::<Vec<_>>().join(" or ")
        }
    }
}

fn article(kind: &str) -> String {
    match kind {
        "null" => "null".to_owned(),
        "array" | "integer" | "object" => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}

fn listed(options: &Value) -> String {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut words: Vec<String> = options.iter().take(LISTED).map(Value::to_string).collect();
    if options.len() > LISTED {
        words.push(format!("and {} more", options.len() - LISTED));
    }
    words.join(", ")
}

fn format_words(format: &str) -> &str {
    match format {
        "date-time" => "an RFC 3339 time with a time zone, such as 2026-03-14T10:22:31Z",
        "date" => "a date, such as 2026-03-01",
        other => other,
    }
}
