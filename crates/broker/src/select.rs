//! `select`: the part of an answer that the caller wants, as a JSON pointer in which `*` is every item or key of
//! one level (the catalog's pattern language). It runs on the redacted answer, in time linear in its size.

use keyferry_catalog::Pattern;
use keyferry_core::{ErrorCode, Failure, FieldFault};
use serde_json::Value;

const LONGEST: usize = 500;

/// A parsed `select`.
#[derive(Debug, Clone)]
pub(crate) struct Select {
    pattern: Pattern,
    /// Whether it may name several places, so that the answer is a list.
    many: bool,
}

impl Select {
    /// # Errors
    /// `invalid_arguments` when it is not a pointer; nothing was sent then.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let pattern = (text.len() <= LONGEST).then(|| Pattern::parse(text).ok()).flatten();
        let many = text.split('/').any(|part| part == "*" || part == "**");
        pattern.map(|pattern| Self { pattern, many }).ok_or_else(|| {
            let fault = FieldFault::invalid("/select", "begins with `/`, as in `/data/sources/*/id`");
            Failure::new(ErrorCode::InvalidArguments, "`select` is not a JSON pointer.").faults(vec![fault])
        })
    }

    /// The selected part: `null` when there is none; a list when the pointer has a `*`.
    pub(crate) fn apply(&self, answer: &Value) -> Value {
        let mut found = self.pattern.find(answer).into_iter().map(|place| place.value.clone());
        if self.many { found.collect() } else { found.next().unwrap_or(Value::Null) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn select(pointer: &str, value: &Value) -> Value {
        Select::parse(pointer).unwrap().apply(value)
    }

    #[test]
    fn a_pointer_selects_one_value_and_a_star_all() {
        let answer = json!({"data": {"sources": [{"id": "a"}, {"id": "b"}, {}], "a/b": 1}});
        assert_eq!(select("/data/sources/*/id", &answer), json!(["a", "b"]));
        assert_eq!(select("/data/sources/1/id", &answer), json!("b"));
        assert_eq!(select("/data/a~1b", &answer), json!(1));
        assert_eq!(select("/data/none", &answer), Value::Null);
        assert_eq!(select("", &answer), answer);
    }

    #[test]
    fn what_is_no_pointer_is_refused_before_anything_is_sent() {
        assert_eq!(Select::parse("data.sources").unwrap_err().code, ErrorCode::InvalidArguments);
        assert!(Select::parse(&"/a".repeat(300)).is_err());
    }
}
