//! The ten minutes in which a signed-in person lets devices pair that show no code.

use crate::bind::binds;
use crate::row::record;
use crate::{StoreError, Via};
use keyferry_core::{TeamId, Timestamp, UserId};

record! {
    columns window_columns from "pairing_windows";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct PairingWindow {
        pub team: TeamId = "team_id",
        pub user: UserId = "user_id",
        pub opened_at: Timestamp,
        pub expires_at: Timestamp,
    }
}

/// Opens a person's window, or keeps it open for longer.
pub async fn open<'a>(via: impl Into<Via<'a>>, window: &PairingWindow) -> Result<(), StoreError> {
    const SQL: &str = concat!(
        window_columns!(insert),
        " ON CONFLICT (team_id, user_id) \
         DO UPDATE SET opened_at = excluded.opened_at, expires_at = excluded.expires_at"
    );
    via.into().put(SQL, window).await.map(|_| ())
}

/// Answers whether it was open.
pub async fn close<'a>(via: impl Into<Via<'a>>, team: &TeamId, user: &UserId) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM pairing_windows WHERE team_id = $1 AND user_id = $2";
    via.into().changed(SQL, binds![team, user]).await
}

/// The person's window, if it is open.
pub async fn get<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    user: &UserId,
    now: Timestamp,
) -> Result<Option<PairingWindow>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        window_columns!(),
        " FROM pairing_windows WHERE team_id = $1 AND user_id = $2 AND expires_at > $3"
    );
    via.into().optional(SQL, binds![team, user, now]).await
}
