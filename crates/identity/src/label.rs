//! Names that others chose: shown as they are, with nothing hidden in them.

use keyferry_core::visible_text;

/// The longest label that is kept, in characters.
const LONGEST: usize = 80;

/// A name that a stranger gave, fit to be shown to a person who decides by it: one line of at most 80 characters in
/// which control, bidirectional and invisible characters are written out as `⟨U+202E⟩`. `None` when nothing is left.
#[must_use]
pub fn shown_label(text: &str) -> Option<String> {
    let visible = visible(text.trim());
    let short: String = visible.chars().take(LONGEST).collect();
    let label = short.trim_end();
    (!label.is_empty()).then(|| label.to_owned())
}

/// The text with every character that could hide or reorder others written out as its code point.
#[must_use]
pub fn visible(text: &str) -> String {
    visible_text(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_reorders_or_hides_is_written_out() {
        assert_eq!(visible("a\u{202e}b"), "a⟨U+202E⟩b");
        assert_eq!(visible("line\nline\u{200b}"), "line⟨U+000A⟩line⟨U+200B⟩");
        assert_eq!(visible("Zoë’s 電腦 🖥"), "Zoë’s 電腦 🖥");
    }

    #[test]
    fn a_label_is_one_short_line_or_nothing() {
        assert_eq!(shown_label("  my laptop "), Some("my laptop".to_owned()));
        assert_eq!(shown_label(" \t "), None);
        assert_eq!(shown_label(&"x".repeat(500)).map(|label| label.chars().count()), Some(80));
    }

    proptest! {
        #[test]
        fn no_label_is_longer_than_80_or_holds_what_deceives(text in any::<String>()) {
            if let Some(label) = shown_label(&text) {
                prop_assert!(label.chars().count() <= 80);
                prop_assert_eq!(visible_text(&label), label.as_str());
            }
        }
    }
}
