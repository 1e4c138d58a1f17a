//! The journal: one row for each attempt at a tool, written before anything is sent.

use crate::bind::{Bind, binds};
use crate::record::Record;
use crate::row::{new_record, row, words};
use crate::{StoreError, Tx, Via, subjects};
use keyferry_core::{CallId, ConfirmationId, ConnectionId, DeviceId, Impact, TeamId, Timestamp, UserId};
use std::sync::LazyLock;
use std::time::Duration;

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

new_record! {
    columns new_call_columns from "calls";
    /// A call that is about to be made.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct NewCall {
        pub id: CallId,
        pub team: TeamId = "team_id",
        pub user: UserId = "user_id",
        pub device: Option<DeviceId> = "device_id",
        pub connection: Option<ConnectionId> = "connection_id",
        pub parent: Option<CallId> = "parent_id",
        pub tool: String,
        pub integration: String,
        pub impact: Impact,
        pub digest: Vec<u8>,
        pub confirmation: Option<ConfirmationId> = "confirmation_id",
        pub object: Option<String>,
        /// Sealed.
        pub arguments: Option<Vec<u8>>,
        pub idempotency_hash: Option<Vec<u8>>,
        pub started_at: Timestamp,
        pub deadline_at: Timestamp,
    }
    besides {
        /// Keyed hashes of the people whom it concerns, for erasure.
        pub subjects: Vec<[u8; 32]>,
    }
}

new_record! {
    columns outcome_columns from "calls";
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

/// A list, by whose calls it is of and by what most narrows it. These two stand as equalities, so that an index leads to
/// just these calls in their order; all else is asked of what the index leads to.
macro_rules! listing {
    ($whose:literal) => {
        [
            listing!($whose, ""),
            listing!($whose, " AND device_id = $3"),
            listing!($whose, " AND connection_id = $4"),
            listing!($whose, " AND parent_id = $5"),
        ]
    };
    ($whose:literal, $narrowest:literal) => {
        concat!(
            "SELECT ",
            head_columns!(),
            " FROM calls WHERE team_id = $1 AND ",
            $whose,
            $narrowest,
            " AND id >= $6 AND id < $7 \
             AND (CAST($3 AS TEXT) IS NULL OR device_id = $3) \
             AND (CAST($4 AS TEXT) IS NULL OR connection_id = $4) \
             AND ($8 OR parent_id IS NULL OR CAST($5 AS TEXT) IS NOT NULL) \
             AND (CAST($9 AS TEXT) IS NULL OR tool = $9) \
             AND (CAST($10 AS TEXT) IS NULL OR integration = $10) \
             AND (CAST($11 AS TEXT) IS NULL OR state = $11) \
             AND (CAST($12 AS TEXT) IS NULL OR impact = $12) \
             AND (CAST($13 AS BIGINT) IS NULL OR started_at >= $13) \
             AND (CAST($14 AS BIGINT) IS NULL OR started_at < $14) \
             ORDER BY id DESC LIMIT $15"
        )
    };
}

/// By whose calls they are of, then by what narrows them most: nothing, a device, a connection, a parent.
pub(crate) const LISTS: [[&str; 4]; 3] = [
    listing!("device_id = $2"),
    listing!("user_id = $2"),
    listing!(
        "(user_id = $2 OR EXISTS (SELECT 1 FROM connections c \
         WHERE c.team_id = $1 AND c.id = calls.connection_id AND c.owner_id IS NULL))"
    ),
];

/// The newest calls first, at most `limit`, without their sealed bodies.
pub async fn list<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    whose: Whose<'_>,
    filter: &CallFilter,
    limit: i64,
) -> Result<Vec<Call>, StoreError> {
    let (lists, id) = match whose {
        Whose::Device(device) => (&LISTS[0], device.as_str()),
        Whose::Person(user) => (&LISTS[1], user.as_str()),
        Whose::Manager(user) => (&LISTS[2], user.as_str()),
    };
    let sql = match filter {
        CallFilter { parent: Some(_), .. } => lists[3],
        CallFilter { connection: Some(_), .. } => lists[2],
        CallFilter { device: Some(_), .. } => lists[1],
        _ => lists[0],
    };
    let (first, end) = (filter.first_id(), filter.end_id());
    let binds = binds![
        team,
        id,
        filter.device,
        filter.connection,
        filter.parent,
        first,
        end,
        filter.beneath,
        filter.tool,
        filter.integration,
        filter.state,
        filter.impact,
        filter.since,
        filter.until,
        limit,
    ];
    via.into().all(sql, binds).await
}

/// How far the time in a call's id may be from when the call began. Both are read off one clock at one moment, but the
/// clock may be set between them.
const ASTRAY: Duration = Duration::from_hours(1);

impl CallFilter {
    /// No call that is asked for has a smaller id.
    fn first_id(&self) -> String {
        id_made_at(self.since.map_or(Timestamp(0), |since| since - ASTRAY))
    }

    /// All that are asked for have smaller ids.
    fn end_id(&self) -> String {
        let end = self.until.map_or(Timestamp(i64::MAX), |until| until + ASTRAY);
        let end = id_made_at(end);
        self.before.as_ref().map_or(end.clone(), |before| end.min(before.to_string()))
    }
}

/// The first id that may be made at this time: ids begin with the milliseconds since 1970, as 48 bits (RFC 9562, 5.7).
fn id_made_at(at: Timestamp) -> String {
    const LAST: i64 = 0xffff_ffff_ffff;
    format!("{}_{:012x}{:020}", CallId::PREFIX, (at.micros() / 1000).clamp(0, LAST), 0)
}

row! {
    columns last_use_columns from "calls";
    /// When a device last called over a connection.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct LastUse {
        pub device: DeviceId = "device_id",
        pub at: Timestamp = "started_at",
    }
}

/// The last call over a connection of each device that is not revoked.
pub async fn last_uses<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    connection: &ConnectionId,
) -> Result<Vec<LastUse>, StoreError> {
    via.into().all(LAST_USES, binds![team, connection]).await
}

pub(crate) const LAST_USES: &str = concat!(
    "SELECT ",
    last_use_columns!(),
    " FROM calls WHERE team_id = $1 AND id IN (SELECT (SELECT MAX(c.id) FROM calls c \
     WHERE c.team_id = $1 AND c.connection_id = $2 AND c.device_id = d.id) \
     FROM devices d WHERE d.team_id = $1 AND d.revoked_at IS NULL) ORDER BY id DESC"
);

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

/// Writes an intent.
pub(crate) async fn insert(tx: &mut Tx, call: &NewCall) -> Result<(), StoreError> {
    const SQL: &str = concat!(
        "INSERT INTO calls (",
        new_call_columns!(),
        ", state, sent_may, attempts, bytes_in, bytes_out) VALUES (",
        new_call_columns!(places),
        ", 'intent', FALSE, CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT))"
    );
    tx.via().put(SQL, call).await?;
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
    let mut binds = outcome.values();
    binds.extend([team.value(), id.value()]);
    tx.via().changed(SETTLE.as_str(), &binds).await
}

/// What a claim writes has arguments: where there are none any more, they were erased while the call was under way, and
/// its answer is about the same person.
static SETTLE: LazyLock<String> = LazyLock::new(|| {
    let place = |(index, column): (usize, &&str)| match (index + 1, *column) {
        (number, "result") => format!("CASE WHEN arguments IS NOT NULL THEN ${number} END"),
        (number, _) => format!("${number}"),
    };
    let places: Vec<String> = Outcome::COLUMNS.iter().enumerate().map(place).collect();
    format!(
        "UPDATE calls SET ({}) = ({}) WHERE team_id = $11 AND id = $12 AND (state = 'intent' \
         OR (state = 'unknown' AND error_code = 'outcome_unknown' AND attempts = 0 AND status IS NULL))",
        Outcome::COLUMNS.join(", "),
        places.join(", ")
    )
});
