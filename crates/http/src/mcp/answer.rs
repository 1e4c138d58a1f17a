//! What a tool answers: the API's own body, as structure and as text for clients that know only text.

use crate::api::wire::FailureAnswer;
use crate::rejection;
use keyferry_broker::Failed;
use keyferry_broker::view::Meta;
use keyferry_core::{Failure, RequestId};
use rmcp::model::CallToolResult;
use serde::Serialize;
use serde_json::json;

/// Why a tool did not do what it was asked.
#[derive(Debug)]
pub(super) enum Refused {
    Failure(Failure),
    /// One that the journal may know.
    Failed(Failed),
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<Failed> for Refused {
    fn from(failed: Failed) -> Self {
        Self::Failed(failed)
    }
}

impl Refused {
    pub(super) fn failure(&self) -> &Failure {
        match self {
            Self::Failure(failure) | Self::Failed(Failed { failure, .. }) => failure,
        }
    }

    /// The answer; its cause goes to the log under the request's id.
    pub(super) fn answer(&self, request: &RequestId) -> CallToolResult {
        rejection::log_cause(self.failure(), request);
        let mut meta = match self {
            Self::Failure(_) => Meta::default(),
            Self::Failed(failed) => failed.meta.as_ref().clone(),
        };
        meta.request_id = Some(request.to_string());
        CallToolResult::structured_error(json!(FailureAnswer::new(self.failure(), meta)))
    }
}

pub(super) fn done<T: Serialize>(answer: &T) -> Result<CallToolResult, Refused> {
    let value = serde_json::to_value(answer).map_err(Failure::internal)?;
    Ok(CallToolResult::structured(value))
}
