//! Errors are pages too: the status, a sentence, and what to do. One place turns what the rooms refuse into them.

use super::html::Said;
use super::next::Next;
use super::page::Frame;
use crate::rejection::Rejection;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use keyferry_core::{Cause, ErrorCode, Failure, Mender, RequestId};
use keyferry_store::StoreError;
use std::time::Duration;

/// Why a page was not shown or a form not taken.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Nobody is signed in: the sign-in page comes first.
    SignIn(Next),
    /// What has high impact asks for the password again.
    SignInAgain(Next),
    /// A sentence and what to do, on a page of its own: [`error_page`] makes it.
    Told(Rejection),
}

#[derive(Debug, Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: Frame,
    status: u16,
    sentence: &'a str,
    advice: Said<'a>,
    details: Vec<String>,
    /// Where only the operator can tell more.
    request: Option<&'a RequestId>,
    needs_sign_in: bool,
}

/// The page of a refusal, whoever refused: a handler of a page, or a layer around all of them.
pub(crate) fn error_page(failure: &Failure, status: StatusCode, request: &RequestId) -> Response {
    let faults = failure.faults.iter().map(|fault| format!("{}: {}", fault.pointer, fault.message));
    let page = ErrorPage {
        frame: Frame::default(),
        status: status.as_u16(),
        sentence: &failure.message,
        advice: Said(failure.hint.as_deref().unwrap_or_else(|| advice(failure.code.mender()))),
        details: failure.details.iter().cloned().chain(faults).collect(),
        request: status.is_server_error().then_some(request),
        needs_sign_in: failure.code == ErrorCode::Unauthorized,
    };
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%request, %error, "the page of an error could not be made");
            failure.message.clone().into_response()
        }
    }
}

impl Refusal {
    pub(super) fn new(status: StatusCode, sentence: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::Told(Rejection::with_status(Failure::new(code(status), sentence).hint(advice), status))
    }

    /// One page for everything that is not there, and for everything that is another's: nobody can tell which.
    pub(super) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "There is nothing here.",
            "It may be gone, or belong to another person or team. If you are in several teams, change to the right one \
             at the top of the dashboard and try again.",
        )
    }

    /// What the person may not do; the sentence says who may.
    pub(super) fn not_allowed(sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, sentence, "Nothing was changed.")
    }

    /// A one-time link that is spent, expired or unknown.
    pub(super) fn link_over(sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, sentence, "Links of this kind work once and only for a while.")
    }

    /// The same of a link that lets somebody in: the page leads to the sign-in.
    pub(super) fn way_in_over(sentence: impl Into<String>, advice: impl Into<String>) -> Self {
        let failure = Failure::new(ErrorCode::Unauthorized, sentence).hint(advice);
        Self::Told(Rejection::with_status(failure, StatusCode::GONE))
    }

    pub(super) fn foreign_form(ours: String) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "This form was not sent from a page of this gateway, so it was not taken.",
            format!("Open {ours} in the address bar and try again from there. Nothing was changed."),
        )
    }

    pub(super) fn stale_form() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "This form belongs to another session, so it was not taken.",
            "Go back, load the page again and send the form once more. Nothing was changed.",
        )
    }

    pub(super) fn long_form() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The form holds more than is taken here.",
            "Go back and enter less. Nothing was changed.",
        )
    }

    pub(super) fn slow_form() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "The form took too long to arrive.",
            "Go back and send it once more. Nothing was changed.",
        )
    }

    pub(super) fn broken_form() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "The form could not be read.",
            "Go back, load the page again and send the form once more. Nothing was changed.",
        )
    }

    pub(super) fn session_over() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "You are not signed in any more, so the form was not taken.",
            "Sign in and send it once more. Nothing was changed.",
        )
    }

    pub(super) fn too_many(sentence: impl Into<String>, wait: Duration) -> Self {
        let failure = Failure::new(ErrorCode::RateLimited, sentence).hint("Wait, then try again.");
        Self::Told(failure.retry_after(wait).into())
    }

    /// A fault that only the operator can mend; the log has the cause.
    pub(super) fn internal(cause: impl Into<Cause>) -> Self {
        Failure::internal(cause).into()
    }
}

impl From<StoreError> for Refusal {
    #[track_caller]
    fn from(error: StoreError) -> Self {
        if error.is_unavailable() {
            return Failure::unavailable("The gateway can’t reach its database; nothing was changed.", error)
                .into();
        }
        Failure::internal(error).into()
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure.code {
            ErrorCode::NotFound => Self::not_found(),
            _ => Self::Told(failure.into()),
        }
    }
}

/// The code that the log knows such a page by.
fn code(status: StatusCode) -> ErrorCode {
    match status {
        StatusCode::UNAUTHORIZED => ErrorCode::Unauthorized,
        StatusCode::FORBIDDEN => ErrorCode::PolicyDenied,
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::GONE => ErrorCode::NotFound,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::PayloadTooLarge,
        StatusCode::TOO_MANY_REQUESTS => ErrorCode::RateLimited,
        status if status.is_client_error() => ErrorCode::InvalidArguments,
        _ => ErrorCode::Internal,
    }
}

fn advice(mender: Mender) -> &'static str {
    match mender {
        Mender::Agent | Mender::Person => "Go back and try it another way.",
        Mender::Operator => "The operator of this gateway finds the reason in its log.",
        Mender::Wait => "Try again in a moment.",
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn(next) => Redirect::to(&next.after("/dashboard/sign-in")).into_response(),
            Self::SignInAgain(next) => Redirect::to(&next.after("/dashboard/sign-in/again")).into_response(),
            Self::Told(rejection) => rejection.into_response(),
        }
    }
}
