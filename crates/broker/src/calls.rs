//! The journal as its owner reads it: a device its own calls, a person those of all of the person's devices.

use crate::bodies::{self, Part, Place};
use crate::idempotency::Kept;
use crate::unknown::what_to_read;
use crate::view::{CallList, CallRecord};
use crate::{Broker, unavailable};
use keyferry_core::{CallId, ErrorCode, Failure, Principal, Timestamp};
use keyferry_store::calls::{self, Call, CallFilter, CallState, Whose};
use keyferry_store::connections::Connection;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

const PAGE: i64 = 50;
const LARGEST_PAGE: i64 = 200;

/// How long is waited for what the journal has taken and not written.
const PATIENCE: Duration = Duration::from_millis(500);

/// Which calls are asked for; what is `None` is not asked about.
#[derive(Debug, Clone, Default)]
pub struct CallsQuery {
    pub tool: Option<String>,
    pub integration: Option<String>,
    /// The connection's number.
    pub connection: Option<i64>,
    pub device: Option<keyferry_core::DeviceId>,
    pub state: Option<CallState>,
    pub impact: Option<keyferry_core::Impact>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Only those made beneath this call.
    pub parent: Option<CallId>,
    /// Also those made beneath another call.
    pub beneath: bool,
    /// From the answer before.
    pub cursor: Option<CallId>,
    pub limit: Option<i64>,
}

impl Broker {
    /// The newest calls first, without arguments and answers.
    ///
    /// # Errors
    /// `gateway_unavailable`.
    pub async fn calls(&self, principal: &Principal, asked: &CallsQuery) -> Result<CallList, Failure> {
        let visible = self.accounts().connections(&principal.team, &principal.user).await?;
        let connection = match asked.connection {
            None => None,
            Some(number) => match visible.iter().find(|one| one.number == number) {
                Some(connection) => Some(connection.id.clone()),
                None => return Ok(CallList { calls: Vec::new(), next_cursor: None }),
            },
        };
        let limit = asked.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
        let filter = CallFilter { connection, ..filter(asked) };
        let rows = calls::list(self.db(), &principal.team, whose(principal), &filter, limit + 1).await;
        let mut rows = rows.map_err(unavailable::store)?;
        let more = i64::try_from(rows.len()).is_ok_and(|found| found > limit);
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next_cursor = rows.last().filter(|_| more).map(|row| row.id.to_string());
        let calls = rows.iter().map(|row| call_record(row, &visible)).collect();
        Ok(CallList { calls, next_cursor })
    }

    /// One call, with its arguments and its answer while they are kept.
    ///
    /// # Errors
    /// `not_found` for one that does not exist or is another's.
    pub async fn call_record(&self, principal: &Principal, id: &CallId) -> Result<CallRecord, Failure> {
        let row = self.settled(principal, id).await?;
        let row = row.ok_or_else(|| Failure::new(ErrorCode::NotFound, "There is no such call."))?;
        let visible = self.accounts().connections(&principal.team, &principal.user).await?;
        let arguments: Option<Value> = self.body(&row, Part::Arguments, row.arguments.as_deref()).await?;
        let kept: Option<Kept> = self.body(&row, Part::Result, row.result.as_deref()).await?;
        let result = kept.and_then(|kept| match kept {
            Kept::Result { body, .. } => Some(body),
            Kept::Failure { .. } | Kept::Nothing => None,
        });
        let tool = self.catalog().tool(&row.tool);
        let hint = (row.state == CallState::Unknown).then(|| what_to_read(tool.as_deref()));
        Ok(CallRecord { arguments, result, hint, ..call_record(&row, &visible) })
    }

    /// A call as the journal has it. One whose outcome is not in it, or that is not in it at all, may wait there to be
    /// written: whoever was just answered asks soon.
    async fn settled(&self, principal: &Principal, id: &CallId) -> Result<Option<Call>, Failure> {
        let look = async || {
            let found = calls::get(self.db(), &principal.team, whose(principal), id).await;
            found.map_err(unavailable::store)
        };
        let found = look().await?;
        if found.as_ref().is_some_and(|call| call.state != CallState::Intent) {
            return Ok(found);
        }
        // When the journal is not written in time, what it has by now is told.
        let _ = tokio::time::timeout(PATIENCE, self.flush_journal()).await;
        look().await
    }

    async fn body<T: DeserializeOwned>(
        &self,
        row: &Call,
        part: Part,
        sealed: Option<&[u8]>,
    ) -> Result<Option<T>, Failure> {
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let place = Place { team: &row.team, record: row.id.as_str(), part, began: row.started_at };
        bodies::open(self.keys(), place, sealed).await.map(Some)
    }
}

fn whose(principal: &Principal) -> Whose<'_> {
    match principal.device() {
        Some(device) => Whose::Device(device),
        None if principal.role.may_manage() => Whose::Manager(&principal.user),
        None => Whose::Person(&principal.user),
    }
}

fn filter(asked: &CallsQuery) -> CallFilter {
    CallFilter {
        device: asked.device.clone(),
        connection: None,
        tool: asked.tool.clone(),
        integration: asked.integration.clone(),
        state: asked.state,
        impact: asked.impact,
        since: asked.since,
        until: asked.until,
        parent: asked.parent.clone(),
        beneath: asked.beneath,
        before: asked.cursor.clone(),
    }
}

fn call_record(row: &Call, visible: &[Arc<Connection>]) -> CallRecord {
    let number =
        |id: &keyferry_core::ConnectionId| visible.iter().find(|one| one.id == *id).map(|one| one.number);
    let duration = row.finished_at.map(|finished| finished.since(row.started_at));
    CallRecord {
        id: row.id.to_string(),
        tool: row.tool.clone(),
        integration: row.integration.clone(),
        impact: row.impact,
        connection_id: row.connection.as_ref().and_then(number),
        device_id: row.device.as_ref().map(ToString::to_string),
        parent_id: row.parent.as_ref().map(ToString::to_string),
        state: row.state.as_str().to_owned(),
        status: row.status,
        error_code: row.error_code.clone(),
        error_message: row.error_message.clone(),
        hint: None,
        object: row.object.clone(),
        confirmation_id: row.confirmation.as_ref().map(ToString::to_string),
        attempts: row.attempts,
        bytes_in: row.bytes_in,
        bytes_out: row.bytes_out,
        started_at: row.started_at.rfc3339(),
        finished_at: row.finished_at.map(Timestamp::rfc3339),
        duration_ms: duration.map(|taken| u64::try_from(taken.as_millis()).unwrap_or(u64::MAX)),
        arguments: None,
        result: None,
    }
}
