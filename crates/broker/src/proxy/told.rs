//! A failure where an upstream's own clients look for one, beside the gateway's own form.

use crate::Broker;
use keyferry_catalog::Pattern;
use keyferry_core::Failure;
use serde_json::{Map, Value, json};

impl Broker {
    /// The fields to add to a failure's body, so that a client of this API finds code and message where the API itself
    /// would have put them. Nothing for an API that is not known.
    #[must_use]
    pub fn failure_for_clients(&self, integration: &str, api: &str, failure: &Failure) -> Map<String, Value> {
        let api = self.catalog().integration(integration).and_then(|integration| integration.api(api));
        let Some(style) = api.map(|api| &api.errors) else { return Map::new() };
        let said =
            [(&style.code, failure.code.as_str().to_owned()), (&style.message, failure.message.clone())];
        let mut error = json!({});
        for (place, text) in said {
            let Some(place) = place else { continue };
            put(&mut error, &place.to_string(), Value::String(text));
        }
        let mut body = json!({});
        put(&mut body, &style.at.as_ref().map(Pattern::to_string).unwrap_or_default(), error);
        match body {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }
}

/// Puts a value at a place of names and `*`, which is the first item of a list.
fn put(root: &mut Value, place: &str, value: Value) {
    let names = place.split('/').skip(1).collect::<Vec<_>>();
    let wrapped = names.into_iter().rev().fold(value, |inner, name| match name {
        "*" => json!([inner]),
        name => json!({ name: inner }),
    });
    match (root, wrapped) {
        (Value::Object(root), Value::Object(fields)) => root.extend(fields),
        (root, wrapped) => *root = wrapped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(place: &str) -> Value {
        let mut root = json!({});
        put(&mut root, place, json!({"code": "c"}));
        root
    }

    #[test]
    fn a_failure_is_put_where_the_api_puts_its_own() {
        assert_eq!(at(""), json!({"code": "c"}));
        assert_eq!(at("/error"), json!({"error": {"code": "c"}}));
        assert_eq!(at("/errors/*"), json!({"errors": [{"code": "c"}]}));
    }
}
