//! A status that was asked for, in the shape of the API that has to say it.

use crate::place::Api;
use crate::{profiles, public_api, tracking};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER};

/// `retry_after` in seconds; when it is none, no `Retry-After` is sent.
pub(crate) fn refusal(api: Api, status: StatusCode, retry_after: Option<u64>) -> Response {
    let mut response = if status.is_success() || status.is_redirection() {
        status.into_response()
    } else {
        match api {
            Api::Public => public_api::refused(status, retry_after),
            Api::Tracking => tracking::refused(status, retry_after),
            Api::Profiles => profiles::refused(status),
        }
    };
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
