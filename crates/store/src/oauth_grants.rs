//! What the tokens of a device are for that came by an authorization code: one resource, one client. Its refresh tokens
//! bring access tokens for nothing else.

use crate::bind::binds;
use crate::row::record;
use crate::{StoreError, Tx, Via};
use keyferry_core::{DeviceId, TeamId};

record! {
    columns grant_columns from "oauth_grants";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct OAuthGrant {
        pub team: TeamId = "team_id",
        pub device: DeviceId = "device_id",
        pub client: String = "client_id",
        pub resource: String,
    }
}

pub async fn insert(tx: &mut Tx, grant: &OAuthGrant) -> Result<(), StoreError> {
    tx.via().insert(grant).await
}

/// The device's grant; none when it was paired in another way.
pub async fn get<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    device: &DeviceId,
) -> Result<Option<OAuthGrant>, StoreError> {
    const SQL: &str =
        concat!("SELECT ", grant_columns!(), " FROM oauth_grants WHERE team_id = $1 AND device_id = $2");
    via.into().optional(SQL, binds![team, device]).await
}
