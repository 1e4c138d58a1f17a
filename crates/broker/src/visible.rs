//! Characters that could make a shown text read as another one are written out: `⟨U+202E⟩`.
//!
//! What a person approves comes from an agent. A right-to-left override or a zero-width space in a name must not
//! make "delete production" look like "delete staging".

use serde_json::Value;
use std::borrow::Cow;
use std::fmt::Write;

/// Controls, bidirectional marks, invisible joiners and separators, and the tag block.
fn deceives(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}'
        )
}

/// The text with every deceiving character written out.
#[must_use]
pub fn visible_text(text: &str) -> Cow<'_, str> {
    if !text.chars().any(deceives) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if deceives(character) {
            let _ = write!(shown, "⟨U+{:04X}⟩", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// The value with every deceiving character of its strings and keys written out.
#[must_use]
pub fn visible(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(visible_text(&text).into_owned()),
        Value::Array(items) => items.into_iter().map(visible).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(key, value)| (visible_text(&key).into_owned(), visible(value))).collect()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn overrides_joiners_and_controls_are_written_out_at_any_depth() {
        let shown = visible(json!({"na\u{200B}me": ["a\u{202E}b", "line\nbreak", 7]}));
        assert_eq!(shown, json!({"na⟨U+200B⟩me": ["a⟨U+202E⟩b", "line⟨U+000A⟩break", 7]}));
    }

    #[test]
    fn ordinary_text_of_any_script_stays_as_it_is() {
        for text in ["Zürich – 東京", "שלום", "مرحبا", "a🦀b"] {
            assert!(matches!(visible_text(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
