//! The password once more, before what has high impact.

use super::form::Form;
use super::next::Next;
use super::page::{Frame, Page};
use super::query::Query;
use super::refusal::Refusal;
use super::session::Session;
use super::sign_in::Where;
use crate::state::Doors;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use keyferry_core::SecretString;
use keyferry_identity::FreshenError;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct PasswordForm {
    password: SecretString,
    next: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "sign_in_again.html")]
pub(super) struct SignInAgainPage {
    frame: Frame,
    email: String,
    next: Next,
    error: Option<String>,
}

/// `GET /dashboard/sign-in/again?next=`
pub(super) async fn show(session: Session, Query(asked): Query<Where>) -> Page<SignInAgainPage> {
    Page(page(&session, asked.next(), None))
}

/// `POST /dashboard/sign-in/again`
pub(super) async fn freshen(
    State(doors): State<Doors>,
    Form { by, fields }: Form<PasswordForm>,
) -> Result<Response, Refusal> {
    let next = fields.next.as_deref().map_or_else(Next::home, Next::of_text);
    let status = match doors.identity.sign_in.again(&by.signed_in, &fields.password).await {
        Ok(()) => return Ok(Redirect::to(next.as_str()).into_response()),
        Err(error @ FreshenError::WrongPassword) => (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()),
        Err(error @ FreshenError::TooMany(_)) => (StatusCode::TOO_MANY_REQUESTS, error.to_string()),
        Err(FreshenError::Password(error)) => return Err(Refusal::internal(error)),
        Err(FreshenError::Store(error)) => return Err(error.into()),
    };
    let (status, sentence) = status;
    Ok(Page(page(&by, next, Some(sentence))).with_status(status))
}

fn page(session: &Session, next: Next, error: Option<String>) -> SignInAgainPage {
    SignInAgainPage { frame: session.frame(), email: session.signed_in.user.email.clone(), next, error }
}
