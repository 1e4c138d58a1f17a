//! Connections: accounts of integrations. A personal one is visible to its owner only, a shared one to the team; so each
//! look-up takes the team and the user.

use crate::bind::{Bind, binds};
use crate::record::Record;
use crate::row::{Text, new_record, row, words};
use crate::{ChangeKind, StoreError, Tx, Via, confirmations, credentials, teams};
use keyferry_core::{ConnectionId, Region, TeamId, Timestamp, UserId};

words! {
    pub enum ConnectionState {
        Active = "active",
        /// The upstream refuses a credential; a person has to give another.
        NeedsReauth = "needs_reauth",
    }
}

row! {
    columns connection_columns from "connections";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Connection {
        pub id: ConnectionId,
        pub team: TeamId = "team_id",
        /// 1, 2, 3 … within the team; never given twice.
        pub number: i64,
        pub integration: String,
        /// `None`: shared by the team.
        pub owner: Option<UserId> = "owner_id",
        pub label: String,
        pub region: Region,
        /// Taken where no number is given. At most one of an integration for each owner, and one among the shared.
        pub is_default: bool,
        pub state: ConnectionState,
        pub state_code: Option<String>,
        pub state_message: Option<String>,
        pub created_by: UserId,
        pub created_at: Timestamp,
        pub updated_at: Timestamp,
        pub last_used_at: Option<Timestamp>,
        pub last_success_at: Option<Timestamp>,
        pub last_error_at: Option<Timestamp>,
        pub last_error_code: Option<String>,
        pub last_error_message: Option<String>,
        pub deleted_at: Option<Timestamp>,
    }
}

new_record! {
    columns new_connection_columns from "connections";
    /// What a new connection starts as.
    #[derive(Debug, Clone)]
    pub struct NewConnection {
        pub id: ConnectionId,
        pub team: TeamId = "team_id",
        pub integration: String,
        pub owner: Option<UserId> = "owner_id",
        pub label: String,
        pub region: Region,
        pub is_default: bool,
        pub created_by: UserId,
        pub created_at: Timestamp,
    }
}

/// Writes a connection under the team's next number. A new default takes the place of the old one.
///
/// # Errors
/// `Refused` when the team does not exist.
pub async fn insert(tx: &mut Tx, new: &NewConnection) -> Result<Connection, StoreError> {
    const SQL: &str = concat!(
        "INSERT INTO connections (",
        new_connection_columns!(),
        ", updated_at, state, number) VALUES (",
        new_connection_columns!(places),
        ", $9, 'active', $10) RETURNING ",
        connection_columns!()
    );
    let number = teams::next_connection_number(tx, &new.team).await?;
    let number = number.ok_or_else(|| StoreError::Refused("there is no such team".into()))?;
    if new.is_default {
        clear_default(tx, &new.team, &new.integration, new.owner.as_ref()).await?;
    }
    let mut binds = new.values();
    binds.push(number.value());
    let written: Option<Connection> = tx.via().optional_changed(SQL, &binds).await?;
    tx.note(Some(&new.team), ChangeKind::Connection, new.id.as_str(), new.created_at);
    written.ok_or_else(|| StoreError::corrupt("connections", "an insert answered no row"))
}

/// What the user may see in the team, by number.
pub async fn visible<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    user: &UserId,
) -> Result<Vec<Connection>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        connection_columns!(),
        " FROM connections WHERE team_id = $1 AND (owner_id IS NULL OR owner_id = $2) AND deleted_at IS NULL \
         ORDER BY number"
    );
    via.into().all(SQL, binds![team, user]).await
}

/// A connection that the user may see.
pub async fn get<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    user: &UserId,
    id: &ConnectionId,
) -> Result<Option<Connection>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        connection_columns!(),
        " FROM connections WHERE team_id = $1 AND id = $3 AND (owner_id IS NULL OR owner_id = $2) \
         AND deleted_at IS NULL"
    );
    via.into().optional(SQL, binds![team, user, id]).await
}

/// A connection that the user may see, by its number.
pub async fn by_number<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    user: &UserId,
    number: i64,
) -> Result<Option<Connection>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        connection_columns!(),
        " FROM connections WHERE team_id = $1 AND number = $3 AND (owner_id IS NULL OR owner_id = $2) \
         AND deleted_at IS NULL"
    );
    via.into().optional(SQL, binds![team, user, number]).await
}

/// Answers whether the user may see such a connection.
pub async fn rename(
    tx: &mut Tx,
    team: &TeamId,
    user: &UserId,
    id: &ConnectionId,
    label: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE connections SET label = $4, updated_at = $5 \
         WHERE team_id = $1 AND id = $3 AND (owner_id IS NULL OR owner_id = $2) AND deleted_at IS NULL";
    let changed = tx.via().changed(SQL, binds![team, user, id, label, now]).await?;
    tx.note(Some(team), ChangeKind::Connection, id.as_str(), now);
    Ok(changed)
}

/// Makes it the default of its integration, in place of the one before among the same owner's (or the shared). Answers
/// whether the user may see such a connection.
pub async fn set_default(
    tx: &mut Tx,
    team: &TeamId,
    user: &UserId,
    id: &ConnectionId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str =
        "UPDATE connections SET is_default = TRUE, updated_at = $3 WHERE team_id = $1 AND id = $2";
    teams::lock(tx, team).await?;
    let Some(connection) = get(&mut *tx, team, user, id).await? else {
        return Ok(false);
    };
    clear_default(tx, team, &connection.integration, connection.owner.as_ref()).await?;
    tx.via().execute(SQL, binds![team, id, now]).await?;
    tx.note(Some(team), ChangeKind::Connection, id.as_str(), now);
    Ok(true)
}

/// The integration has no default any more among the owner's (`None`: among the shared).
async fn clear_default(
    tx: &mut Tx,
    team: &TeamId,
    integration: &str,
    owner: Option<&UserId>,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE connections SET is_default = FALSE WHERE team_id = $1 AND integration = $2 \
         AND COALESCE(owner_id, '') = COALESCE(CAST($3 AS TEXT), '') AND is_default AND deleted_at IS NULL";
    tx.via().execute(SQL, binds![team, integration, owner]).await.map(|_| ())
}

/// What is known of a connection's credentials.
#[derive(Debug, Clone, Copy)]
pub struct NewState<'a> {
    pub state: ConnectionState,
    pub code: Option<&'a str>,
    pub message: Option<&'a str>,
}

/// Answers whether there is such a connection.
pub async fn set_state(
    tx: &mut Tx,
    team: &TeamId,
    id: &ConnectionId,
    new: NewState<'_>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE connections SET state = $3, state_code = $4, state_message = $5, updated_at = $6 \
         WHERE team_id = $1 AND id = $2 AND deleted_at IS NULL";
    let binds = binds![team, id, new.state, new.code, new.message, now];
    let changed = tx.via().changed(SQL, binds).await?;
    tx.note(Some(team), ChangeKind::Connection, id.as_str(), now);
    Ok(changed)
}

/// A call over it succeeded. Written only when the last such note is older than `not_since`; no change is noted.
pub async fn note_success<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    id: &ConnectionId,
    now: Timestamp,
    not_since: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE connections SET last_used_at = $3, last_success_at = $3 \
         WHERE team_id = $1 AND id = $2 AND (last_success_at IS NULL OR last_success_at < $4)";
    via.into().execute(SQL, binds![team, id, now, not_since]).await.map(|_| ())
}

/// A call over it failed. No change is noted.
pub async fn note_error<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    id: &ConnectionId,
    now: Timestamp,
    code: &str,
    message: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE connections \
         SET last_used_at = $3, last_error_at = $3, last_error_code = $4, last_error_message = $5 \
         WHERE team_id = $1 AND id = $2";
    via.into().execute(SQL, binds![team, id, now, code, message]).await.map(|_| ())
}

/// Deletes a connection that the user may see: its credentials are gone, its confirmations and approvals are void. The
/// row stays for the journal. Answers whether it was there.
pub async fn delete(
    tx: &mut Tx,
    team: &TeamId,
    user: &UserId,
    id: &ConnectionId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE connections SET deleted_at = $4, updated_at = $4, is_default = FALSE \
         WHERE team_id = $1 AND id = $3 AND (owner_id IS NULL OR owner_id = $2) AND deleted_at IS NULL";
    if !tx.via().changed(SQL, binds![team, user, id, now]).await? {
        return Ok(false);
    }
    credentials::remove_all_of(tx, team, id).await?;
    confirmations::void_of_connection(tx, team, id).await?;
    tx.note(Some(team), ChangeKind::Connection, id.as_str(), now);
    Ok(true)
}

/// Deletes every personal connection of a person in a team, as `delete` does. Answers which.
pub async fn delete_all_of(
    tx: &mut Tx,
    team: &TeamId,
    owner: &UserId,
    now: Timestamp,
) -> Result<Vec<ConnectionId>, StoreError> {
    const SQL: &str = "SELECT id AS text FROM connections \
         WHERE team_id = $1 AND owner_id = $2 AND deleted_at IS NULL ORDER BY id";
    let owned: Vec<Text> = tx.via().all(SQL, binds![team, owner]).await?;
    let mut deleted = Vec::with_capacity(owned.len());
    for Text(id) in owned {
        let id: ConnectionId =
            id.parse().map_err(|_| StoreError::corrupt("connections", "column `id`: not a connection's"))?;
        if delete(tx, team, owner, &id, now).await? {
            deleted.push(id);
        }
    }
    Ok(deleted)
}
