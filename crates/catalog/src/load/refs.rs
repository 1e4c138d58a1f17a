//! `$ref`: puts what is pointed at in its place, so that everything after sees plain schemas.

use super::Document;
use super::marks::{KEY, SchemaMarks};
use super::merge;
use crate::CatalogError;
use crate::yaml::{Kind, Node};
use serde_json::{Map, Value};

/// What may stand beside a `$ref`, and wins over the target's.
const BESIDE: [&str; 4] = ["description", "default", "examples", KEY];
/// Their values are data, not schemas.
const DATA: [&str; 5] = ["example", "examples", "default", "const", "enum"];

pub(super) struct Resolver<'d> {
    documents: &'d [Document],
}

impl<'d> Resolver<'d> {
    pub(super) fn new(documents: &'d [Document]) -> Self {
        Self { documents }
    }

    /// The value with every `$ref` replaced, every `allOf` united as far as it can be, and every `x-keyferry` checked.
    pub(super) fn resolve(&self, document: &'d Document, node: &'d Node) -> Result<Value, CatalogError> {
        self.value(document, node, &mut Vec::new())
    }

    fn value(
        &self,
        document: &'d Document,
        node: &'d Node,
        open: &mut Vec<&'d Node>,
    ) -> Result<Value, CatalogError> {
        match &node.kind {
            Kind::Map(_) => match node.get("$ref") {
                Some(reference) => self.follow(document, node, reference, open),
                None => self.map(document, node, open),
            },
            Kind::List(items) => items.iter().map(|item| self.value(document, item, open)).collect(),
            _ => Ok(node.to_value()),
        }
    }

    fn map(
        &self,
        document: &'d Document,
        node: &'d Node,
        open: &mut Vec<&'d Node>,
    ) -> Result<Value, CatalogError> {
        let mut map = Map::new();
        for (key, _, value) in node.entries() {
            let resolved = if key == KEY {
                document.decode::<SchemaMarks>(value, "`x-keyferry`")?;
                value.to_value()
            } else if DATA.contains(&key.as_str()) {
                value.to_value()
            } else {
                self.value(document, value, open)?
            };
            map.insert(key.clone(), resolved);
        }
        merge::unite_all_of(&mut map);
        Ok(Value::Object(map))
    }

    fn follow(
        &self,
        document: &'d Document,
        node: &'d Node,
        reference: &'d Node,
        open: &mut Vec<&'d Node>,
    ) -> Result<Value, CatalogError> {
        let (home, target) = self.target(document, reference)?;
        if open.iter().any(|known| std::ptr::eq(*known, target)) {
            return Err(document.fault(
                reference.line,
                "this `$ref` leads back to itself",
                "break the circle",
            ));
        }
        open.push(target);
        let resolved = self.value(home, target, open)?;
        open.pop();
        beside(document, node, resolved)
    }

    fn target(
        &self,
        document: &'d Document,
        reference: &'d Node,
    ) -> Result<(&'d Document, &'d Node), CatalogError> {
        let mend = "point to `#/components/…` or to `FILE#/components/…` of the same API";
        let fault = |problem: String| document.fault(reference.line, problem, mend);
        let text = reference.text().ok_or_else(|| fault("`$ref` is not a text".into()))?;
        let (file, pointer) =
            text.split_once('#').ok_or_else(|| fault(format!("`$ref` `{text}` has no `#`")))?;
        let home = self
            .document(document, file)
            .ok_or_else(|| fault(format!("`$ref` names `{file}`, which is not a file of this API")))?;
        if !pointer.starts_with("/components/") {
            return Err(fault(format!("`$ref` `{text}` leads outside of components")));
        }
        let target =
            home.root.pointer(pointer).ok_or_else(|| fault(format!("`$ref` `{text}` leads nowhere")))?;
        Ok((home, target))
    }

    fn document(&self, from: &'d Document, file: &str) -> Option<&'d Document> {
        if file.is_empty() {
            return Some(from);
        }
        let folder = from.name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let name = if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") };
        self.documents.iter().find(|document| document.name == name)
    }
}

/// Lays what stands beside a `$ref` over its target.
fn beside(document: &Document, node: &Node, mut target: Value) -> Result<Value, CatalogError> {
    for (key, line, value) in node.entries().iter().filter(|(key, _, _)| key != "$ref") {
        if !BESIDE.contains(&key.as_str()) {
            let mend = "move it into the target, or write `allOf: [{ $ref: … }]` and put it beside that";
            return Err(document.fault(*line, format!("`{key}` can't stand beside `$ref`"), mend));
        }
        let Some(map) = target.as_object_mut() else { continue };
        if key != KEY {
            map.insert(key.clone(), value.to_value());
            continue;
        }
        document.decode::<SchemaMarks>(value, "`x-keyferry`")?;
        let marks = map.entry(KEY).or_insert_with(|| Value::Object(Map::new()));
        for (mark, _, given) in value.entries() {
            marks[mark] = given.to_value();
        }
    }
    Ok(target)
}
