//! Characters that could make a shown text read as another one are written out: `⟨U+202E⟩`.
//!
//! What a person decides by comes from an agent or a stranger. A right-to-left override, a zero-width space or a blank
//! letter in a name must not make "delete production" look like "delete staging".

use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write;

/// Control characters, line and paragraph ends, bidirectional marks, and characters without width or ink.
fn deceives(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// The text with every character that could hide or reorder others written out as its code point. Borrowed when there
/// is none.
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

/// The value with every such character of its strings and keys written out. A key that would become one that is there
/// already is numbered, so that nothing is left out.
#[must_use]
pub fn visible(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(visible_text(&text).into_owned()),
        Value::Array(items) => items.into_iter().map(visible).collect(),
        Value::Object(fields) => Value::Object(visible_fields(fields)),
        other => other,
    }
}

fn visible_fields(fields: Map<String, Value>) -> Map<String, Value> {
    let plain = |key: &&String| matches!(visible_text(key), Cow::Borrowed(_));
    let mut taken: HashSet<String> = fields.keys().filter(plain).cloned().collect();
    fields
        .into_iter()
        .map(|(key, value)| {
            let name = match visible_text(&key) {
                Cow::Borrowed(_) => key,
                Cow::Owned(name) => numbered(name, &mut taken),
            };
            (name, visible(value))
        })
        .collect()
}

/// The name, or `name (2)`, `name (3)`, … when it is taken.
fn numbered(name: String, taken: &mut HashSet<String>) -> String {
    let mut free = name.clone();
    let mut number = 1;
    while !taken.insert(free.clone()) {
        number += 1;
        free = format!("{name} ({number})");
    }
    free
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
    fn what_has_no_ink_is_written_out() {
        for blank in
            ['\u{34f}', '\u{1160}', '\u{17b4}', '\u{180b}', '\u{2800}', '\u{3164}', '\u{fe0f}', '\u{ffa0}']
        {
            let shown = format!("a⟨U+{:04X}⟩b", u32::from(blank));
            assert_eq!(visible_text(&format!("a{blank}b")), shown);
        }
        assert_eq!(visible_text("\u{e0100}"), "⟨U+E0100⟩");
    }

    #[test]
    fn keys_that_become_alike_are_numbered() {
        let given = json!({"a\u{200B}": 1, "a⟨U+200B⟩": 2, "a⟨U+200B⟩ (2)": 3});
        let shown = visible(given);
        assert_eq!(shown, json!({"a⟨U+200B⟩": 2, "a⟨U+200B⟩ (2)": 3, "a⟨U+200B⟩ (3)": 1}));
    }

    #[test]
    fn ordinary_text_of_any_script_stays_as_it_is() {
        for text in ["Zürich – 東京", "שלום", "مرحبا", "a🦀b", "Zoë’s 電腦 🖥"] {
            assert!(matches!(visible_text(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
