//! `openapi.json`, as far as a client goes by it.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The committed description of the API.
pub(crate) struct Description(Value);

/// One method of one path.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'a> {
    api: &'a Value,
    told: &'a Value,
}

/// A schema, and where its references lead.
#[derive(Clone, Copy)]
pub(crate) struct Schema<'a> {
    api: &'a Value,
    node: &'a Value,
}

impl Description {
    pub(crate) fn read() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi.json");
        Self(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    }

    /// What serves this path; of several, the one that names most of it.
    pub(crate) fn operation(&self, method: &str, path: &str) -> Option<Operation<'_>> {
        let paths = self.0["paths"].as_object().unwrap().iter();
        let serving = paths.filter(|(pattern, _)| matches(pattern, path));
        let (_, item) = serving.min_by_key(|(pattern, _)| pattern.matches('{').count())?;
        item.get(method.to_ascii_lowercase()).map(|told| Operation { api: &self.0, told })
    }

    /// A schema by its name.
    pub(crate) fn schema(&self, name: &str) -> Schema<'_> {
        let node = &self.0["components"]["schemas"][name];
        assert!(node.is_object(), "openapi.json has no schema `{name}`");
        Schema { api: &self.0, node }
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.split('/'), path.split('/'));
    pattern.clone().count() == path.clone().count()
        && pattern.zip(path).all(|(one, other)| one.starts_with('{') || one == other)
}

impl<'a> Operation<'a> {
    pub(crate) fn takes_in_query(&self, name: &str) -> bool {
        let parameters = self.told["parameters"].as_array();
        parameters.into_iter().flatten().any(|one| one["in"] == "query" && one["name"] == name)
    }

    /// What its body is, when it takes one.
    pub(crate) fn body(&self) -> Option<Schema<'a>> {
        self.schema_of(&self.told["requestBody"])
    }

    /// What it answers when it did what was asked. Of several forms, the one that the client reads.
    pub(crate) fn answer(&self) -> Option<Schema<'a>> {
        self.schema_of(&self.told["responses"]["200"]).map(Schema::read)
    }

    fn schema_of(&self, content: &'a Value) -> Option<Schema<'a>> {
        let (_, media) = content["content"].as_object()?.iter().next()?;
        Some(Schema { api: self.api, node: &media["schema"] })
    }
}

impl<'a> Schema<'a> {
    fn at(self, node: &'a Value) -> Self {
        Self { node, ..self }
    }

    /// The schema that is meant: references followed, "or null" left out.
    pub(crate) fn meant(self) -> Self {
        if let Some(name) = self.name() {
            return self.at(&self.api["components"]["schemas"][name]).meant();
        }
        let forms = self.node["oneOf"].as_array().into_iter().flatten();
        let mut forms = forms.filter(|form| form["type"] != "null");
        match (forms.next(), forms.next()) {
            (Some(only), None) => self.at(only).meant(),
            (None, _) => self,
            _ => panic!("several forms, and nothing says which is meant: {}", self.node),
        }
    }

    fn name(self) -> Option<&'a str> {
        self.node["$ref"].as_str()?.rsplit('/').next()
    }

    /// The brief one, or the link for a person.
    fn read(self) -> Self {
        let named = self.name().map_or(self, |name| self.at(&self.api["components"]["schemas"][name]));
        let forms = named.node["oneOf"].as_array().into_iter().flatten().map(|form| self.at(form));
        forms
            .into_iter()
            .find(|form| {
                let brief = form.name().is_some_and(|name| name.starts_with("Brief"));
                brief || form.node["properties"].get("connectUrl").is_some()
            })
            .unwrap_or(self)
    }

    pub(crate) fn properties(self) -> BTreeMap<&'a str, Self> {
        let told = self.meant().node["properties"].as_object().into_iter().flatten();
        told.map(|(name, node)| (name.as_str(), self.at(node))).collect()
    }

    pub(crate) fn items(self) -> Self {
        self.at(&self.meant().node["items"])
    }

    /// Whether it may be a value of this type. A schema that says no type may be any.
    pub(crate) fn may_be(self, kind: &str) -> bool {
        match &self.meant().node["type"] {
            Value::String(only) => only == kind,
            Value::Array(several) => several.iter().any(|one| one == kind),
            _ => true,
        }
    }

    fn requires(self, name: &str) -> bool {
        let required = self.meant().node["required"].as_array();
        required.into_iter().flatten().any(|one| one == name)
    }

    fn may_be_null(self) -> bool {
        let forms = self.node["oneOf"].as_array().into_iter().flatten();
        self.node == &json!({}) || self.may_be("null") || forms.into_iter().any(|form| form["type"] == "null")
    }

    /// A value of this schema: with everything that it names, or with no more than it promises, and `null` wherever it
    /// may be. Each text is the JSON pointer of its place.
    pub(crate) fn example(self, whole: bool, at: &str) -> Value {
        if !whole && self.may_be_null() {
            return Value::Null;
        }
        let meant = self.meant();
        if let Some(first) = meant.node["enum"].as_array().and_then(|words| words.first()) {
            return first.clone();
        }
        if meant.node.get("properties").is_some() {
            return Value::Object(meant.fields(whole, at));
        }
        match () {
            () if meant.may_be("string") => at.into(),
            () if meant.may_be("integer") || meant.may_be("number") => 1.into(),
            () if meant.may_be("boolean") => true.into(),
            () if meant.may_be("array") && whole => json!([meant.items().example(whole, &format!("{at}/0"))]),
            () if meant.may_be("array") => json!([]),
            () => json!({}),
        }
    }

    fn fields(self, whole: bool, at: &str) -> Map<String, Value> {
        let promised = |(name, schema): &(&str, Self)| whole || self.requires(name) || schema.may_be_null();
        let promised = self.properties().into_iter().filter(promised);
        promised
            .map(|(name, schema)| (name.to_owned(), schema.example(whole, &format!("{at}/{name}"))))
            .collect()
    }
}
