//! Idempotency keys: which call answered for a key. Written by `claim` and settled with the call's outcome.

use crate::bind::{Bind, binds};
use crate::record::Record;
use crate::row::{record, words};
use crate::{StoreError, Tx, Via};
use keyferry_core::{CallId, ConnectionId, DeviceId, TeamId, Timestamp};

words! {
    pub enum KeyState {
        /// Its call has no outcome yet.
        Running = "running",
        /// Its call has ended, in whatever way.
        Finished = "finished",
        /// Its call certainly sent nothing: the key may be used again for the same.
        Released = "released",
    }
}

record! {
    columns idempotency_columns from "idempotency";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct IdempotencyRow {
        pub team: TeamId = "team_id",
        pub device: DeviceId = "device_id",
        pub connection: ConnectionId = "connection_id",
        pub tool: String,
        pub key_hash: Vec<u8>,
        pub digest: Vec<u8>,
        pub call: CallId = "call_id",
        pub state: KeyState,
        pub created_at: Timestamp,
        pub expires_at: Timestamp,
    }
}

/// Where a key counts within a team: per device, connection and tool.
#[derive(Debug, Clone, Copy)]
pub struct KeyPlace<'a> {
    pub device: &'a DeviceId,
    pub connection: &'a ConnectionId,
    pub tool: &'a str,
    pub key_hash: &'a [u8],
}

/// The unexpired row of a key.
pub async fn find<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    place: KeyPlace<'_>,
    now: Timestamp,
) -> Result<Option<IdempotencyRow>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        idempotency_columns!(),
        " FROM idempotency WHERE team_id = $1 AND device_id = $2 AND connection_id = $3 AND tool = $4 \
         AND key_hash = $5 AND expires_at > $6"
    );
    let binds = binds![team, place.device, place.connection, place.tool, place.key_hash, now];
    via.into().optional(SQL, binds).await
}

/// Takes a key for a call: one that is new or expired, was released by the same digest, or whose ended call the caller
/// names in `takes_over`. Answers whether it was taken; of any number at once, one takes it.
pub(crate) async fn take(
    tx: &mut Tx,
    row: &IdempotencyRow,
    takes_over: Option<&CallId>,
) -> Result<bool, StoreError> {
    const SQL: &str = concat!(
        idempotency_columns!(insert),
        " ON CONFLICT (team_id, device_id, connection_id, tool, key_hash) DO UPDATE \
         SET digest = excluded.digest, call_id = excluded.call_id, state = excluded.state, \
         created_at = excluded.created_at, expires_at = excluded.expires_at \
         WHERE idempotency.expires_at <= excluded.created_at \
         OR (idempotency.digest = excluded.digest AND (idempotency.state = 'released' \
         OR (idempotency.state = 'finished' AND idempotency.call_id = $11)))"
    );
    let mut binds = row.values();
    binds.push(takes_over.value());
    tx.via().changed(SQL, &binds).await
}

/// The call has ended: its key says how, unless another call has it by now.
pub(crate) async fn settle(
    tx: &mut Tx,
    team: &TeamId,
    call: &CallId,
    state: KeyState,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE idempotency SET state = $3 WHERE team_id = $1 AND call_id = $2";
    tx.via().execute(SQL, binds![team, call, state]).await.map(|_| ())
}

/// The call certainly sent nothing: its key stands for the call that it took it over from, as before.
pub(crate) async fn hand_back(
    tx: &mut Tx,
    team: &TeamId,
    call: &CallId,
    earlier: &CallId,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE idempotency SET call_id = $3, state = $4 WHERE team_id = $1 AND call_id = $2";
    tx.via().execute(SQL, binds![team, call, earlier, KeyState::Finished]).await.map(|_| ())
}
