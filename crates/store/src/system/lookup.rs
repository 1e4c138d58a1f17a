//! Look-ups by the hash of a secret: who presents it is not known yet, so neither is the team.

use crate::bind::binds;
use crate::connect_sessions::{ConnectSession, connect_session_columns};
use crate::devices::{Device, device_columns};
use crate::directory::Secret;
use crate::refresh_tokens::{RefreshToken, refresh_columns};
use crate::sessions::{Session, session_columns};
use crate::{StoreError, Via};
use keyferry_core::{DeviceId, Timestamp};

/// The device that a token belongs to. Without a team: the token is what tells it.
pub async fn device_by_token_hash<'a>(
    via: impl Into<Via<'a>>,
    hash: &[u8],
) -> Result<Option<Device>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        device_columns!(),
        " FROM devices WHERE (team_id, id) IN (SELECT x.team_id, x.record_id FROM directory x \
         WHERE x.hash = $1 AND x.kind = $2) AND token_hash = $1"
    );
    via.into().optional(SQL, binds![hash, Secret::Device]).await
}

/// The device that an access token names. Without a team: the token, which the gateway itself signed, is what tells it.
pub async fn device_by_id<'a>(via: impl Into<Via<'a>>, id: &DeviceId) -> Result<Option<Device>, StoreError> {
    const SQL: &str = concat!("SELECT ", device_columns!(), " FROM devices WHERE id = $1");
    via.into().optional(SQL, binds![id]).await
}

/// A refresh token. Without a team: the token is what tells it.
pub async fn refresh_token_by_hash<'a>(
    via: impl Into<Via<'a>>,
    hash: &[u8],
) -> Result<Option<RefreshToken>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        refresh_columns!(),
        " FROM refresh_tokens WHERE hash = $1 AND team_id IN (SELECT x.team_id FROM directory x \
         WHERE x.hash = $1 AND x.kind = $2)"
    );
    via.into().optional(SQL, binds![hash, Secret::Refresh]).await
}

/// A connect session by the token in its link. Without a team: who follows the link need not be a member, and is told
/// nothing then.
pub async fn connect_session_by_token_hash<'a>(
    via: impl Into<Via<'a>>,
    hash: &[u8],
) -> Result<Option<ConnectSession>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        connect_session_columns!(),
        " FROM connect_sessions WHERE (team_id, id) IN (SELECT x.team_id, x.record_id FROM directory x \
         WHERE x.hash = $1 AND x.kind = $2) AND token_hash = $1"
    );
    via.into().optional(SQL, binds![hash, Secret::Connect]).await
}

/// A session that is neither ended nor expired. Without a team: the cookie is what tells it.
pub async fn session_by_secret_hash<'a>(
    via: impl Into<Via<'a>>,
    hash: &[u8],
    now: Timestamp,
) -> Result<Option<Session>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        session_columns!(),
        " FROM sessions WHERE secret_hash = $1 AND ended_at IS NULL AND expires_at > $2"
    );
    via.into().optional(SQL, binds![hash, now]).await
}

/// Whether anybody at all has a pairing window open. Without a team: a device that starts to pair has none yet.
pub async fn any_pairing_window<'a>(via: impl Into<Via<'a>>, now: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT COUNT(*) AS n FROM pairing_windows WHERE expires_at > $1";
    via.into().number(SQL, binds![now]).await.map(|open| open > 0)
}
