//! A refusal whose `error` is a sentence.

use crate::api::wire::FailureAnswer;
use keyferry_broker::view::Meta;
use serde::Serialize;
use utoipa::ToSchema;

/// A refusal for clients that read `error` as a sentence: every 401, and everything under `/api/openclaw`, `/api/hermes`
/// and `/api/connect`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FlatFailure {
    /// What is wrong, in a sentence.
    error: String,
    code: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    /// Always empty; in the 401 of the list of integrations only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Value>>)]
    integrations: Option<[(); 0]>,
    meta: Meta,
}

impl FlatFailure {
    pub(crate) fn of(answer: FailureAnswer, integrations: Option<[(); 0]>) -> Self {
        Self {
            error: answer.error.message,
            code: answer.error.code,
            details: answer.details,
            hint: answer.hint,
            retry_after_ms: answer.retry_after_ms,
            integrations,
            meta: answer.meta,
        }
    }
}
