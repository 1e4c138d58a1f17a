//! A tool's arguments as a person types them: a JSON object, a file of it, standard input, or one by one.

use crate::cli::CallArguments;
use crate::exit::Ended;
use anyhow::Context;
use keyferry_client::Client;
use serde_json::{Map, Value};
use std::io::Read;

/// What was typed, as the gateway takes it. Those given one by one are laid over the object.
pub(super) async fn read(asked: &CallArguments, client: &Client) -> anyhow::Result<Value> {
    let object = object(asked.params.as_deref().unwrap_or("{}"))?;
    let given = asked.given();
    if given.is_empty() {
        return Ok(object);
    }
    let schema = client.describe(asked.tool()).await?.raw["tool"]["inputSchema"].take();
    let Value::Object(mut all) = object else {
        return Err(Ended::arguments("--params is no JSON object, so nothing can be laid over it").into());
    };
    for one in given {
        let Some((name, text)) = one.split_once('=') else {
            let mend = format!("`{one}` has no value: write `{one}=VALUE`, or JSON with --params");
            return Err(Ended::arguments(mend).into());
        };
        let path: Vec<&str> = name.split('.').collect();
        put(&mut all, &path, value(text, &described(&schema, &path)));
    }
    Ok(Value::Object(all))
}

fn object(params: &str) -> anyhow::Result<Value> {
    let text = match params {
        "-" => {
            let mut text = String::new();
            let read = std::io::stdin().read_to_string(&mut text);
            read.context("can't read the arguments from standard input")?;
            text
        }
        given => match given.strip_prefix('@') {
            Some(file) => std::fs::read_to_string(file)
                .map_err(|error| Ended::arguments(format!("--params: can't read {file}: {error}")))?,
            None => given.to_owned(),
        },
    };
    if text.trim().is_empty() {
        return Err(Ended::arguments("--params is empty; no arguments at all are `{}`").into());
    }
    let object = serde_json::from_str(&text);
    Ok(object.map_err(|error| Ended::arguments(format!("--params is not JSON: {error}")))?)
}

/// What the tool's schema says of a name, or of one within another.
fn described(schema: &Value, path: &[&str]) -> Value {
    path.iter().fold(schema.clone(), |schema, name| schema["properties"][name].clone())
}

/// The text as the schema's type: a text stays one, a list is split at commas, all else is JSON where it is some.
fn value(text: &str, described: &Value) -> Value {
    let is = |kind: &str| match &described["type"] {
        Value::Array(kinds) => kinds.iter().any(|one| one == kind),
        one => one == kind,
    };
    if is("string") {
        return Value::String(text.to_owned());
    }
    match serde_json::from_str(text) {
        Ok(value) => value,
        Err(_) if is("array") => text.split(',').map(Value::from).collect(),
        Err(_) => Value::String(text.to_owned()),
    }
}

fn put(into: &mut Map<String, Value>, path: &[&str], value: Value) {
    let Some((name, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        into.insert((*name).to_owned(), value);
        return;
    }
    let below = into.entry(*name).or_insert_with(|| Value::Object(Map::new()));
    if !below.is_object() {
        *below = Value::Object(Map::new());
    }
    if let Value::Object(below) = below {
        put(below, rest, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_typed_becomes_what_the_schema_says() {
        let schema = json!({"properties": {
            "userId": {"type": "string"}, "limit": {"type": ["integer", "null"]}, "labels": {"type": "array"},
            "traits": {"type": "object", "properties": {"plan": {"type": "string"}}}
        }});
        let mut all = Map::new();
        let typed = [
            ("userId", "1001"),
            ("limit", "5"),
            ("labels", "env:prod,web"),
            ("traits.plan", "true"),
            ("traits.age", "31"),
            ("unknown", "as it is"),
        ];
        for (name, text) in typed {
            let path: Vec<&str> = name.split('.').collect();
            put(&mut all, &path, value(text, &described(&schema, &path)));
        }
        assert_eq!(
            Value::Object(all),
            json!({"userId": "1001", "limit": 5, "labels": ["env:prod", "web"],
                "traits": {"plan": "true", "age": 31}, "unknown": "as it is"})
        );
    }

    #[test]
    fn a_file_is_read_and_what_is_no_json_is_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "{\"limit\": 3}").unwrap();
        assert_eq!(object(&format!("@{}", file.path().display())).unwrap(), json!({"limit": 3}));
        assert!(object("{limit: 3}").unwrap_err().to_string().starts_with("--params is not JSON"));
        assert!(object("@/nowhere/at/all").is_err());
        assert!(object(" \n").unwrap_err().to_string().contains("empty"));
    }
}
