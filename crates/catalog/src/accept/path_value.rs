//! Arguments that become part of a path: whatever could make it another path is refused here.

use super::faults::Faults;
use crate::pointer::child;
use keyferry_core::ErrorCode;
use serde_json::{Map, Value};

pub(super) fn check(arguments: &Map<String, Value>, path_arguments: &[String], faults: &mut Faults) {
    for name in path_arguments {
        let Some(Value::String(text)) = arguments.get(name) else { continue };
        if let Some(problem) = problem(text) {
            faults.add(ErrorCode::InvalidArguments, &child("", name), problem);
        }
    }
}

/// Why a text can't be a part of a path.
fn problem(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("must not be empty");
    }
    if text.chars().all(|letter| letter == '/') {
        return Some("must not be only slashes");
    }
    if text.contains('\\') {
        return Some("must not hold a backslash");
    }
    if text.chars().any(char::is_control) {
        return Some("must not hold control characters");
    }
    text.split('/')
        .any(|part| part == "." || part == "..")
        .then_some("must not be or hold the path parts `.` and `..`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("")]
    #[case(".")]
    #[case("..")]
    #[case("/")]
    #[case("//")]
    #[case("../sources")]
    #[case("a/../b")]
    #[case("a\\b")]
    #[case("a\nb")]
    #[case("\u{7f}")]
    fn what_could_be_another_path_is_refused(#[case] text: &str) {
        assert!(problem(text).is_some(), "{text:?}");
    }

    #[rstest]
    #[case("wT4nPz8kGq")]
    #[case("a.b")]
    #[case("...")]
    #[case("alice+x@acme.com")]
    #[case("https://acme.com/u/1")]
    fn an_id_passes(#[case] text: &str) {
        assert_eq!(problem(text), None, "{text:?}");
    }
}
