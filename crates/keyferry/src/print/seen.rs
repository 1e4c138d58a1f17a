//! What others wrote, as a terminal may be given it: no character of it moves the cursor, hides what stands beside it, or
//! turns its order round. Every answer passes through here before it is printed.

use keyferry_core::{visible, visible_text};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::Write;

/// An answer to be shown, with what would deceive written out.
pub(crate) fn seen<T: DeserializeOwned>(answer: &Value) -> anyhow::Result<T> {
    Ok(serde_json::from_value(visible(answer.clone()))?)
}

/// The same for what a catalog says, which has paragraphs: its lines stay lines.
pub(crate) fn seen_in_lines(answer: &Value) -> Value {
    match answer {
        Value::String(text) => Value::String(written_out(text)),
        Value::Array(items) => items.iter().map(seen_in_lines).collect(),
        Value::Object(fields) => {
            let seen =
                fields.iter().map(|(name, value)| (visible_text(name).into_owned(), seen_in_lines(value)));
            Value::Object(seen.collect())
        }
        other => other.clone(),
    }
}

/// A text of several lines.
pub(crate) fn written_out(text: &str) -> String {
    text.split('\n').map(visible_text).collect::<Vec<_>>().join("\n")
}

/// As a program reads it: the value to the letter, with JSON's own escapes where a terminal would obey.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    println!("{}", escaped(&serde_json::to_string_pretty(value)?));
    Ok(())
}

/// Such characters stand in strings alone, but for the line ends between them.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        let shown =
            character == '\n' || matches!(visible_text(character.encode_utf8(&mut [0; 4])), Cow::Borrowed(_));
        if shown {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SLY: &str = "a\u{1b}[1A\u{9b}2J\u{7}\u{202e}b\nc\u{e0001}";

    #[test]
    fn json_means_the_same_and_a_terminal_obeys_none_of_it() {
        let value = json!({"event": SLY, "plain": "Zürich – 東京", SLY: 1});
        let shown = escaped(&serde_json::to_string_pretty(&value).unwrap());
        assert!(written_out(&shown) == shown, "{shown:?}");
        assert!(shown.contains("Zürich – 東京"));
        assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), value);
    }

    #[test]
    fn an_answer_is_written_out_and_only_paragraphs_keep_their_lines() {
        let out = "a⟨U+001B⟩[1A⟨U+009B⟩2J⟨U+0007⟩⟨U+202E⟩b";
        let all: Value = seen(&json!({"object": SLY})).unwrap();
        assert_eq!(all["object"], format!("{out}⟨U+000A⟩c⟨U+E0001⟩"));
        let text = seen_in_lines(&json!({"description": [SLY]}));
        assert_eq!(text["description"][0], format!("{out}\nc⟨U+E0001⟩"));
    }
}
