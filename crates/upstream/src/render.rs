//! Turns a tool and its arguments into a request. Nothing is passed on as it came: each piece is taken from an argument
//! by name, checked, encoded and written anew.

use crate::encode::encoded;
use crate::made::Made;
use crate::query;
use crate::wiped::Wiped;
use http::Method;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use keyferry_catalog::{
    Body, Filling, Location, MadeKind, Parameter, PathPiece, RequestShape, Slot, unfit_for_path,
};
use keyferry_core::{ErrorCode, Failure, FieldFault};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use url::Url;

/// What a request is made of.
pub(crate) struct Material<'a> {
    pub(crate) shape: &'a RequestShape,
    pub(crate) slot: &'a Slot,
    pub(crate) server: &'a Url,
    /// The arguments, secret ones as they are to be written.
    pub(crate) arguments: &'a Value,
    /// The public fields of the credential.
    pub(crate) fields: &'a BTreeMap<String, String>,
    pub(crate) made: &'a Made,
}

/// A request without the secret of its slot.
pub(crate) struct Draft {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Wiped>,
}

impl Material<'_> {
    /// Writes the request, or says which arguments can't be put into it.
    pub(crate) fn draft(&self) -> Result<Draft, Failure> {
        Ok(Draft {
            method: self.shape.method.clone(),
            url: self.url()?,
            headers: self.headers()?,
            body: self.shape.body.as_ref().map(|body| self.body(body)),
        })
    }

    fn url(&self) -> Result<Url, Failure> {
        let path = format!("{}{}", self.server.path().trim_end_matches('/'), self.path()?);
        let mut url = self.server.clone();
        url.set_path(&path);
        let query = self.query();
        url.set_query((!query.is_empty()).then_some(query.as_str()));
        url.set_fragment(None);
        // The URL's own parser resolves dot segments; were one left, it would show here.
        if url.path() == path {
            Ok(url)
        } else {
            Err(Failure::internal(format!(
                "the path of `{}` changed while it was rendered",
                self.shape.path.text
            )))
        }
    }

    fn path(&self) -> Result<String, Failure> {
        let mut path = String::new();
        let mut faults = Vec::new();
        for piece in &self.shape.path.pieces {
            match piece {
                PathPiece::Literal(text) => path.push_str(text),
                PathPiece::Parameter(wire_name) => match self.path_value(wire_name)? {
                    Ok(value) => write!(path, "{}", encoded(&value)).unwrap_or_default(),
                    Err(fault) => faults.push(fault),
                },
            }
        }
        if faults.is_empty() && path.split('/').any(|segment| segment == "." || segment == "..") {
            faults.push(FieldFault::invalid(
                "",
                "the arguments together make a `.` or `..` segment of the path",
            ));
        }
        if faults.is_empty() {
            return Ok(path);
        }
        let message = "An argument can't stand in the path of the request.";
        Err(Failure::new(ErrorCode::InvalidArguments, message).faults(faults))
    }

    /// The value for one place of the path; the inner error is the agent's, the outer one the connection's or ours.
    fn path_value(&self, wire_name: &str) -> Result<Result<String, FieldFault>, Failure> {
        let parameter = self
            .shape
            .parameters
            .iter()
            .find(|parameter| parameter.location == Location::Path && parameter.wire_name == wire_name)
            .ok_or_else(|| Failure::internal(format!("no path parameter is named `{wire_name}`")))?;
        let pointer = match &parameter.filled_from {
            Filling::Argument(name) => format!("/{name}"),
            Filling::SlotField(name) if self.fields.get(name).is_none_or(|value| value.is_empty()) => {
                return Err(self.field_missing(name));
            }
            Filling::SlotField(_) => String::new(),
        };
        Ok(match self.value_of(parameter).as_ref().and_then(scalar) {
            None => Err(FieldFault::missing(pointer, "is needed: it is part of the path")),
            Some(text) => match unfit_for_path(&text) {
                Some(why) => Err(FieldFault::invalid(pointer, why)),
                None => Ok(text),
            },
        })
    }

    fn field_missing(&self, field: &str) -> Failure {
        let message = format!("The connection has no `{field}`, which this call needs.");
        Failure::new(ErrorCode::NeedsCredential, message)
            .hint(format!("A person has to fill in {} on the connection's page.", self.slot.label))
    }

    fn value_of(&self, parameter: &Parameter) -> Option<Value> {
        match &parameter.filled_from {
            Filling::Argument(name) => self.arguments.get(name).cloned(),
            Filling::SlotField(name) => self.fields.get(name).cloned().map(Value::String),
        }
    }

    fn query(&self) -> String {
        let mut query = query::Query::default();
        for parameter in &self.shape.parameters {
            if let (Location::Query(style), Some(value)) = (parameter.location, self.value_of(parameter)) {
                query.add(style, &parameter.wire_name, &value);
            }
        }
        query.finish()
    }

    /// Only what the operation itself says goes up; nothing of the caller's request does.
    fn headers(&self) -> Result<HeaderMap, Failure> {
        let mut headers = HeaderMap::new();
        let accept = self.shape.accept.as_deref().unwrap_or("application/json");
        headers.insert(ACCEPT, media_type(accept)?);
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Some(body) = &self.shape.body {
            headers.insert(CONTENT_TYPE, media_type(&body.media_type)?);
        }
        Ok(headers)
    }

    fn body(&self, shape: &Body) -> Wiped {
        let given = |(argument, wire): &(String, String)| {
            self.arguments.get(argument).map(|value| (wire.clone(), value.clone()))
        };
        let mut body = Value::Object(shape.fields.iter().filter_map(given).collect::<Map<_, _>>());
        crate::inject::strip(&mut body, self.slot);
        self.fill_in(shape, &mut body);
        Wiped(body)
    }

    /// Writes what the gateway makes over whatever stood there.
    fn fill_in(&self, shape: &Body, body: &mut Value) {
        for made in &shape.made {
            let places: Vec<String> = made.within.find(body).iter().map(|found| found.pointer()).collect();
            for (index, place) in places.iter().enumerate() {
                let value = match made.kind {
                    MadeKind::MessageId => self.made.message_id(index),
                    MadeKind::SentAt => self.made.sent_at(),
                };
                if let Some(Value::Object(fields)) = body.pointer_mut(place) {
                    fields.insert(made.property.clone(), Value::String(value));
                }
            }
        }
    }
}

fn media_type(text: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_str(text).map_err(Failure::internal)
}

/// A text, number or boolean as it is written into a URL.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
