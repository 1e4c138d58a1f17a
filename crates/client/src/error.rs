//! What can go wrong between a program and a gateway.

use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No answer: nothing listens there, or the connection broke.
    #[error("no Keyferry answers at {base}: {why}")]
    Unreachable { base: String, why: String },
    /// The gateway answered that it won't.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// An answer that no Keyferry gives.
    #[error("what answers at {base} is not a Keyferry: status {status}, {why}")]
    NotKeyferry { base: String, status: u16, why: String },
}

/// The gateway's own error, in either of its two shapes.
#[derive(Debug, Clone, Default)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    pub message: String,
    pub hint: Option<String>,
    pub details: Vec<String>,
    pub approval_url: Option<String>,
    pub retry_after: Option<Duration>,
    /// The whole body.
    pub raw: Value,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    error: ErrorField,
    code: Option<String>,
    hint: Option<String>,
    #[serde(default)]
    details: Vec<Value>,
    approval_url: Option<String>,
    retry_after_ms: Option<u64>,
    #[serde(rename = "error_description")]
    error_description: Option<String>,
}

/// An object, a sentence (where ClawLink's clients read nothing else), or OAuth's code.
#[derive(Deserialize)]
#[serde(untagged)]
enum ErrorField {
    Object { code: Option<String>, message: String },
    Text(String),
}

impl Refusal {
    /// Reads an error body; `None` when it is not one of a Keyferry.
    pub(crate) fn read(status: u16, raw: Value) -> Option<Self> {
        let body: Body = serde_json::from_value(raw.clone()).ok()?;
        let (code, message) = match (body.error, body.code, body.error_description) {
            (ErrorField::Object { code, message }, _, _) => (code.unwrap_or_default(), message),
            (ErrorField::Text(oauth), None, Some(description)) => (oauth, description),
            (ErrorField::Text(sentence), code, _) => (code.unwrap_or_else(|| sentence.clone()), sentence),
        };
        // ClawLink's clients look for the word; beside the code it only says the same again.
        let message = message.strip_prefix("Unauthorized: ").map_or(message.clone(), str::to_owned);
        Some(Self {
            status,
            code,
            message,
            hint: body.hint,
            details: body.details.iter().map(line).collect(),
            approval_url: body.approval_url,
            retry_after: body.retry_after_ms.map(Duration::from_millis),
            raw,
        })
    }
}

fn line(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_three_shapes_of_an_error_are_read() {
        let object = Refusal::read(
            412,
            json!({"ok": false, "error": {"code": "confirmation_required",
            "message": "Preview it first.", "retryable": false}, "details": ["a"], "hint": "h"}),
        )
        .unwrap();
        assert_eq!((object.code.as_str(), object.details), ("confirmation_required", vec!["a".to_owned()]));
        let sentence = Refusal::read(401, json!({"error": "Unauthorized", "code": "unauthorized"})).unwrap();
        assert_eq!((sentence.code.as_str(), sentence.message.as_str()), ("unauthorized", "Unauthorized"));
        let doubled = json!({"error": "Unauthorized: the device was revoked.", "code": "unauthorized"});
        let doubled = Refusal::read(401, doubled).unwrap();
        assert_eq!(doubled.to_string(), "unauthorized: the device was revoked.");
        let oauth = json!({"error": "slow_down", "error_description": "Ask less often."});
        let oauth = Refusal::read(400, oauth).unwrap();
        assert_eq!((oauth.code.as_str(), oauth.message.as_str()), ("slow_down", "Ask less often."));
        assert!(Refusal::read(500, json!({"message": "other"})).is_none());
    }
}
