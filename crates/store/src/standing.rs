//! What a call goes by, in one look. The transaction that claims a call reads it, so that a revocation that was committed
//! before wins.

use crate::bind::binds;
use crate::row::row;
use crate::{StoreError, Via};
use keyferry_core::{ConnectionId, DeviceId, Role, Rule, TeamId, Timestamp, UserId};

/// On whom and on what a call depends.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DependsOn {
    pub device: DeviceId,
    /// Whose device it is.
    pub user: UserId,
    pub connection: ConnectionId,
    /// Who approved the call.
    pub approver: Option<UserId>,
}

row! {
    columns standing_columns from "standing";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Standing {
        /// The device's own rule; `None`: it was revoked, or is not this person's.
        pub rule: Option<Rule>,
        /// Until when the device may act.
        pub expires_at: Option<Timestamp>,
        /// The person's place in the team; `None`: shut out, or no member.
        pub role: Option<Role>,
        /// The same of who approved.
        pub approver: Option<Role>,
        /// Whether the connection is there and the person's to use.
        pub connected: bool,
    }
}

pub async fn get<'a>(via: impl Into<Via<'a>>, team: &TeamId, of: &DependsOn) -> Result<Standing, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        standing_columns!(),
        " FROM (SELECT \
         (SELECT d.rule FROM devices d WHERE d.team_id = $1 AND d.id = $2 AND d.user_id = $3 \
         AND d.revoked_at IS NULL) AS rule, \
         (SELECT d.expires_at FROM devices d WHERE d.team_id = $1 AND d.id = $2) AS expires_at, \
         (SELECT m.role FROM members m JOIN users u ON u.id = m.user_id \
         WHERE m.team_id = $1 AND m.user_id = $3 AND u.disabled_at IS NULL) AS role, \
         (SELECT m.role FROM members m JOIN users u ON u.id = m.user_id \
         WHERE m.team_id = $1 AND m.user_id = $5 AND u.disabled_at IS NULL) AS approver, \
         EXISTS (SELECT 1 FROM connections c WHERE c.team_id = $1 AND c.id = $4 AND c.deleted_at IS NULL \
         AND (c.owner_id IS NULL OR c.owner_id = $3)) AS connected) AS standing"
    );
    let found =
        via.into().optional(SQL, binds![team, of.device, of.user, of.connection, of.approver]).await?;
    found.ok_or_else(|| StoreError::corrupt("standing", "no row"))
}
