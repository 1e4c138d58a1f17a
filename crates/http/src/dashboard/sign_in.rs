//! Signing in with e-mail address and password, and signing out.

use super::cookie;
use super::form::{Button, Form, OpenForm};
use super::next::Next;
use super::notice::Notice;
use super::page::{Frame, Page};
use super::query::Query;
use super::refusal::Refusal;
use super::session::{MaybeSession, Visitor};
use crate::state::Doors;
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use keyferry_core::SecretString;
use keyferry_identity::{NewSession, SignInError};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Where {
    pub(super) next: Option<String>,
}

impl Where {
    pub(super) fn next(&self) -> Next {
        self.next.as_deref().map_or_else(Next::home, Next::of_text)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct SignInForm {
    email: String,
    password: SecretString,
    next: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    email: String,
    next: Next,
    error: Option<String>,
    /// Nobody has an account: there is nothing to sign in to yet.
    unclaimed: bool,
}

/// `GET /dashboard/sign-in?next=`
pub(super) async fn show(
    State(doors): State<Doors>,
    session: MaybeSession,
    Query(asked): Query<Where>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if session.0.is_some() {
        return Ok(Redirect::to(asked.next().as_str()).into_response());
    }
    let unclaimed = doors.identity.setup.is_needed().await?;
    let frame = session.frame(&doors, &headers);
    let page = SignInPage { frame, email: String::new(), next: asked.next(), error: None, unclaimed };
    Ok(Page(page).into_response())
}

/// `POST /dashboard/sign-in`
pub(super) async fn sign_in(
    State(doors): State<Doors>,
    Visitor(browser): Visitor,
    OpenForm(form): OpenForm<SignInForm>,
) -> Result<Response, Refusal> {
    let next = form.next.as_deref().map_or_else(Next::home, Next::of_text);
    let status = match doors.identity.sign_in.with_password(&form.email, &form.password, &browser).await {
        Ok(session) => return Ok(welcome(&doors, &session, next.as_str())),
        Err(SignInError::Wrong) => (StatusCode::UNPROCESSABLE_ENTITY, SignInError::Wrong.to_string()),
        Err(SignInError::TooMany(wait)) => {
            (StatusCode::TOO_MANY_REQUESTS, SignInError::TooMany(wait).to_string())
        }
        Err(other) => return Err(other.into()),
    };
    let (status, sentence) = status;
    let (frame, email) = (Frame::default(), form.email);
    let page = SignInPage { frame, email, next, error: Some(sentence), unclaimed: false };
    Ok(Page(page).with_status(status))
}

/// `POST /dashboard/sign-out`
pub(super) async fn sign_out(
    State(doors): State<Doors>,
    Form { by, fields: Button {} }: Form<Button>,
) -> Result<Response, Refusal> {
    doors.identity.sessions.end(&by.principal().user, &by.signed_in.session.id).await?;
    let mut response = Notice::SignedOut.at(&doors, "/dashboard/sign-in");
    response.headers_mut().append(header::SET_COOKIE, cookie::end_session(&doors));
    Ok(response)
}

/// Gives the browser its session and leads it on.
pub(super) fn welcome(doors: &Doors, session: &NewSession, path: &str) -> Response {
    ([(header::SET_COOKIE, cookie::begin_session(doors, &session.cookie))], Redirect::to(path))
        .into_response()
}

impl From<SignInError> for Refusal {
    fn from(error: SignInError) -> Self {
        let sentence = error.to_string();
        match error {
            SignInError::Wrong => Self::not_allowed(sentence),
            SignInError::TooMany(wait) => Self::too_many(sentence, wait),
            SignInError::Link => Self::way_in_over(
                "This sign-in link was used or has expired.",
                "Sign in with your password. If you have lost it, the operator of this gateway makes a new link with \
                 `keyferry admin sign-in-link` and your e-mail address.",
            ),
            SignInError::Session(error) => error.into(),
            SignInError::Password(error) => Self::internal(error),
            SignInError::Store(error) => error.into(),
        }
    }
}
