//! Pairing as ClawLink's plugins for OpenClaw and Hermes do it: the person follows a link, no code is shown. It is there only
//! while the person holds a window open, and the device starts read-only.

use super::form::Form;
use super::named::PathToken;
use super::page::Page;
use super::pair::{DecisionForm, ReviewPage, Undecided, Way, decide_on};
use super::refusal::Refusal;
use super::session::{Session, Visitor};
use crate::state::Doors;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use keyferry_core::ExposeSecret;
use keyferry_identity::Claim;

/// `GET /openclaw/pair/{link}`, `GET /hermes/approve/{link}`
pub(super) async fn show(
    State(doors): State<Doors>,
    PathToken(link): PathToken,
    session: Session,
    visitor: Visitor,
    uri: Uri,
) -> Result<Page<ReviewPage>, Refusal> {
    let claim = Claim::Link(link.expose_secret());
    let waiting = doors.identity.pairings.look(session.principal(), claim, visitor.address()).await?;
    Ok(Page(ReviewPage::new(&session, waiting, &visitor, Way::by_link(uri.path()))))
}

/// `POST /openclaw/pair/{link}`, `POST /hermes/approve/{link}`
pub(super) async fn decide(
    State(doors): State<Doors>,
    PathToken(link): PathToken,
    visitor: Visitor,
    uri: Uri,
    Form { by, fields }: Form<DecisionForm>,
) -> Result<Response, Refusal> {
    let claim = Claim::Link(link.expose_secret());
    match decide_on(&doors, &by, &visitor, claim, &fields).await {
        Ok(done) => Ok(Page(done).into_response()),
        Err(Undecided::Review(error)) => Err(error.into()),
        Err(Undecided::Incomplete(sentence)) => {
            let waiting = doors.identity.pairings.look(by.principal(), claim, visitor.address()).await?;
            let page = ReviewPage::new(&by, waiting, &visitor, Way::by_link(uri.path()));
            Ok(Page(page.with_error(sentence)).not_taken())
        }
    }
}
