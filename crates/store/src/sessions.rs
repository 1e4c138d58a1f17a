//! Signed-in browsers. A session is looked up by the hash of its secret through `system`.

use crate::bind::binds;
use crate::row::record;
use crate::{StoreError, Via};
use keyferry_core::{SessionId, TeamId, Timestamp, UserId};

record! {
    columns session_columns from "sessions";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Session {
        pub id: SessionId,
        pub secret_hash: Vec<u8>,
        pub user: UserId = "user_id",
        /// The team whose pages are shown.
        pub team: TeamId = "team_id",
        pub address: String,
        pub user_agent: String,
        pub created_at: Timestamp,
        pub expires_at: Timestamp,
        /// When the password was last given.
        pub fresh_at: Timestamp,
        pub last_seen_at: Timestamp,
        pub ended_at: Option<Timestamp>,
    }
}
pub(crate) use session_columns;

pub async fn insert<'a>(via: impl Into<Via<'a>>, session: &Session) -> Result<(), StoreError> {
    via.into().insert(session).await
}

/// The person's sessions that are neither ended nor expired, the last seen first.
pub async fn of_user<'a>(
    via: impl Into<Via<'a>>,
    user: &UserId,
    now: Timestamp,
) -> Result<Vec<Session>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        session_columns!(),
        " FROM sessions WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY last_seen_at DESC"
    );
    via.into().all(SQL, binds![user, now]).await
}

/// The session was used. Written at most once for each `since`: a click is not worth a commit.
pub async fn touch<'a>(
    via: impl Into<Via<'a>>,
    id: &SessionId,
    now: Timestamp,
    not_since: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $3";
    via.into().execute(SQL, binds![id, now, not_since]).await.map(|_| ())
}

/// The password was given again. Answers whether the session is still alive.
pub async fn set_fresh<'a>(
    via: impl Into<Via<'a>>,
    user: &UserId,
    id: &SessionId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE sessions SET fresh_at = $3 WHERE id = $2 AND user_id = $1 AND ended_at IS NULL";
    via.into().changed(SQL, binds![user, id, now]).await
}

/// Shows another team's pages; the caller has checked that the person is in it.
pub async fn set_team<'a>(
    via: impl Into<Via<'a>>,
    user: &UserId,
    id: &SessionId,
    team: &TeamId,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE sessions SET team_id = $3 WHERE id = $2 AND user_id = $1 AND ended_at IS NULL";
    via.into().changed(SQL, binds![user, id, team]).await
}

/// Signs one browser out. Answers whether it was signed in.
pub async fn end<'a>(
    via: impl Into<Via<'a>>,
    user: &UserId,
    id: &SessionId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE sessions SET ended_at = $3 WHERE id = $2 AND user_id = $1 AND ended_at IS NULL";
    via.into().changed(SQL, binds![user, id, now]).await
}

/// Signs the person out everywhere, but for `except`. Answers how many there were.
pub async fn end_all<'a>(
    via: impl Into<Via<'a>>,
    user: &UserId,
    except: Option<&SessionId>,
    now: Timestamp,
) -> Result<u64, StoreError> {
    const SQL: &str = "UPDATE sessions SET ended_at = $3 \
         WHERE user_id = $1 AND ended_at IS NULL AND id <> COALESCE(CAST($2 AS TEXT), '')";
    via.into().execute(SQL, binds![user, except, now]).await
}
