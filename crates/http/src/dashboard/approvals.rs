//! The calls that wait for this person, and those that were decided lately.

use super::calls;
use super::html::When;
use super::page::{Frame, Page};
use super::refusal::Refusal;
use super::session::Session;
use crate::state::Doors;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use keyferry_broker::view::ApprovalSummary;
use keyferry_broker::visible_text;
use keyferry_core::Timestamp;

/// Decided ones that are still worth a look.
const DECIDED: usize = 20;

/// One line of the list.
#[derive(Debug)]
pub(super) struct ApprovalRow {
    pub(super) id: String,
    pub(super) title: String,
    /// Whose state it would change: its id and its name, where they are known.
    pub(super) object: Option<String>,
    pub(super) object_name: Option<String>,
    pub(super) impact: &'static str,
    pub(super) device: String,
    pub(super) asked_by: String,
    pub(super) connection: String,
    pub(super) status: String,
    pub(super) asked: Option<When>,
    pub(super) ends: Option<When>,
}

#[derive(Debug, Template)]
#[template(path = "approvals.html")]
struct ApprovalsPage {
    frame: Frame,
    pending: Vec<ApprovalRow>,
    decided: Vec<ApprovalRow>,
}

/// `GET /dashboard/approvals`
pub(super) async fn show(State(doors): State<Doors>, session: Session) -> Result<Response, Refusal> {
    let (pending, mut decided) = all(&doors, &session).await?;
    decided.truncate(DECIDED);
    Ok(Page(ApprovalsPage { frame: session.frame(), pending, decided }).into_response())
}

/// Those that wait for this person.
pub(super) async fn pending(doors: &Doors, session: &Session) -> Result<Vec<ApprovalRow>, Refusal> {
    Ok(all(doors, session).await?.0)
}

async fn all(doors: &Doors, session: &Session) -> Result<(Vec<ApprovalRow>, Vec<ApprovalRow>), Refusal> {
    let list = doors.broker.approvals(session.principal()).await?;
    let rows = list.approvals.iter().map(|one| row(one, session.now));
    Ok(rows.partition(|row| row.status == "pending"))
}

fn row(one: &ApprovalSummary, now: Timestamp) -> ApprovalRow {
    ApprovalRow {
        id: one.id.clone(),
        title: one.title.clone(),
        object: one.object.as_deref().map(visible),
        object_name: one.object_name.as_deref().map(visible),
        impact: calls::impact(one.impact),
        device: visible(&one.device_label),
        asked_by: visible(&one.requested_by),
        connection: visible(&one.connection_label),
        status: one.status.clone(),
        asked: When::of_text(&one.created_at, now),
        ends: When::of_text(&one.expires_at, now),
    }
}

fn visible(text: &str) -> String {
    visible_text(text).into_owned()
}
