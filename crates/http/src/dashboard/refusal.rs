//! Errors are pages too: the status, a sentence, and what to do. One place turns what the rooms refuse into them.

use super::next::Next;
use super::page::{Frame, Page};
use crate::rejection::LoggedCause;
use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use keyferry_core::{Cause, ErrorCode, Failure, Mender};
use keyferry_store::StoreError;
use std::sync::Arc;
use std::time::Duration;

/// Why a page was not shown or a form not taken.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Nobody is signed in: the sign-in page comes first.
    SignIn(Next),
    /// What has high impact asks for the password again.
    SignInAgain(Next),
    Told(Box<Told>),
}

#[derive(Debug)]
pub(super) struct Told {
    status: StatusCode,
    sentence: String,
    advice: String,
    details: Vec<String>,
    retry_after: Option<Duration>,
    /// For the log only.
    cause: Option<Cause>,
}

#[derive(Debug, Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: Frame,
    status: u16,
    told: &'a Told,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, sentence: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::Told(Box::new(Told {
            status,
            sentence: sentence.into(),
            advice: advice.into(),
            details: Vec::new(),
            retry_after: None,
            cause: None,
        }))
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
        let mut refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, sentence, "Wait, then try again.");
        if let Self::Told(told) = &mut refusal {
            told.retry_after = Some(wait);
        }
        refusal
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
        if failure.code == ErrorCode::NotFound {
            return Self::not_found();
        }
        let advice = failure.hint.unwrap_or_else(|| advice(failure.code.mender()).to_owned());
        let faults = failure.faults.iter().map(|fault| format!("{}: {}", fault.pointer, fault.message));
        Self::Told(Box::new(Told {
            status: StatusCode::from_u16(failure.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            sentence: failure.message,
            advice,
            details: failure.details.iter().cloned().chain(faults).collect(),
            retry_after: failure.retry_after,
            cause: failure.cause,
        }))
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
            Self::Told(told) => told.into_response(),
        }
    }
}

impl Told {
    fn into_response(mut self) -> Response {
        let cause = self.cause.take();
        let page = Page(ErrorPage { frame: Frame::default(), status: self.status.as_u16(), told: &self });
        let mut response = page.with_status(self.status);
        if let Some(wait) = self.retry_after {
            let seconds = HeaderValue::from(wait.as_secs().max(1));
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        if let Some(cause) = cause {
            response.extensions_mut().insert(LoggedCause(Arc::new(cause)));
        }
        response
    }
}
