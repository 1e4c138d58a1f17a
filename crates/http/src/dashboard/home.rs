//! The first page: what needs this person.

use super::approvals::{self, ApprovalRow};
use super::calls::{self, CallRow};
use super::connections::{self, ConnectionRow};
use super::page::{Frame, Page};
use super::query::Query;
use super::refusal::Refusal;
use super::session::Session;
use crate::state::Doors;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

const LAST_CALLS: i64 = 8;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Adding {
    /// An integration to connect, as ClawLink's links spell it.
    add: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    approvals: Vec<ApprovalRow>,
    /// Those whose keys were refused.
    broken: Vec<ConnectionRow>,
    is_connected: bool,
    has_devices: bool,
    may_connect: bool,
    calls: Vec<CallRow>,
}

/// `GET /dashboard?add=`
pub(super) async fn show(
    State(doors): State<Doors>,
    session: Session,
    Query(adding): Query<Adding>,
) -> Result<Response, Refusal> {
    if let Some(slug) = adding.add {
        let slug: String = url::form_urlencoded::byte_serialize(slug.as_bytes()).collect();
        return Ok(Redirect::to(&format!("/dashboard/connect/{slug}")).into_response());
    }
    let approvals = approvals::pending(&doors, &session).await?;
    let all = connections::rows(&doors, &session).await?;
    let devices = doors.identity.devices.list(session.principal()).await?;
    let (calls, _) = calls::newest(&doors, &session, LAST_CALLS, None).await?;
    let page = HomePage {
        frame: session.frame(),
        approvals,
        is_connected: !all.is_empty(),
        broken: all.into_iter().filter(|row| row.needs_person).collect(),
        has_devices: devices.iter().any(|device| device.revoked_at.is_none()),
        may_connect: session.principal().role.may_connect(),
        calls,
    };
    Ok(Page(page).into_response())
}
