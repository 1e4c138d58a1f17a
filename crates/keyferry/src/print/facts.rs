//! JSON as a person reads it: a name and a value a line, nested names joined by dots.

use super::Screen;
use serde_json::Value;

/// Every field of an object. What is nested stands beneath its own name, lists in one place.
pub(crate) fn facts(screen: Screen, indent: u16, object: &Value) -> String {
    let mut rows = Vec::new();
    gather("", object, &mut rows);
    screen.pairs(indent, rows)
}

fn gather(name: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            // What a person knows a thing by comes first.
            let rank = |field: &str| ["name", "id"].iter().position(|first| *first == field).unwrap_or(2);
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(field, _)| rank(field));
            for (field, value) in fields {
                let name = if name.is_empty() { field.clone() } else { format!("{name}.{field}") };
                gather(&name, value, rows);
            }
        }
        value => rows.push((name.to_owned(), text(value))),
    }
}

/// A value without JSON's marks where it needs none.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "–".to_owned(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Object(fields) if fields.is_empty() => "none".to_owned(),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            items.iter().map(text).collect::<Vec<_>>().join(", ")
        }
        Value::Array(items) => items.iter().map(compact).collect::<Vec<_>>().join("\n"),
        other => compact(other),
    }
}

/// JSON in one line.
pub(crate) fn compact(value: &Value) -> String {
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_state_is_read_line_by_line() {
        let source = json!({
            "enabled": true, "labels": [{"key": "env", "value": "prod"}], "name": "Website", "settings": {},
            "metadata": {"name": "Javascript", "description": "What a browser sends, and how it is told apart from what a server sends"},
            "workspaceId": null, "writeKeys": ["kfs_1", "kfs_2"]
        });
        insta::assert_snapshot!(facts(Screen::plain(60), 2, &source), @r#"
        name                  Website
        enabled               true
        labels                {"key":"env","value":"prod"}
        metadata.name         Javascript
        metadata.description  What a browser sends, and how it
                              is told apart from what a server
                              sends
        settings              none
        workspaceId           –
        writeKeys             kfs_1, kfs_2
        "#);
    }
}
