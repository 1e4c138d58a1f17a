//! Links that sign a person in once. Opening one shows a button, so that a preview of the link spends nothing.

use super::form::OpenButton;
use super::named::PathToken;
use super::page::{Frame, Page};
use super::refusal::Refusal;
use super::session::Visitor;
use super::sign_in;
use crate::state::Doors;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Debug, Template)]
#[template(path = "sign_in_link.html")]
pub(super) struct SignInLinkPage {
    frame: Frame,
}

/// `GET /dashboard/sign-in/{token}`: the same page for every token; only spending it tells whether it is good.
pub(super) async fn show(PathToken(_): PathToken) -> Page<SignInLinkPage> {
    Page(SignInLinkPage { frame: Frame::default() })
}

/// `POST /dashboard/sign-in/{token}`
pub(super) async fn spend(
    State(doors): State<Doors>,
    PathToken(token): PathToken,
    Visitor(browser): Visitor,
    _: OpenButton,
) -> Result<Response, Refusal> {
    let session = doors.identity.sign_in.with_link(&token, &browser).await?;
    Ok(sign_in::welcome(&doors, &session, "/dashboard"))
}
