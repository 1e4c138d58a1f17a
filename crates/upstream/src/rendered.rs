//! A request as a person or an agent may see it.

use crate::needles::MASK;
use crate::render::Draft;
use crate::wiped::Wiped;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method};
use keyferry_catalog::{Arguments, Inject, Slot, Tool};
use serde_json::{Map, Value, json};
use url::Url;

/// A rendered request. It never held a secret: secret arguments were masked before it was made, and the credential
/// was not opened.
#[derive(Debug, Clone)]
pub struct Rendered {
    pub method: Method,
    /// Masked places are `%2A%2A%2A` here.
    pub url: Url,
    /// Without the header that carries the credential.
    pub headers: HeaderMap,
    pub body: Option<Value>,
    /// The header and the scheme of the credential: `authorization`, `Bearer `.
    credential: (String, &'static str),
}

impl Rendered {
    /// The arguments with `***` in every secret place, so that whatever is made of them may be shown.
    pub(crate) fn masked_arguments(tool: &Tool, arguments: &Arguments) -> Value {
        let mut document = arguments.to_value();
        for (pointer, _) in tool.secret_inputs_in(arguments) {
            if let Some(place) = document.pointer_mut(&pointer) {
                *place = Value::String(MASK.to_owned());
            }
        }
        document
    }

    pub(crate) fn of(draft: Draft, slot: &Slot) -> Self {
        let mut body = draft.body.map(Wiped::take);
        if let (Some(field), Some(Value::Object(root))) = (&slot.also_body, &mut body) {
            root.insert(field.clone(), Value::String(MASK.to_owned()));
        }
        let credential = match &slot.inject {
            Inject::Bearer => (AUTHORIZATION.to_string(), "Bearer "),
            Inject::BasicUsername => (AUTHORIZATION.to_string(), "Basic "),
            Inject::Header(name) => (name.to_string(), ""),
        };
        Self { method: draft.method, url: draft.url, headers: draft.headers, body, credential }
    }

    /// `{method, url, headers, body}` with `***` wherever a secret will stand.
    #[must_use]
    pub fn masked(&self) -> Value {
        let (name, scheme) = &self.credential;
        let shown = self
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or(MASK).into()));
        let mut headers: Map<String, Value> = shown.collect();
        headers.insert(name.clone(), format!("{scheme}{MASK}").into());
        json!({
            "method": self.method.as_str(),
            "url": self.url.as_str().replace("%2A%2A%2A", MASK),
            "headers": headers,
            "body": self.body,
        })
    }
}
