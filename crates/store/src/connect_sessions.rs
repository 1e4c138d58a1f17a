//! Links on which a person connects an account. The token in the link is kept as its hash and looked up through `system`.

use crate::bind::binds;
use crate::directory::{self, Secret};
use crate::gates::Admission;
use crate::row::{record, words};
use crate::{Db, StoreError, Tx, Via, teams};
use keyferry_core::{ConnectSessionId, ConnectionId, DeviceId, TeamId, Timestamp, UserId};

words! {
    pub enum ConnectStatus {
        Awaiting = "awaiting_user_action",
        Connected = "connected",
        /// Never written: a session that awaits is this when its time is over.
        Expired = "expired",
    }
}

record! {
    columns connect_session_columns from "connect_sessions";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ConnectSession {
        pub id: ConnectSessionId,
        pub token_hash: Vec<u8>,
        pub team: TeamId = "team_id",
        pub user: UserId = "user_id",
        /// The device that asked; `None`: the person did, on the dashboard.
        pub device: Option<DeviceId> = "device_id",
        pub integration: String,
        pub connection: Option<ConnectionId> = "connection_id",
        /// As written; one whose time is over may still say that it waits.
        pub status: ConnectStatus,
        pub error: Option<String>,
        pub created_at: Timestamp,
        pub expires_at: Timestamp,
        pub completed_at: Option<Timestamp>,
    }
}
pub(crate) use connect_session_columns;

/// Writes a session unless the person has `cap` open ones.
pub async fn insert(
    db: &Db,
    session: &ConnectSession,
    cap: i64,
    now: Timestamp,
) -> Result<Admission, StoreError> {
    let mut tx = db.begin().await?;
    if !teams::lock(&mut tx, &session.team).await? {
        return Ok(Admission::Gone);
    }
    if open_count(&mut tx, &session.team, &session.user, now).await? >= cap {
        return Ok(Admission::Full);
    }
    tx.via().insert(session).await?;
    directory::add(&mut tx, Secret::Connect, &session.token_hash, &session.team, session.id.as_str()).await?;
    tx.commit().await?;
    Ok(Admission::Admitted)
}

/// How many of a person's sessions wait for them.
async fn open_count(tx: &mut Tx, team: &TeamId, user: &UserId, now: Timestamp) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) AS n FROM connect_sessions \
         WHERE team_id = $1 AND user_id = $2 AND status = 'awaiting_user_action' AND expires_at > $3";
    tx.via().number(SQL, binds![team, user, now]).await
}

/// The newest that waits for the person to connect this integration for this device (`None`: for themselves).
pub async fn newest_open<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    user: &UserId,
    device: Option<&DeviceId>,
    integration: &str,
    now: Timestamp,
) -> Result<Option<ConnectSession>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        connect_session_columns!(),
        " FROM connect_sessions WHERE team_id = $1 AND user_id = $2 \
         AND COALESCE(device_id, '') = COALESCE(CAST($3 AS TEXT), '') AND integration = $4 \
         AND status = 'awaiting_user_action' AND expires_at > $5 ORDER BY id DESC LIMIT 1"
    );
    via.into().optional(SQL, binds![team, user, device, integration, now]).await
}

/// The account is connected. Answers whether the session still waited for that.
pub async fn complete(
    tx: &mut Tx,
    team: &TeamId,
    id: &ConnectSessionId,
    connection: &ConnectionId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE connect_sessions SET status = 'connected', connection_id = $3, completed_at = $4 \
         WHERE team_id = $1 AND id = $2 AND status = 'awaiting_user_action' AND expires_at > $4";
    tx.via().changed(SQL, binds![team, id, connection, now]).await
}
