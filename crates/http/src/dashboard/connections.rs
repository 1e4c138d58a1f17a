//! The accounts that are connected, and what else could be.

use super::html::When;
use super::page::{Frame, Page};
use super::refusal::Refusal;
use super::session::Session;
use crate::state::Doors;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use keyferry_broker::view::{ConnectionView, SlotView};
use keyferry_broker::{IntegrationsQuery, visible_text};
use keyferry_core::Timestamp;

/// One line of the list.
#[derive(Debug)]
pub(super) struct ConnectionRow {
    pub(super) number: i64,
    pub(super) label: String,
    pub(super) integration: String,
    pub(super) region: String,
    pub(super) shared: bool,
    pub(super) is_default: bool,
    pub(super) needs_person: bool,
    pub(super) said: Option<String>,
    pub(super) slots: Vec<SlotBadge>,
    pub(super) last_used: Option<When>,
}

/// A slot in a word.
#[derive(Debug)]
pub(super) struct SlotBadge {
    pub(super) label: String,
    pub(super) state: &'static str,
    /// The word that the stylesheet knows the state by.
    pub(super) tone: &'static str,
}

/// What could be connected.
#[derive(Debug)]
struct Choice {
    slug: String,
    name: String,
    description: String,
}

#[derive(Debug, Template)]
#[template(path = "connections.html")]
struct ConnectionsPage {
    frame: Frame,
    connections: Vec<ConnectionRow>,
    choices: Vec<Choice>,
    may_connect: bool,
}

/// `GET /dashboard/connections`
pub(super) async fn show(State(doors): State<Doors>, session: Session) -> Result<Response, Refusal> {
    let connections = rows(&doors, &session).await?;
    let known = doors.broker.integrations(session.principal(), &IntegrationsQuery::default()).await?;
    let choices = known.items.into_iter();
    let choices =
        choices.map(|item| Choice { slug: item.slug, name: item.name, description: item.description });
    let page = ConnectionsPage {
        frame: session.frame(),
        connections,
        choices: choices.collect(),
        may_connect: session.principal().role.may_connect(),
    };
    Ok(Page(page).into_response())
}

/// What the person may use.
pub(super) async fn rows(doors: &Doors, session: &Session) -> Result<Vec<ConnectionRow>, Refusal> {
    let list = doors.broker.connections(session.principal()).await?;
    Ok(list.connections.iter().map(|one| row(one, session.now)).collect())
}

fn row(one: &ConnectionView, now: Timestamp) -> ConnectionRow {
    ConnectionRow {
        number: one.number,
        label: one.label.clone(),
        integration: one.integration.clone(),
        region: one.region.clone(),
        shared: one.shared,
        is_default: one.is_default,
        needs_person: one.state == "needs_reauth",
        said: one.state_message.as_deref().map(|text| visible_text(text).into_owned()),
        slots: one.slots.iter().map(badge).collect(),
        last_used: one.last_used_at.as_deref().and_then(|text| When::of_text(text, now)),
    }
}

pub(super) fn badge(slot: &SlotView) -> SlotBadge {
    let (state, tone) = match slot.health.as_ref().map(|health| health.state.as_str()) {
        None => ("empty", "quiet"),
        Some("verified") => ("verified", "good"),
        Some("refused") => ("refused", "bad"),
        Some("unverifiable") => ("can’t be checked", "warn"),
        Some(_) => ("not tested", "warn"),
    };
    SlotBadge { label: slot.label.clone(), state, tone }
}
