//! Devices that ask to be paired. Every flow keeps the same record; a state is only left by a conditional change, so
//! that of two who try one succeeds. The record belongs to no team until a person approves it.

use crate::bind::binds;
use crate::gates::{self, Admission};
use crate::row::{record, words};
use crate::{Db, StoreError, Tx, Via};
use keyferry_core::{DeviceId, PairingId, Rule, TeamId, Timestamp, UserId};

words! {
    pub enum PairingFlow {
        /// RFC 8628.
        DeviceCode = "device_code",
        ClawLink = "clawlink",
        Hermes = "hermes",
    }
}

impl PairingFlow {
    /// Whether the person types a code that the device shows. Where they don't, nothing but the person's open window
    /// says that the device is theirs.
    #[must_use]
    pub fn shows_code(self) -> bool {
        match self {
            Self::DeviceCode => true,
            Self::ClawLink | Self::Hermes => false,
        }
    }
}

words! {
    pub enum PairingStatus {
        Pending = "pending",
        Approved = "approved",
        Denied = "denied",
        /// The device has got its token.
        Issued = "issued",
        /// The device has said that it keeps the token.
        Paired = "paired",
    }
}

record! {
    columns pairing_columns from "pairings";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Pairing {
        pub id: PairingId,
        pub flow: PairingFlow,
        /// Of what the device polls with: its device code, the verifier of ClawLink's flow, the session of Hermes'.
        pub poll_hash: Vec<u8>,
        /// Of the token in the link, where the person follows one.
        pub link_token_hash: Option<Vec<u8>>,
        pub user_code_hash: Option<Vec<u8>>,
        pub label: String,
        pub client: String,
        /// Where it was started from, as shown to the person.
        pub address: String,
        /// The IPv4 address or the /64 of an IPv6 one; open pairings are counted by it.
        pub network: String,
        pub status: PairingStatus,
        pub team: Option<TeamId> = "team_id",
        pub user: Option<UserId> = "user_id",
        pub device: Option<DeviceId> = "device_id",
        pub rule: Option<Rule>,
        pub interval_s: i64,
        pub last_poll_at: Option<Timestamp>,
        pub created_at: Timestamp,
        pub expires_at: Timestamp,
    }
}

/// How many pairings may be open at a time.
#[derive(Debug, Clone, Copy)]
pub struct PairingCaps {
    pub network: i64,
    pub gateway: i64,
}

/// Writes a new pairing unless too many are open.
pub async fn insert(
    db: &Db,
    pairing: &Pairing,
    caps: PairingCaps,
    now: Timestamp,
) -> Result<Admission, StoreError> {
    let mut tx = db.begin().await?;
    gates::hold(&mut tx, "pairings").await?;
    if count_open(&mut tx, Some(&pairing.network), now).await? >= caps.network
        || count_open(&mut tx, None, now).await? >= caps.gateway
    {
        return Ok(Admission::Full);
    }
    tx.via().insert(pairing).await?;
    tx.commit().await?;
    Ok(Admission::Admitted)
}

/// Pairings that wait for a person or for the device's next poll, of one network or of all.
async fn count_open(tx: &mut Tx, network: Option<&str>, now: Timestamp) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) AS n FROM pairings \
         WHERE expires_at > $2 AND status IN ('pending', 'approved') AND network = COALESCE(CAST($1 AS TEXT), network)";
    tx.via().number(SQL, binds![network, now]).await
}

pub async fn by_poll_hash<'a>(via: impl Into<Via<'a>>, hash: &[u8]) -> Result<Option<Pairing>, StoreError> {
    const SQL: &str = concat!("SELECT ", pairing_columns!(), " FROM pairings WHERE poll_hash = $1");
    via.into().optional(SQL, binds![hash]).await
}

pub async fn by_link_token_hash<'a>(
    via: impl Into<Via<'a>>,
    hash: &[u8],
) -> Result<Option<Pairing>, StoreError> {
    const SQL: &str = concat!("SELECT ", pairing_columns!(), " FROM pairings WHERE link_token_hash = $1");
    via.into().optional(SQL, binds![hash]).await
}

/// The pairing that waits under this code. Codes are short and come again: only an unexpired one counts.
pub async fn by_user_code_hash<'a>(
    via: impl Into<Via<'a>>,
    hash: &[u8],
    now: Timestamp,
) -> Result<Option<Pairing>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        pairing_columns!(),
        " FROM pairings WHERE user_code_hash = $1 AND expires_at > $2 ORDER BY id DESC LIMIT 1"
    );
    via.into().optional(SQL, binds![hash, now]).await
}

/// What a person decided about a pairing.
#[derive(Debug, Clone)]
pub struct PairingApproval<'a> {
    pub team: &'a TeamId,
    pub user: &'a UserId,
    pub rule: Rule,
}

/// A person lets the device in. Answers whether it still waited for that.
pub async fn approve<'a>(
    via: impl Into<Via<'a>>,
    id: &PairingId,
    approval: &PairingApproval<'_>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE pairings SET status = 'approved', team_id = $2, user_id = $3, rule = $4 \
         WHERE id = $1 AND status = 'pending' AND expires_at > $5";
    via.into().changed(SQL, binds![id, approval.team, approval.user, approval.rule, now]).await
}

/// Moves an unexpired pairing from one state to another. Answers whether it was in the first; in a transaction, it then
/// stays as it is until the end.
pub async fn advance<'a>(
    via: impl Into<Via<'a>>,
    id: &PairingId,
    from: PairingStatus,
    to: PairingStatus,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE pairings SET status = $3 WHERE id = $1 AND status = $2 AND expires_at > $4";
    via.into().changed(SQL, binds![id, from, to, now]).await
}

/// Gives an approved pairing its device (`approved` → `issued`). Answers whether it was approved and unexpired.
pub async fn issue(
    tx: &mut Tx,
    id: &PairingId,
    device: &DeviceId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE pairings SET status = 'issued', device_id = $2 \
         WHERE id = $1 AND status = 'approved' AND expires_at > $3";
    tx.via().changed(SQL, binds![id, device, now]).await
}

/// What the person approved in the team and no device came for yet is denied.
pub async fn deny_all_of(tx: &mut Tx, team: &TeamId, user: &UserId) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE pairings SET status = 'denied' WHERE team_id = $1 AND user_id = $2 AND status = 'approved'";
    tx.via().execute(SQL, binds![team, user]).await.map(|_| ())
}

/// The device polled, and is to wait `interval_s` seconds before it does again.
pub async fn note_poll<'a>(
    via: impl Into<Via<'a>>,
    id: &PairingId,
    now: Timestamp,
    interval_s: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE pairings SET last_poll_at = $2, interval_s = $3 WHERE id = $1";
    via.into().execute(SQL, binds![id, now, interval_s]).await.map(|_| ())
}
