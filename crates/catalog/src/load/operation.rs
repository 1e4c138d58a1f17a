//! One operation of a document becomes one tool.

use super::api::{ApiFiles, RawOperation};
use super::guidance::{add_secret_input, affected, before, guidance, snake_case};
use super::input::{self, Input, RequestParts};
use super::marks::{Code, KEY, OperationMarks};
use super::{Origin, answer, hash};
use crate::yaml::Node;
use crate::{Api, CatalogError, Integration, PathTemplate, RequestShape, Slot, Tool};
use keyferry_core::{ErrorCode, Impact};
use serde_json::{Value, json};
use std::time::Duration;

pub(super) fn read_all(
    integration: &Integration,
    files: &ApiFiles,
    is_new: bool,
) -> (Vec<(Tool, Origin)>, Vec<CatalogError>) {
    let api = integration.api(&files.name).expect("the integration was built from these files");
    let slot = integration.slot(&files.slot).expect("slots and schemes were found to agree");
    let operations = files.operations();
    let read = |raw: &RawOperation<'_>| {
        let id = operation_id(raw)?;
        Reader { integration, api, slot, files, raw, id, is_new }
            .read()
            .map_err(|fault| fault.in_operation(id))
    };
    let (mut tools, mut faults) = (Vec::new(), Vec::new());
    for operation in &operations {
        match read(operation) {
            Ok(tool) => tools.push(tool),
            Err(fault) => faults.push(fault),
        }
    }
    (tools, faults)
}

fn operation_id<'d>(raw: &RawOperation<'d>) -> Result<&'d str, CatalogError> {
    raw.node.get("operationId").and_then(Node::text).ok_or_else(|| {
        let problem = format!("{} {} has no operationId", raw.method, raw.path);
        raw.document.fault(raw.line, problem, "give it one; the tool's name comes from it")
    })
}

struct Reader<'r> {
    integration: &'r Integration,
    api: &'r Api,
    slot: &'r Slot,
    files: &'r ApiFiles,
    raw: &'r RawOperation<'r>,
    id: &'r str,
    is_new: bool,
}

/// The answer's media type and schema.
type Answer = (Option<String>, Option<Value>);

/// What the operation says of its request and answer, references resolved.
struct Wire {
    name: String,
    path: PathTemplate,
    parameters: Vec<Value>,
    body: Option<Value>,
    accept: Option<String>,
    output: Option<Value>,
    hash: [u8; 32],
}

impl Reader<'_> {
    fn read(&self) -> Result<(Tool, Origin), CatalogError> {
        let mut marks = self.marks()?;
        let wire = self.wire(&marks)?;
        let input = self.input(&wire, &mut marks)?;
        Ok((self.tool(wire, input, marks)?, self.origin()))
    }

    fn wire(&self, marks: &OperationMarks) -> Result<Wire, CatalogError> {
        let name = self.name(marks)?;
        let path = PathTemplate::parse(self.raw.path)
            .ok_or_else(|| self.fault("a brace of the path is not closed", "correct the path"))?;
        let parameters = self.parameters()?;
        let body = self.resolved("requestBody")?;
        let (accept, output) = self.answer()?;
        let hash = self.hash(&name, &parameters, body.as_ref(), output.as_ref())?;
        Ok(Wire { name, path, parameters, body, accept, output, hash })
    }

    fn input(&self, wire: &Wire, marks: &mut OperationMarks) -> Result<Input, CatalogError> {
        let mut input = input::build(&RequestParts {
            raw: self.raw,
            path: &wire.path,
            parameters: &wire.parameters,
            body: wire.body.as_ref(),
            marks,
            is_new: self.is_new,
            stripped: wire.body.as_ref().and(self.slot.also_body.clone()),
        })?;
        for mark in std::mem::take(&mut marks.secret_input) {
            add_secret_input(&mut input.secrets, mark);
        }
        Ok(input)
    }

    fn tool(&self, wire: Wire, input: Input, mut marks: OperationMarks) -> Result<Tool, CatalogError> {
        let Wire { name, path, accept, output, hash, .. } = wire;
        let method = self.method();
        let reads = method == http::Method::GET;
        Ok(Tool {
            answer: answer::shape(output.as_ref(), &marks, &name),
            name,
            integration: self.integration.slug.clone(),
            api: self.api.name.clone(),
            area: self.raw.document.area().unwrap_or(&self.api.name).to_owned(),
            slot: self.slot.name.clone(),
            operation_id: self.id.to_owned(),
            title: marks.title.take().unwrap_or_else(|| snake_case(self.id).replace('_', " ")),
            summary: self.summary()?,
            description: self.text("description"),
            impact: marks.impact.unwrap_or(if reads { Impact::Read } else { Impact::HighImpact }),
            deprecated: self.raw.node.get("deprecated").is_some_and(|node| node.to_value() == json!(true)),
            stability: marks.stability,
            requires_feature: marks.requires_feature.take(),
            guidance: guidance(&mut marks),
            input_schema: input.shown,
            idempotent: marks.idempotent.unwrap_or(reads || self.api.idempotent_by.is_some()),
            request: RequestShape {
                method,
                path,
                also_at: self.also_at(&mut marks)?,
                parameters: input.parameters,
                body: input.body,
                accept,
            },
            before: marks.before.map(before),
            no_before: marks.no_before,
            affected: marks.affected.into_iter().map(affected).collect(),
            no_affected: marks.no_affected,
            object: marks.object,
            subjects: marks.subjects,
            secret_inputs: input.secrets,
            not_found_code: marks.not_found_code.map_or(ErrorCode::NotFound, |Code(code)| code),
            if_unknown: marks.if_unknown,
            pagination: marks.pagination,
            limit: marks.limit.or(self.api.limit),
            limit_is_own: marks.limit.is_some(),
            quota: marks.quota,
            timeout: marks.timeout_ms.map_or(self.api.timeout, Duration::from_millis),
            hash,
            rules: input.rules,
        })
    }

    fn fault(&self, problem: impl Into<String>, mend: &str) -> CatalogError {
        self.raw.document.fault(self.raw.line, problem, mend)
    }

    /// Other paths of an operation say nothing of their own: there is no place in them for an argument.
    fn also_at(&self, marks: &mut OperationMarks) -> Result<Vec<String>, CatalogError> {
        let is_plain = |path: &String| {
            path.starts_with('/') && !path.ends_with('/') && !path.contains(['{', '}', '?', '#', '%'])
        };
        match marks.also_at.iter().find(|path| !is_plain(path)) {
            None => Ok(std::mem::take(&mut marks.also_at)),
            Some(path) => {
                let mend = "write it as `/v1/b`: with a slash before, none behind, and no parameters";
                Err(self.fault(format!("`{path}` in `also_at` is no plain path"), mend))
            }
        }
    }

    fn method(&self) -> http::Method {
        match self.raw.method {
            "put" => http::Method::PUT,
            "post" => http::Method::POST,
            "patch" => http::Method::PATCH,
            "delete" => http::Method::DELETE,
            _ => http::Method::GET,
        }
    }

    fn text(&self, key: &str) -> Option<String> {
        self.raw.node.get(key).and_then(Node::text).map(str::to_owned)
    }

    fn summary(&self) -> Result<String, CatalogError> {
        let mend = "say in one line what it does, for the one who chooses";
        self.text("summary").ok_or_else(|| self.fault("the operation has no summary", mend))
    }

    fn marks(&self) -> Result<OperationMarks, CatalogError> {
        match self.raw.node.get(KEY) {
            Some(node) => self.raw.document.decode(node, "`x-keyferry`"),
            None => Ok(OperationMarks::default()),
        }
    }

    /// The tool's name; every name begins with its integration's.
    fn name(&self, marks: &OperationMarks) -> Result<String, CatalogError> {
        let prefix = format!("{}_", self.integration.slug);
        let name = marks.tool.clone().unwrap_or_else(|| prefix.clone() + &snake_case(self.id));
        let is_word = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if is_word && name.starts_with(&prefix) {
            return Ok(name);
        }
        let mend = format!("begin it with `{prefix}` and use lower-case letters, digits and `_`");
        Err(self.fault(format!("`{name}` can't be a tool's name"), &mend))
    }

    fn resolved(&self, key: &str) -> Result<Option<Value>, CatalogError> {
        let node = self.raw.node.get(key);
        node.map(|node| self.files.resolver().resolve(self.raw.document, node)).transpose()
    }

    /// The path's parameters and the operation's own, which win.
    fn parameters(&self) -> Result<Vec<Value>, CatalogError> {
        let nodes = [self.raw.path_item, self.raw.node].map(|node| node.get("parameters").map(Node::items));
        let mut parameters: Vec<Value> = Vec::new();
        for node in nodes.into_iter().flatten().flatten() {
            let parameter = self.files.resolver().resolve(self.raw.document, node)?;
            let is_same =
                |known: &Value| known["name"] == parameter["name"] && known["in"] == parameter["in"];
            parameters.retain(|known| !is_same(known));
            parameters.push(parameter);
        }
        Ok(parameters)
    }

    /// The first 2xx: its media type, and its schema.
    fn answer(&self) -> Result<Answer, CatalogError> {
        let responses = self.raw.node.get("responses").map(Node::entries).unwrap_or_default();
        let Some((_, _, success)) = responses.iter().find(|(status, _, _)| status.starts_with('2')) else {
            return Err(self.fault("the operation has no 2xx response", "describe what it answers"));
        };
        let content = success.get("content").map(Node::entries).unwrap_or_default();
        match content {
            [] => Ok((None, None)),
            [(media_type, _, media)] => {
                let resolve = |node| self.files.resolver().resolve(self.raw.document, node);
                Ok((Some(media_type.clone()), media.get("schema").map(resolve).transpose()?))
            }
            _ => Err(self
                .fault("the 2xx response has several media types", "keep the one that is to be asked for")),
        }
    }

    /// Over what is sent, where, and what it means; prose is within it too, since it is what a person agreed to.
    fn hash(
        &self,
        name: &str,
        parameters: &[Value],
        body: Option<&Value>,
        output: Option<&Value>,
    ) -> Result<[u8; 32], CatalogError> {
        Ok(hash::sha256(&json!({
            "tool": name,
            "api": self.api.name,
            "slot": self.slot.name,
            "injection": [Some(self.slot.inject.as_str()), self.slot.also_body.as_deref()],
            "method": self.raw.method,
            "path": self.raw.path,
            "parameters": parameters,
            "body": body,
            "answer": output,
            "summary": self.summary()?,
            "marks": self.raw.node.get(KEY).map(Node::to_value),
        })))
    }

    fn origin(&self) -> Origin {
        Origin {
            file: self.raw.document.shown.clone(),
            operation: self.id.to_owned(),
            marks: self.raw.node.get(KEY).unwrap_or(self.raw.node).clone(),
        }
    }
}
