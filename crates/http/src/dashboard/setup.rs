//! The first start: whoever has the one-time link from the start's output makes the first account.

use super::form::OpenForm;
use super::named::PathToken;
use super::page::{Frame, Page};
use super::refusal::Refusal;
use super::session::Visitor;
use super::sign_in;
use crate::state::Doors;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use keyferry_core::{ExposeSecret, SecretString};
use keyferry_identity::{AccountError, NewAccount, SHORTEST_PASSWORD, SetupError};
use serde::Deserialize;

/// What a person enters to have an account; the page shows all but the passwords again.
#[derive(Debug, Default, Deserialize)]
pub(super) struct AccountForm {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) password: SecretString,
    pub(super) password_again: SecretString,
}

impl AccountForm {
    /// The account, when the password was typed twice alike.
    pub(super) fn account(&self) -> Result<NewAccount<'_>, &'static str> {
        if self.password.expose_secret() != self.password_again.expose_secret() {
            return Err("The two passwords are not the same; type them once more.");
        }
        Ok(NewAccount { email: &self.email, name: &self.name, password: &self.password })
    }
}

#[derive(Debug, Template)]
#[template(path = "setup.html")]
struct SetupPage {
    frame: Frame,
    form: AccountForm,
    error: Option<String>,
    shortest: usize,
}

impl SetupPage {
    fn new(form: AccountForm, error: Option<String>) -> Self {
        Self { frame: Frame::default(), form, error, shortest: SHORTEST_PASSWORD }
    }
}

/// `GET /dashboard/setup/{token}`
pub(super) async fn show(
    State(doors): State<Doors>,
    PathToken(token): PathToken,
) -> Result<Response, Refusal> {
    if !doors.identity.setup.is_open(&token).await? {
        return Err(SetupError::Link.into());
    }
    Ok(Page(SetupPage::new(AccountForm::default(), None)).into_response())
}

/// `POST /dashboard/setup/{token}`: spends the link and signs the new owner in.
pub(super) async fn complete(
    State(doors): State<Doors>,
    PathToken(token): PathToken,
    Visitor(browser): Visitor,
    OpenForm(form): OpenForm<AccountForm>,
) -> Result<Response, Refusal> {
    let account = match form.account() {
        Ok(account) => account,
        Err(sentence) => return Ok(Page(SetupPage::new(form, Some(sentence.to_owned()))).not_taken()),
    };
    match doors.identity.setup.complete(&token, &account).await {
        Ok(_) => {
            let session = doors.identity.sign_in.with_password(&form.email, &form.password, &browser).await?;
            Ok(sign_in::welcome(&doors, &session, "/dashboard"))
        }
        Err(SetupError::Account(error)) => {
            let sentence = mendable(error)?;
            Ok(Page(SetupPage::new(form, Some(sentence))).not_taken())
        }
        Err(other) => Err(other.into()),
    }
}

/// The sentence of an error that the person mends in the form; everything else is a page of its own.
pub(super) fn mendable(error: AccountError) -> Result<String, Refusal> {
    match error {
        AccountError::Store(error) => Err(error.into()),
        AccountError::Password(error) => Err(Refusal::internal(error)),
        told => Ok(told.to_string()),
    }
}

impl From<SetupError> for Refusal {
    fn from(error: SetupError) -> Self {
        match error {
            SetupError::Link => Self::way_in_over(
                "This set-up link was used or has expired.",
                "If you made your account with it, sign in. If nobody has an account yet, the operator of this gateway \
                 makes a new link with `keyferry admin setup-link`.",
            ),
            SetupError::Account(AccountError::Password(error)) => Self::internal(error),
            SetupError::Account(AccountError::Store(error)) | SetupError::Store(error) => error.into(),
            SetupError::Account(error) => Self::not_allowed(error.to_string()),
        }
    }
}
