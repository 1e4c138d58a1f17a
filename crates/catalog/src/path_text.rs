//! Texts that become part of a URL's path: whatever could make it another path is refused.

/// Why a text can't be a piece of a path, or `None` when it can. A piece that an upstream, or a proxy before it, could
/// read as another path is refused: encoding alone does not help where somebody decodes twice.
#[must_use]
pub fn unfit_for_path(text: &str) -> Option<&'static str> {
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
    #[case("a\u{85}b")]
    #[case("\u{0}")]
    fn what_could_be_another_path_is_refused(#[case] text: &str) {
        assert!(unfit_for_path(text).is_some(), "{text:?}");
    }

    #[rstest]
    #[case("wT4nPz8kGq")]
    #[case("a.b")]
    #[case("...")]
    #[case("%2e%2e")]
    #[case("alice+x@acme.com")]
    #[case("https://acme.com/u/1")]
    fn an_id_passes(#[case] text: &str) {
        assert_eq!(unfit_for_path(text), None, "{text:?}");
    }
}
