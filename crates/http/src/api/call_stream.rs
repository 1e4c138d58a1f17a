//! The device's own calls as they happen, as server-sent events: `call` with the record whenever one begins or ends,
//! and `end` with a code when the stream is over.
//!
//! It is let in again at each change of its device, its person or its team, and every 15 seconds, so that a revoked
//! or expired token's stream ends.

use super::calls;
use crate::extract::{Credentials, Device, Query, instant};
use crate::places::{Full, Place};
use crate::rejection::Rejection;
use crate::state::Doors;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream::{self, Stream};
use keyferry_broker::view::CallRecord;
use keyferry_core::{DeviceId, ErrorCode, Failure, Principal, TeamId, Timestamp};
use keyferry_store::Change;
use serde::Deserialize;
use serde_json::json;
use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Interval, MissedTickBehavior};
use utoipa::IntoParams;

/// How often the journal is read.
const READ_EVERY: Duration = Duration::from_secs(1);
/// How often the token is looked at although nothing changed: it may have expired.
const CHECK_EVERY: Duration = Duration::from_secs(15);
/// A call may be journaled this much later than one that began after it, by another replica.
const LATE: Duration = Duration::from_secs(10);
/// How far back a stream may begin, and the longest that a call is waited for.
const BACK: Duration = Duration::from_secs(10 * 60);

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StreamQuery {
    /// Begin with what began after this instant (RFC 3339), at most ten minutes ago; now when absent.
    since: Option<String>,
}

/// Streams the device's calls as they begin and end.
#[utoipa::path(
    get,
    path = "/api/calls/stream",
    tag = "calls",
    operation_id = "streamCalls",
    params(StreamQuery),
    responses((status = 200, body = CallRecord, content_type = "text/event-stream"))
)]
pub(crate) async fn stream(
    State(doors): State<Doors>,
    credentials: Credentials,
    Device(principal): Device,
    Query(query): Query<StreamQuery>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Rejection> {
    let places = places(&doors, &principal)?;
    let now = doors.clock.now();
    let since = whole_millis(instant("since", query.since.as_deref())?.unwrap_or(now).max(now - BACK));
    let watch = Watch {
        changes: doors.identity.follower.subscribe(),
        read: every(READ_EVERY),
        check: every(CHECK_EVERY),
        doors,
        credentials,
        principal,
        since,
        told: HashMap::new(),
        pending: VecDeque::new(),
        over: false,
        _places: places,
    };
    let events = stream::unfold(watch, |mut watch| async { Some((Ok(watch.next().await?), watch)) });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// The place of a stream: one of its device's, and one of its team's.
fn places(doors: &Doors, principal: &Principal) -> Result<(Place<DeviceId>, Place<TeamId>), Failure> {
    let refused = |full, own: &str| match full {
        Full::Own => {
            let hint = "Close one that is open; when its line broke, it ends by itself soon.";
            Failure::new(ErrorCode::RateLimited, own).hint(hint).retry_after(CHECK_EVERY)
        }
        Full::All => Failure::unavailable("The gateway has as many streams open as it takes.", full),
    };
    let shared = doors.shared();
    let device = shared.streams.take(principal.device().cloned());
    let device = device.map_err(|full| refused(full, "This device has as many streams open as it may."))?;
    let team = shared.team_streams.take(Some(principal.team.clone()));
    let team = team.map_err(|full| refused(full, "This team has as many streams open as it may."))?;
    Ok((device, team))
}

struct Watch {
    doors: Doors,
    credentials: Credentials,
    principal: Principal,
    changes: Receiver<Change>,
    read: Interval,
    check: Interval,
    /// Calls that began before this are not looked at any more.
    since: Timestamp,
    /// What was told already: a call's id with its state and when it began.
    told: HashMap<String, (String, Timestamp)>,
    pending: VecDeque<CallRecord>,
    over: bool,
    _places: (Place<DeviceId>, Place<TeamId>),
}

/// What the watch waits for.
enum Woken {
    Read,
    Check,
    Stopping,
}

impl Watch {
    /// The next event; `None` when the stream is over.
    async fn next(&mut self) -> Option<Event> {
        while !self.over {
            if let Some(record) = self.pending.pop_front() {
                return Some(call_event(&record));
            }
            let done = match self.woken().await {
                Woken::Read => self.read_on().await,
                Woken::Check => self.check().await,
                Woken::Stopping => Err(ErrorCode::GatewayUnavailable),
            };
            if let Err(code) = done {
                self.over = true;
                return Some(Event::default().event("end").data(json!({"code": code.as_str()}).to_string()));
            }
        }
        None
    }

    async fn woken(&mut self) -> Woken {
        loop {
            tokio::select! {
                biased;
                () = self.doors.stop.cancelled() => return Woken::Stopping,
                change = self.changes.recv() => match change {
                    Ok(change) if !self.concerns(&change) => {}
                    // One who missed changes treats everything as changed.
                    Ok(_) | Err(RecvError::Lagged(_)) => return Woken::Check,
                    Err(RecvError::Closed) => return Woken::Stopping,
                },
                _ = self.check.tick() => return Woken::Check,
                _ = self.read.tick() => return Woken::Read,
            }
        }
    }

    fn concerns(&self, change: &Change) -> bool {
        let Principal { team, user, .. } = &self.principal;
        let device = self.principal.device().map(|device| device.as_str());
        [Some(team.as_str()), Some(user.as_str()), device].contains(&Some(change.id.as_str()))
    }

    async fn check(&mut self) -> Result<(), ErrorCode> {
        self.principal = self.credentials.device(&self.doors).await.map_err(|failure| failure.code)?;
        Ok(())
    }

    /// Reads the journal, and keeps what was not told yet, the oldest first.
    async fn read_on(&mut self) -> Result<(), ErrorCode> {
        let records = calls::all_since(&self.doors, &self.principal, self.since).await;
        let records = records.map_err(|failure| failure.code)?;
        for record in records.into_iter().rev() {
            let began = began(&record);
            let told = self.told.insert(record.id.clone(), (record.state.clone(), began));
            if told.is_none_or(|(state, _)| state != record.state) {
                self.pending.push_back(record);
            }
        }
        self.forget();
        Ok(())
    }

    /// Moves on past calls that are over, but not past those that may still be journaled.
    fn forget(&mut self) {
        let now = self.doors.clock.now();
        let unfinished = self.told.values().filter(|(state, _)| state == "intent").map(|(_, began)| *began);
        let next = unfinished.min().map_or(now - LATE, |began| began.min(now - LATE));
        self.since = self.since.max(whole_millis(next.max(now - BACK)));
        let since = self.since;
        self.told.retain(|_, (_, began)| *began >= since);
    }
}

fn call_event(record: &CallRecord) -> Event {
    Event::default().event("call").id(&record.id).data(json!(record).to_string())
}

fn began(record: &CallRecord) -> Timestamp {
    instant("startedAt", Some(&record.started_at)).ok().flatten().unwrap_or_default()
}

/// Records tell milliseconds: what is compared with them has no more.
fn whole_millis(at: Timestamp) -> Timestamp {
    Timestamp(at.micros().div_euclid(1000) * 1000)
}

fn every(period: Duration) -> Interval {
    let mut interval = tokio::time::interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
