//! The last calls, as the journal has them. Names and outcomes only: arguments and answers are not on this page.

use super::html::{Said, When};
use super::page::{Frame, Page};
use super::query::Query;
use super::refusal::Refusal;
use super::session::Session;
use crate::state::Doors;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use keyferry_broker::view::CallRecord;
use keyferry_broker::{CallsQuery, visible_text};
use keyferry_core::{CallId, Impact, Timestamp};
use serde::Deserialize;
use std::collections::HashMap;

const SHOWN: i64 = 50;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Cursor {
    after: Option<String>,
}

/// One line of the list.
#[derive(Debug)]
pub(super) struct CallRow {
    pub(super) tool: String,
    pub(super) impact: &'static str,
    pub(super) device: String,
    pub(super) connection: Option<i64>,
    pub(super) state: &'static str,
    /// The word that the stylesheet knows the state by.
    pub(super) tone: &'static str,
    said: String,
    pub(super) began: Option<When>,
}

impl CallRow {
    pub(super) fn said(&self) -> Said<'_> {
        Said(&self.said)
    }
}

#[derive(Debug, Template)]
#[template(path = "calls.html")]
struct CallsPage {
    frame: Frame,
    calls: Vec<CallRow>,
    next: Option<String>,
}

/// `GET /dashboard/calls?after=`
pub(super) async fn show(
    State(doors): State<Doors>,
    session: Session,
    Query(cursor): Query<Cursor>,
) -> Result<Response, Refusal> {
    let cursor: Option<CallId> = cursor.after.as_deref().and_then(|text| text.parse().ok());
    let (calls, next) = newest(&doors, &session, SHOWN, cursor).await?;
    Ok(Page(CallsPage { frame: session.frame(), calls, next }).into_response())
}

/// The newest calls before `cursor`, and where they go on.
pub(super) async fn newest(
    doors: &Doors,
    session: &Session,
    limit: i64,
    cursor: Option<CallId>,
) -> Result<(Vec<CallRow>, Option<String>), Refusal> {
    let asked = CallsQuery { cursor, limit: Some(limit), ..CallsQuery::default() };
    let list = doors.broker.calls(session.principal(), &asked).await?;
    let devices = doors.identity.devices.list(session.principal()).await?;
    let labels: HashMap<&str, &str> =
        devices.iter().map(|device| (device.id.as_str(), device.label.as_str())).collect();
    let rows = list.calls.iter().map(|call| row(call, &labels, session.now)).collect();
    Ok((rows, list.next_cursor))
}

fn row(call: &CallRecord, labels: &HashMap<&str, &str>, now: Timestamp) -> CallRow {
    let device = call.device_id.as_deref().map(|id| labels.get(id).copied().unwrap_or("another’s device"));
    let (state, tone) = state(&call.state);
    CallRow {
        tool: call.tool.clone(),
        impact: impact(call.impact),
        device: device.unwrap_or("you").to_owned(),
        connection: call.connection_id,
        state,
        tone,
        said: visible_text(call.error_message.as_deref().unwrap_or_default()).into_owned(),
        began: When::of_text(&call.started_at, now),
    }
}

/// An impact in words.
pub(super) fn impact(impact: Impact) -> &'static str {
    match impact {
        Impact::Read => "read",
        Impact::Write => "write",
        Impact::HighImpact => "high impact",
    }
}

pub(super) fn state(word: &str) -> (&'static str, &'static str) {
    match word {
        "intent" => ("running", "quiet"),
        "succeeded" => ("done", "good"),
        "failed" => ("failed", "bad"),
        "refused" => ("refused", "warn"),
        "previewed" => ("previewed", "quiet"),
        _ => ("unknown", "bad"),
    }
}
