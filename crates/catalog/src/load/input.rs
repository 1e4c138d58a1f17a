//! Arguments are flat: parameters and top-level body properties side by side, in one JSON Schema.

use super::answer::secret_places;
use super::api::RawOperation;
use super::marks::{DotsStyle, KEY, OperationMarks, SchemaMarks};
use super::schema::{below, for_validation, shape, step, without_marks};
use crate::accept::InputRules;
use crate::pointer::Part;
use crate::{
    Body, CatalogError, Filling, Location, Made, MadeKind, Parameter, PathTemplate, Pattern, QueryStyle,
    SecretInput,
};
use serde_json::{Map, Value, json};

/// Keywords of a body's root that name properties, so that none of these may be renamed.
const NAMING: [&str; 7] = ["anyOf", "oneOf", "allOf", "not", "if", "dependentRequired", "dependentSchemas"];

/// What the request side of an operation comes to.
pub(super) struct Input {
    /// As an agent is shown it.
    pub(super) shown: Value,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Body>,
    pub(super) secrets: Vec<SecretInput>,
    pub(super) rules: InputRules,
}

/// An operation's request side, resolved.
pub(super) struct RequestParts<'o> {
    pub(super) raw: &'o RawOperation<'o>,
    pub(super) path: &'o PathTemplate,
    pub(super) parameters: &'o [Value],
    pub(super) body: Option<&'o Value>,
    pub(super) marks: &'o OperationMarks,
    /// Whether nobody has checked the files before: they do not come with the binary.
    pub(super) is_new: bool,
    /// The slot's body field that is taken from the caller's body.
    pub(super) stripped: Option<String>,
}

pub(super) fn build(parts: &RequestParts<'_>) -> Result<Input, CatalogError> {
    let (mut flat, body) = match parts.body {
        Some(body) => body_part(parts, body)?,
        None => (json!({ "type": "object", "properties": {} }), None),
    };
    let parameters =
        parts.parameters.iter().map(|p| parameter(parts, &mut flat, p)).collect::<Result<Vec<_>, _>>()?;
    check_path(parts, &parameters)?;
    let rules = rules(parts, &flat, &parameters, body.as_ref())?;
    let mut secrets = Vec::new();
    collect_secrets(&flat, &Pattern::root(), &mut secrets);
    Ok(Input { shown: shown(&flat, parts.marks), parameters, body, secrets, rules })
}

impl RequestParts<'_> {
    fn fault(&self, problem: impl Into<String>, mend: &str) -> CatalogError {
        self.raw.document.fault(self.raw.line, problem, mend)
    }
}

/// The body's schema becomes the flat one; its properties are arguments.
fn body_part(parts: &RequestParts<'_>, body: &Value) -> Result<(Value, Option<Body>), CatalogError> {
    let content = body.get("content").and_then(Value::as_object);
    let Some((media_type, media)) =
        content.filter(|content| content.len() == 1).and_then(|c| c.iter().next())
    else {
        return Err(
            parts.fault("the request body does not have exactly one media type", "keep one under `content`")
        );
    };
    let mut flat = media.get("schema").cloned().unwrap_or_default();
    if !flat.get("properties").is_some_and(Value::is_object) {
        return Err(parts.fault(
            "the request body's schema has no properties",
            "describe it as an object with properties",
        ));
    }
    let mut made = Vec::new();
    collect_made(&flat, &Pattern::root(), &mut made);
    let fields = rename(parts, &mut flat)?;
    let max_bytes = SchemaMarks::of(&flat).max_bytes;
    let body = Body { media_type: media_type.clone(), fields, made, max_bytes };
    Ok((flat, Some(body)))
}

/// Gives body properties the names of their arguments; tells argument and wire name of each.
fn rename(parts: &RequestParts<'_>, flat: &mut Value) -> Result<Vec<(String, String)>, CatalogError> {
    let names_others = NAMING.iter().find(|keyword| flat.get(**keyword).is_some());
    let properties = flat["properties"].as_object().cloned().unwrap_or_default();
    let mut renamed = Map::new();
    let mut fields = Vec::new();
    for (wire_name, property) in properties {
        let argument = SchemaMarks::of(&property).argument.unwrap_or_else(|| wire_name.clone());
        if let (true, Some(keyword)) = (argument != wire_name, names_others) {
            let mend = "leave the property its wire name";
            return Err(
                parts.fault(format!("`{wire_name}` is renamed while `{keyword}` names properties"), mend)
            );
        }
        if let Some(Value::Array(required)) = flat.get_mut("required") {
            required.iter_mut().filter(|name| **name == *wire_name).for_each(|name| *name = json!(argument));
        }
        if renamed.insert(argument.clone(), property).is_some() {
            return Err(
                parts.fault(format!("the argument `{argument}` stands twice"), "rename one with `argument`")
            );
        }
        fields.push((argument, wire_name));
    }
    flat["properties"] = Value::Object(renamed);
    Ok(fields)
}

/// Adds a parameter to the flat schema.
fn parameter(
    parts: &RequestParts<'_>,
    flat: &mut Value,
    parameter: &Value,
) -> Result<Parameter, CatalogError> {
    let Some(wire_name) = parameter.get("name").and_then(Value::as_str).map(str::to_owned) else {
        return Err(parts.fault("a parameter has no name", "give it one"));
    };
    let marks = SchemaMarks::of(parameter);
    let location = location(parts, parameter, &wire_name, &marks)?;
    if let Some(field) = marks.field {
        return Ok(Parameter { wire_name, filled_from: Filling::SlotField(field), location });
    }
    let argument = marks.argument.unwrap_or_else(|| wire_name.clone());
    let mut schema = parameter.get("schema").cloned().unwrap_or_else(|| json!({}));
    if let (Some(description), Some(map)) = (parameter.get("description"), schema.as_object_mut()) {
        map.insert("description".into(), description.clone());
    }
    let is_required = location == Location::Path || parameter.get("required") == Some(&Value::Bool(true));
    if flat["properties"].get(&argument).is_some() {
        return Err(
            parts.fault(format!("the argument `{argument}` stands twice"), "rename one with `argument`")
        );
    }
    flat["properties"][&argument] = schema;
    if is_required {
        require(flat, &argument);
    }
    Ok(Parameter { wire_name, filled_from: Filling::Argument(argument), location })
}

fn require(flat: &mut Value, argument: &str) {
    match flat.get_mut("required") {
        Some(Value::Array(required)) => required.push(json!(argument)),
        _ => flat["required"] = json!([argument]),
    }
}

fn location(
    parts: &RequestParts<'_>,
    parameter: &Value,
    name: &str,
    marks: &SchemaMarks,
) -> Result<Location, CatalogError> {
    let text = |key: &str| parameter.get(key).and_then(Value::as_str);
    let explodes = parameter.get("explode").and_then(Value::as_bool).unwrap_or(true);
    match (text("in"), text("style"), marks.style) {
        (Some("path"), None | Some("simple"), None) => Ok(Location::Path),
        (Some("query"), None, Some(DotsStyle::Dots)) => Ok(Location::Query(QueryStyle::Dots)),
        (Some("query"), None | Some("form"), None) if explodes => Ok(Location::Query(QueryStyle::Repeated)),
        (Some("query"), None | Some("form"), None) => Ok(Location::Query(QueryStyle::Commas)),
        (Some("query"), Some("deepObject"), None) => Ok(Location::Query(QueryStyle::DeepObject)),
        _ => {
            let mend = "use path with style simple, or query with style form or deepObject, or `x-keyferry: { style: dots }`";
            Err(parts.fault(format!("parameter `{name}` stands where it can't be rendered"), mend))
        }
    }
}

/// The template and the path parameters name each other.
fn check_path(parts: &RequestParts<'_>, parameters: &[Parameter]) -> Result<(), CatalogError> {
    let is_path = |parameter: &&Parameter| parameter.location == Location::Path;
    for name in parts.path.parameters() {
        if !parameters.iter().filter(is_path).any(|parameter| parameter.wire_name == name) {
            return Err(
                parts.fault(format!("the path's `{{{name}}}` is no parameter"), "add it under `parameters`")
            );
        }
    }
    match parameters.iter().filter(is_path).find(|p| !parts.path.parameters().any(|name| name == p.wire_name))
    {
        Some(Parameter { wire_name, .. }) => {
            Err(parts
                .fault(format!("`{wire_name}` does not stand in the path"), "correct its `in`, or the path"))
        }
        None => Ok(()),
    }
}

fn rules(
    parts: &RequestParts<'_>,
    flat: &Value,
    parameters: &[Parameter],
    body: Option<&Body>,
) -> Result<InputRules, CatalogError> {
    let (compiled, texts) = for_validation(flat);
    let mut rules = InputRules::new(shape(flat), &compiled, texts);
    if parts.is_new {
        rules.compile().map_err(|error| {
            parts.fault(
                format!("the arguments' schema can't be used ({error})"),
                "correct it; patterns are without look-around and back-references",
            )
        })?;
    }
    rules.body_arguments =
        body.iter().flat_map(|body| &body.fields).map(|(argument, _)| argument.clone()).collect();
    rules.stripped = parts.stripped.clone();
    rules.pagination = parts.marks.pagination.as_ref().map(|p| (p.limit.clone(), p.cursor.clone()));
    for parameter in parameters {
        if let Filling::Argument(argument) = &parameter.filled_from {
            if parameter.location == Location::Path {
                rules.path_arguments.push(argument.clone());
            }
            rules.add_alias(&parameter.wire_name, argument);
        }
    }
    Ok(rules)
}

/// As an agent is shown it: without what the gateway always sets, with the defaults, with the short forms.
fn shown(flat: &Value, marks: &OperationMarks) -> Value {
    let mut schema = flat.clone();
    simplify(&mut schema);
    let mut schema = without_marks(&schema);
    schema["additionalProperties"] = json!(false);
    for (argument, value) in &marks.safe_defaults {
        if let Some(Value::Object(property)) = schema["properties"].get_mut(argument) {
            property.insert("default".into(), value.clone());
        }
    }
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| !name.as_str().is_some_and(|name| marks.safe_defaults.contains_key(name)));
    }
    schema
}

fn simplify(schema: &mut Value) {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|_, property| SchemaMarks::of(property).made != Some(MadeKind::SentAt));
    }
    match schema {
        Value::Object(map) => {
            map.iter_mut().filter(|(key, _)| *key != KEY).for_each(|(_, value)| simplify(value));
        }
        Value::Array(items) => items.iter_mut().for_each(simplify),
        _ => {}
    }
    if let Some(shorthand) = SchemaMarks::of(schema).shorthand {
        let [first, last] = &shorthand.into;
        let short = format!("`{first}{}{last}`, or only the {last}", shorthand.split);
        *schema =
            json!({ "anyOf": [schema.take(), { "type": "string", "minLength": 1, "description": short }] });
    }
}

fn collect_made(schema: &Value, at: &Pattern, made: &mut Vec<Made>) {
    for (part, sub) in below(schema) {
        if let (Some(Part::Name(property)), Some(kind)) = (&part, SchemaMarks::of(sub).made) {
            made.push(Made { within: at.clone(), property: property.clone(), kind });
        }
        collect_made(sub, &step(at, part), made);
    }
}

fn collect_secrets(schema: &Value, at: &Pattern, secrets: &mut Vec<SecretInput>) {
    for (at, public) in secret_places(schema, &SchemaMarks::of(schema), at) {
        secrets.push(SecretInput { at, public, lookup: None });
    }
    for (part, sub) in below(schema) {
        collect_secrets(sub, &step(at, part), secrets);
    }
}
