//! Query strings in the forms that OpenAPI names, and with dots, as Segment documents its own.

use crate::encode::encoded;
use crate::render::scalar;
use keyferry_catalog::QueryStyle;
use serde_json::Value;

/// A query string that is being written.
#[derive(Default)]
pub(crate) struct Query(String);

impl Query {
    /// Adds a value under a name; `null` adds nothing.
    pub(crate) fn add(&mut self, style: QueryStyle, name: &str, value: &Value) {
        match (style, value) {
            (QueryStyle::Repeated, Value::Array(items)) => {
                items.iter().for_each(|item| self.pair(name, item));
            }
            (QueryStyle::Commas, Value::Array(items)) => {
                let items: Vec<String> =
                    items.iter().filter_map(scalar).map(|item| encoded(&item).to_string()).collect();
                self.raw_pair(&encoded(name).to_string(), &items.join(","));
            }
            (QueryStyle::DeepObject, nested) => {
                self.nested(name, nested, &|outer, inner| format!("{outer}[{inner}]"));
            }
            (QueryStyle::Dots, nested) => {
                self.nested(name, nested, &|outer, inner| format!("{outer}.{inner}"));
            }
            (QueryStyle::Repeated | QueryStyle::Commas, single) => self.pair(name, single),
        }
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }

    fn nested(&mut self, name: &str, value: &Value, join: &dyn Fn(&str, &str) -> String) {
        match value {
            Value::Object(fields) => {
                fields.iter().for_each(|(field, inner)| self.nested(&join(name, field), inner, join));
            }
            Value::Array(items) => {
                let indexed = items.iter().enumerate();
                indexed.for_each(|(index, inner)| self.nested(&join(name, &index.to_string()), inner, join));
            }
            single => self.pair(name, single),
        }
    }

    fn pair(&mut self, name: &str, value: &Value) {
        let text = match value {
            Value::Array(_) | Value::Object(_) => Some(value.to_string()),
            single => scalar(single),
        };
        if let Some(text) = text {
            self.raw_pair(&encoded(name).to_string(), &encoded(&text).to_string());
        }
    }

    fn raw_pair(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.push_str(name);
        self.0.push('=');
        self.0.push_str(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::dotted_name(QueryStyle::Repeated, "pagination.count", json!(3), "pagination.count=3")]
    #[case::cursor(QueryStyle::Repeated, "pagination.cursor", json!("Mw=="), "pagination.cursor=Mw%3D%3D")]
    #[case::repeated(QueryStyle::Repeated, "a", json!(["x", "y&z"]), "a=x&a=y%26z")]
    #[case::commas(QueryStyle::Commas, "include", json!(["a", "b,c", true]), "include=a,b%2Cc,true")]
    #[case::deep(QueryStyle::DeepObject, "p", json!({"count": 1, "cursor": "MA=="}), "p%5Bcount%5D=1&p%5Bcursor%5D=MA%3D%3D")]
    #[case::dots_of_an_array(QueryStyle::Dots, "groupBy", json!(["a", "b"]), "groupBy.0=a&groupBy.1=b")]
    #[case::dots_of_an_object(QueryStyle::Dots, "f", json!({"a": {"b": 1}}), "f.a.b=1")]
    #[case::null(QueryStyle::Repeated, "a", json!(null), "")]
    #[case::nothing(QueryStyle::Repeated, "a", json!([]), "")]
    #[case::injection(QueryStyle::Repeated, "a", json!("1&b=2#c"), "a=1%26b%3D2%23c")]
    fn a_value_is_written_in_its_style(
        #[case] style: QueryStyle,
        #[case] name: &str,
        #[case] value: Value,
        #[case] expected: &str,
    ) {
        let mut query = Query::default();
        query.add(style, name, &value);
        assert_eq!(query.finish(), expected);
    }
}
