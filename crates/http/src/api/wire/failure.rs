//! The answer to what was not done.

use keyferry_broker::view::Meta;
use keyferry_core::{Failure, FieldFault};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ErrorView {
    /// The family of the code, in ClawLink's vocabulary.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) retryable: bool,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FailureAnswer {
    /// Always `false`.
    pub(crate) ok: bool,
    pub(crate) error: ErrorView,
    /// Lines for the one who mends it.
    pub(crate) details: Vec<String>,
    /// JSON pointers of arguments that are absent.
    pub(crate) missing_fields: Vec<String>,
    /// JSON pointers of arguments that are wrong.
    pub(crate) invalid_fields: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input_schema: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) approval_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after_ms: Option<u64>,
    pub(crate) meta: Meta,
}

impl FailureAnswer {
    /// The answer for a failure. Its cause is not part of it.
    #[must_use]
    pub(crate) fn new(failure: &Failure, meta: Meta) -> Self {
        let pointers = |missing: bool| -> Vec<String> {
            failure.faults.iter().filter(|f| f.missing == missing).map(|f| f.pointer.clone()).collect()
        };
        Self {
            ok: false,
            error: ErrorView {
                kind: failure.code.kind().to_owned(),
                code: failure.code.as_str().to_owned(),
                message: failure.message.clone(),
                retryable: failure.code.retryable(),
            },
            details: failure.details.iter().cloned().chain(failure.faults.iter().map(line)).collect(),
            missing_fields: pointers(true),
            invalid_fields: pointers(false),
            input_schema: failure.input_schema.clone(),
            hint: failure.hint.clone(),
            approval_url: failure.approval_url.clone(),
            retry_after_ms: failure
                .retry_after
                .map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            meta,
        }
    }
}

fn line(fault: &FieldFault) -> String {
    if fault.pointer.is_empty() {
        fault.message.clone()
    } else {
        format!("{}: {}", fault.pointer, fault.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyferry_core::ErrorCode;
    use std::time::Duration;

    #[test]
    fn missing_and_invalid_fields_are_told_apart_and_both_are_lines() {
        let failure = Failure::new(ErrorCode::InvalidArguments, "Two arguments are wrong.")
            .faults(vec![
                FieldFault::missing("/sourceId", "is required"),
                FieldFault::invalid("/labels/0", "is not a label"),
            ])
            .retry_after(Duration::from_millis(1500))
            .caused_by("the inner reason");
        let body = serde_json::to_value(FailureAnswer::new(&failure, Meta::default())).unwrap();
        assert_eq!(body["missingFields"], serde_json::json!(["/sourceId"]));
        assert_eq!(body["invalidFields"], serde_json::json!(["/labels/0"]));
        assert_eq!(body["details"][1], "/labels/0: is not a label");
        assert_eq!(body["retryAfterMs"], 1500);
        assert_eq!(body["error"]["type"], "validation");
        assert!(!body.to_string().contains("inner reason"));
    }
}
