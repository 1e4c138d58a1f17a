//! The journal: one row for each attempt at a tool, written before anything is sent.

use crate::bind::binds;
use crate::row::{row, words};
use crate::{StoreError, Tx, Via, subjects};
use keyferry_core::{CallId, ConfirmationId, ConnectionId, DeviceId, Impact, TeamId, Timestamp, UserId};

words! {
    pub enum CallState {
        /// About to be sent, or being sent.
        Intent = "intent",
        Succeeded = "succeeded",
        Failed = "failed",
        /// It may have been done; nobody knows.
        Unknown = "unknown",
        /// Never sent: the gateway said no.
        Refused = "refused",
        /// A preview: the reads beneath it are calls of their own.
        Previewed = "previewed",
    }
}

row! {
    columns call_columns from "calls";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Call {
        pub id: CallId,
        pub team: TeamId = "team_id",
        pub user: UserId = "user_id",
        pub device: Option<DeviceId> = "device_id",
        pub connection: Option<ConnectionId> = "connection_id",
        /// The preview or composite call that this one was made for.
        pub parent: Option<CallId> = "parent_id",
        pub tool: String,
        pub integration: String,
        pub impact: Impact,
        pub digest: Vec<u8>,
        pub confirmation: Option<ConfirmationId> = "confirmation_id",
        /// The thing that it concerns, by name or id; for a person only its keyed hash.
        pub object: Option<String>,
        pub state: CallState,
        /// Whether a byte may have reached the upstream.
        pub sent_may: bool,
        /// Sealed.
        pub arguments: Option<Vec<u8>>,
        /// The redacted answer, sealed.
        pub result: Option<Vec<u8>>,
        /// The upstream's HTTP status.
        pub status: Option<i64>,
        pub error_code: Option<String>,
        pub error_message: Option<String>,
        pub attempts: i64,
        pub bytes_in: i64,
        pub bytes_out: i64,
        pub idempotency_hash: Option<Vec<u8>>,
        pub started_at: Timestamp,
        pub deadline_at: Timestamp,
        pub finished_at: Option<Timestamp>,
    }
}

/// A call that is about to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCall {
    pub id: CallId,
    pub team: TeamId,
    pub user: UserId,
    pub device: Option<DeviceId>,
    pub connection: Option<ConnectionId>,
    pub parent: Option<CallId>,
    pub tool: String,
    pub integration: String,
    pub impact: Impact,
    pub digest: Vec<u8>,
    pub confirmation: Option<ConfirmationId>,
    pub object: Option<String>,
    /// Sealed.
    pub arguments: Option<Vec<u8>>,
    pub idempotency_hash: Option<Vec<u8>>,
    /// Keyed hashes of the people whom it concerns, for erasure.
    pub subjects: Vec<[u8; 32]>,
    pub started_at: Timestamp,
    pub deadline_at: Timestamp,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub state: CallState,
    pub sent_may: bool,
    /// The redacted answer, sealed.
    pub result: Option<Vec<u8>>,
    pub status: Option<i64>,
    pub error_code: Option<String>,
    pub error_message: Option<String>,
    pub attempts: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub finished_at: Timestamp,
}

/// Whose calls are asked for.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    /// The device's own.
    Device(&'a DeviceId),
    /// Those of all of the person's devices.
    Person(&'a UserId),
    /// Also everybody's on shared connections: for those who may manage the team.
    Manager(&'a UserId),
}

impl<'a> Whose<'a> {
    fn device(self) -> Option<&'a DeviceId> {
        match self {
            Self::Device(device) => Some(device),
            Self::Person(_) | Self::Manager(_) => None,
        }
    }

    fn user(self) -> Option<&'a UserId> {
        match self {
            Self::Device(_) => None,
            Self::Person(user) | Self::Manager(user) => Some(user),
        }
    }

    fn manages(self) -> bool {
        matches!(self, Self::Manager(_))
    }
}

/// Which calls are asked for; what is `None` is not asked about.
#[derive(Debug, Clone, Default)]
pub struct CallFilter {
    pub device: Option<DeviceId>,
    pub connection: Option<ConnectionId>,
    pub tool: Option<String>,
    pub integration: Option<String>,
    pub state: Option<CallState>,
    pub impact: Option<Impact>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Only those made for this call.
    pub parent: Option<CallId>,
    /// Also those made for another call.
    pub beneath: bool,
    /// Only those older than this one: the cursor.
    pub before: Option<CallId>,
}

/// The same columns as `call_columns!`, without the sealed bodies.
macro_rules! head_columns {
    () => {
        "id, team_id, user_id, device_id, connection_id, parent_id, tool, integration, impact, digest, confirmation_id, \
         object, state, sent_may, CAST(NULL AS BYTEA) AS arguments, CAST(NULL AS BYTEA) AS result, status, error_code, \
         error_message, attempts, bytes_in, bytes_out, idempotency_hash, started_at, deadline_at, finished_at"
    };
}

/// The newest calls first, at most `limit`, without their sealed bodies.
pub async fn list<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    whose: Whose<'_>,
    filter: &CallFilter,
    limit: i64,
) -> Result<Vec<Call>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        head_columns!(),
        " FROM calls WHERE team_id = $1 \
         AND (CAST($2 AS TEXT) IS NULL OR device_id = $2) \
         AND (CAST($3 AS TEXT) IS NULL OR user_id = $3 OR ($4 AND EXISTS (SELECT 1 FROM connections c \
              WHERE c.team_id = $1 AND c.id = calls.connection_id AND c.owner_id IS NULL))) \
         AND (CAST($5 AS TEXT) IS NULL OR device_id = $5) \
         AND (CAST($6 AS TEXT) IS NULL OR connection_id = $6) \
         AND (CAST($7 AS TEXT) IS NULL OR tool = $7) \
         AND (CAST($8 AS TEXT) IS NULL OR integration = $8) \
         AND (CAST($9 AS TEXT) IS NULL OR state = $9) \
         AND (CAST($10 AS TEXT) IS NULL OR impact = $10) \
         AND (CAST($11 AS BIGINT) IS NULL OR started_at >= $11) \
         AND (CAST($12 AS BIGINT) IS NULL OR started_at < $12) \
         AND (CAST($13 AS TEXT) IS NULL OR parent_id = $13) \
         AND ($14 OR parent_id IS NULL OR CAST($13 AS TEXT) IS NOT NULL) \
         AND (CAST($15 AS TEXT) IS NULL OR id < $15) \
         ORDER BY id DESC LIMIT $16"
    );
    let (device, user, manager) = (whose.device(), whose.user(), whose.manages());
    let binds = binds![
        team,
        device,
        user,
        manager,
        filter.device,
        filter.connection,
        filter.tool,
        filter.integration,
        filter.state,
        filter.impact,
        filter.since,
        filter.until,
        filter.parent,
        filter.beneath,
        filter.before,
        limit,
    ];
    via.into().all(SQL, binds).await
}

/// One call with its sealed bodies.
pub async fn get<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    whose: Whose<'_>,
    id: &CallId,
) -> Result<Option<Call>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        call_columns!(),
        " FROM calls WHERE team_id = $1 AND id = $5 \
         AND (CAST($2 AS TEXT) IS NULL OR device_id = $2) \
         AND (CAST($3 AS TEXT) IS NULL OR user_id = $3 OR ($4 AND EXISTS (SELECT 1 FROM connections c \
              WHERE c.team_id = $1 AND c.id = calls.connection_id AND c.owner_id IS NULL)))"
    );
    via.into().optional(SQL, binds![team, whose.device(), whose.user(), whose.manages(), id]).await
}

/// How many bytes of stored answers the team has.
pub async fn stored_bytes<'a>(via: impl Into<Via<'a>>, team: &TeamId) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT CAST(COALESCE(SUM(LENGTH(result)), 0) AS BIGINT) AS n FROM calls \
         WHERE team_id = $1 AND result IS NOT NULL";
    via.into().number(SQL, binds![team]).await
}

/// Forgets what the call carried and answered; that it was made stays. Answers whether there is such a call.
pub async fn erase_bodies(tx: &mut Tx, team: &TeamId, id: &CallId) -> Result<bool, StoreError> {
    const SQL: &str =
        "UPDATE calls SET arguments = NULL, result = NULL, object = NULL WHERE team_id = $1 AND id = $2";
    tx.via().changed(SQL, binds![team, id]).await
}

/// Writes an intent.
pub(crate) async fn insert(tx: &mut Tx, call: &NewCall) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO calls (id, team_id, user_id, device_id, connection_id, parent_id, tool, \
         integration, impact, digest, confirmation_id, object, state, sent_may, arguments, attempts, bytes_in, bytes_out, \
         idempotency_hash, started_at, deadline_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'intent', \
         FALSE, $13, CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), $14, $15, $16)";
    let binds = binds![
        call.id,
        call.team,
        call.user,
        call.device,
        call.connection,
        call.parent,
        call.tool,
        call.integration,
        call.impact,
        call.digest,
        call.confirmation,
        call.object,
        call.arguments,
        call.idempotency_hash,
        call.started_at,
        call.deadline_at,
    ];
    tx.via().execute(SQL, binds).await?;
    subjects::add(tx, &call.team, &call.subjects, &call.id).await
}

/// Writes how a call ended. Answers whether it had not ended yet. What is known replaces the sweep's guess, which is told
/// by having no attempts: a call that ended as unknown by itself was sent.
pub(crate) async fn settle(
    tx: &mut Tx,
    team: &TeamId,
    id: &CallId,
    outcome: &Outcome,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE calls SET state = $3, sent_may = $4, result = $5, status = $6, error_code = $7, \
         error_message = $8, attempts = $9, bytes_in = $10, bytes_out = $11, finished_at = $12 \
         WHERE team_id = $1 AND id = $2 AND (state = 'intent' \
         OR (state = 'unknown' AND error_code = 'outcome_unknown' AND attempts = 0 AND status IS NULL))";
    let binds = binds![
        team,
        id,
        outcome.state,
        outcome.sent_may,
        outcome.result,
        outcome.status,
        outcome.error_code,
        outcome.error_message,
        outcome.attempts,
        outcome.bytes_in,
        outcome.bytes_out,
        outcome.finished_at,
    ];
    tx.via().changed(SQL, binds).await
}
