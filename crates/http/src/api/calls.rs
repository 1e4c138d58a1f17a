//! The device's own journal.

use crate::extract::{Device, Query, Segment, instant, number, word};
use crate::rejection::Rejection;
use crate::state::Doors;
use axum::Json;
use axum::extract::State;
use keyferry_broker::CallsQuery;
use keyferry_broker::view::{CallList, CallRecord};
use keyferry_core::{Failure, Principal, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;

/// Records of one reading of the journal, and how many readings one look may take.
const PAGE: i64 = 200;
const PAGES: usize = 10;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// The tool's name.
    tool: Option<String>,
    /// The integration's slug.
    integration: Option<String>,
    /// The connection's number.
    #[param(value_type = Option<i64>)]
    connection: Option<String>,
    /// `intent`, `succeeded`, `failed`, `unknown`, `refused` or `previewed`.
    state: Option<String>,
    /// `read`, `write` or `high_impact`.
    impact: Option<String>,
    /// Begun at this instant (RFC 3339) or later.
    since: Option<String>,
    /// Begun before this instant.
    until: Option<String>,
    /// Only those made beneath this call.
    parent: Option<String>,
    /// `true`: also those made beneath another call.
    #[param(value_type = Option<bool>)]
    beneath: Option<String>,
    /// `nextCursor` of the answer before.
    cursor: Option<String>,
    /// 1 to 200; 50 when absent.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
}

impl ListQuery {
    fn read(self) -> Result<CallsQuery, Failure> {
        let text = |given: Option<String>| given.filter(|text| !text.is_empty());
        Ok(CallsQuery {
            connection: number("connection", self.connection.as_deref())?,
            state: word("state", self.state.as_deref())?,
            impact: word("impact", self.impact.as_deref())?,
            since: instant("since", self.since.as_deref())?,
            until: instant("until", self.until.as_deref())?,
            parent: word("parent", self.parent.as_deref())?,
            beneath: self.beneath.as_deref() == Some("true"),
            cursor: word("cursor", self.cursor.as_deref())?,
            limit: number("limit", self.limit.as_deref())?,
            tool: text(self.tool),
            integration: text(self.integration),
            device: None,
        })
    }
}

/// Lists the device's calls, the newest first, without arguments and answers.
#[utoipa::path(
    get,
    path = "/api/calls",
    tag = "calls",
    operation_id = "listCalls",
    params(ListQuery),
    responses((status = 200, body = CallList))
)]
pub(crate) async fn list(
    State(doors): State<Doors>,
    Device(principal): Device,
    Query(query): Query<ListQuery>,
) -> Result<Json<CallList>, Rejection> {
    Ok(Json(doors.broker.calls(&principal, &query.read()?).await?))
}

/// Tells about one call, with its arguments and its answer while they are kept.
#[utoipa::path(
    get,
    path = "/api/calls/{id}",
    tag = "calls",
    operation_id = "getCall",
    params(("id" = String, Path, description = "The call's id: `call_…`.")),
    responses((status = 200, body = CallRecord))
)]
pub(crate) async fn get(
    State(doors): State<Doors>,
    Device(principal): Device,
    id: Segment,
) -> Result<Json<CallRecord>, Rejection> {
    Ok(Json(doors.broker.call_record(&principal, &id.parse()?).await?))
}

/// What began at `since` or later, the newest first; of a flood, the newest two thousand.
pub(super) async fn all_since(
    doors: &Doors,
    principal: &Principal,
    since: Timestamp,
) -> Result<Vec<CallRecord>, Failure> {
    let mut query =
        CallsQuery { since: Some(since), beneath: true, limit: Some(PAGE), ..CallsQuery::default() };
    let mut found = Vec::new();
    for _ in 0..PAGES {
        let CallList { calls, next_cursor } = doors.broker.calls(principal, &query).await?;
        found.extend(calls);
        let Some(cursor) = next_cursor else { break };
        query.cursor = Some(cursor.parse().map_err(Failure::internal)?);
    }
    Ok(found)
}
