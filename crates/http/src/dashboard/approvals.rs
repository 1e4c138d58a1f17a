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
    pub(super) tool: String,
    pub(super) impact: &'static str,
    pub(super) device: String,
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
        tool: one.tool.clone(),
        impact: calls::impact(one.impact),
        device: visible_text(&one.device_label).into_owned(),
        connection: visible_text(&one.connection_label).into_owned(),
        status: one.status.clone(),
        asked: When::of_text(&one.created_at, now),
        ends: When::of_text(&one.expires_at, now),
    }
}
