//! `select`: the part of an answer that the caller wants, as a JSON pointer in which `*` is every item or key of
//! one level (the catalog's pattern language). It runs on the redacted answer, in time linear in its size.

use keyferry_catalog::{Pattern, Tool};
use keyferry_core::{ErrorCode, Failure, FieldFault};
use serde_json::Value;
use std::io::{self, Write};

const LONGEST: usize = 500;

/// Bytes of an answer, as JSON, that something is selected from.
const MOST: usize = 1024 * 1024;

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

    /// The selected part of a tool's answer.
    ///
    /// # Errors
    /// `response_too_large` when the answer is longer than a megabyte.
    pub(crate) fn within_limits(&self, answer: &Value, tool: &Tool) -> Result<Value, Failure> {
        if serde_json::to_writer(Room(MOST), answer).is_ok() {
            return Ok(self.apply(answer));
        }
        let message = format!("The answer is longer than {MOST} bytes, the most that `select` reads.");
        let failure = Failure::new(ErrorCode::ResponseTooLarge, message);
        Err(if tool.impact.changes() {
            failure
                .hint("The change itself was made; do not send it again. Read its result without `select`.")
        } else {
            failure.hint("Ask for less (a smaller `limit`, a narrower filter), or leave `select` out.")
        })
    }

    /// The selected part: `null` when there is none; a list when the pointer has a `*`.
    pub(crate) fn apply(&self, answer: &Value) -> Value {
        let mut found = self.pattern.find(answer).into_iter().map(|place| place.value.clone());
        if self.many { found.collect() } else { found.next().unwrap_or(Value::Null) }
    }
}

/// Takes so many bytes, keeps none, and fails at the next.
struct Room(usize);

impl Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
    fn nothing_is_selected_from_more_than_a_megabyte() {
        let catalog = keyferry_catalog::Catalog::embedded().unwrap();
        let (read, write) =
            (catalog.tool("segment_list_sources").unwrap(), catalog.tool("segment_track").unwrap());
        let select = Select::parse("/b").unwrap();
        // `{"a":"…","b":1}` is 14 bytes and the text.
        let fits = json!({"a": "x".repeat(MOST - 14), "b": 1});
        assert_eq!(select.within_limits(&fits, &read).unwrap(), json!(1));
        let longer = json!({"a": "x".repeat(MOST - 13), "b": 1});
        let refused = select.within_limits(&longer, &read).unwrap_err();
        assert_eq!(refused.code, ErrorCode::ResponseTooLarge);
        let done = select.within_limits(&longer, &write).unwrap_err();
        assert!(done.hint.unwrap().contains("change itself was made"));
    }

    #[test]
    fn what_is_no_pointer_is_refused_before_anything_is_sent() {
        assert_eq!(Select::parse("data.sources").unwrap_err().code, ErrorCode::InvalidArguments);
        assert!(Select::parse(&"/a".repeat(300)).is_err());
    }
}
