//! Authorization codes. A person gave each to one client, for one redirect, one challenge and one resource; it brings
//! tokens once. It is kept for a while after that, so that a second use is noticed.

use crate::bind::binds;
use crate::row::record;
use crate::{StoreError, Tx, Via};
use keyferry_core::{DeviceId, Rule, TeamId, Timestamp, UserId};

record! {
    columns code_columns from "oauth_codes";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct OAuthCode {
        pub hash: Vec<u8>,
        pub client: String = "client_id",
        pub client_name: String,
        pub redirect_uri: String,
        /// PKCE's, by S256.
        pub challenge: String,
        pub resource: String,
        pub team: TeamId = "team_id",
        pub user: UserId = "user_id",
        /// What the person chose for the device.
        pub rule: Rule,
        pub created_at: Timestamp,
        pub expires_at: Timestamp,
        /// Whom it brought tokens.
        pub device: Option<DeviceId> = "device_id",
    }
}

pub async fn insert<'a>(via: impl Into<Via<'a>>, code: &OAuthCode) -> Result<(), StoreError> {
    via.into().insert(code).await
}

/// A code, spent and expired ones too.
pub async fn by_hash<'a>(via: impl Into<Via<'a>>, hash: &[u8]) -> Result<Option<OAuthCode>, StoreError> {
    const SQL: &str = concat!("SELECT ", code_columns!(), " FROM oauth_codes WHERE hash = $1");
    via.into().optional(SQL, binds![hash]).await
}

/// Spends the code for this device. Answers whether it was unspent and unexpired.
pub async fn spend(tx: &mut Tx, hash: &[u8], device: &DeviceId, now: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE oauth_codes SET device_id = $2 \
         WHERE hash = $1 AND device_id IS NULL AND expires_at > $3";
    tx.via().changed(SQL, binds![hash, device, now]).await
}
