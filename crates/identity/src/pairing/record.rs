//! What all flows have in common: a pairing's beginning, and the device that comes of it.

use super::Pairings;
use crate::address::network_of;
use crate::device_token::DeviceToken;
use crate::shown_label;
use keyferry_core::{DeviceId, PairingId, ShownTools, Timestamp};
use keyferry_store::pairings::{self, PairingCaps};
use keyferry_store::{Admission, Device, Pairing, PairingFlow, PairingStatus, StoreError};
use std::net::IpAddr;
use std::time::Duration;

/// Pairings that one network (an IPv4 address, a /64) may have open at a time.
pub const MAX_OPEN_A_NETWORK: i64 = 20;
/// Pairings that the whole gateway may have open at a time.
pub const MAX_OPEN_A_GATEWAY: i64 = 1_000;

/// What a device says of itself, and where it says it. Nothing of it is verified but the address.
#[derive(Debug, Clone, Copy)]
pub struct Starter<'a> {
    /// What it calls itself.
    pub label: Option<&'a str>,
    /// The program: `openclaw`, `keyferry-cli`.
    pub client: &'a str,
    pub address: IpAddr,
}

/// Why no pairing began.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("too many pairings are open; finish or wait out the ones that are, then start again")]
    TooMany,
    /// Nobody holds a window open for devices that show no code.
    #[error(
        "pairing without a code is off; a person opens it for ten minutes on the Devices page of the dashboard"
    )]
    Closed,
    #[error("too many pairings began in the last hour; try again in {} minutes", .0.as_secs().div_ceil(60))]
    TooOften(Duration),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The secrets of a new pairing, as the store keeps them.
pub(super) struct Hashes {
    pub poll: Vec<u8>,
    pub link_token: Option<Vec<u8>>,
    pub user_code: Option<Vec<u8>>,
}

impl Pairings {
    /// Writes a new pairing, when there is room for it.
    pub(super) async fn open(
        &self,
        flow: PairingFlow,
        starter: &Starter<'_>,
        hashes: Hashes,
        interval: Duration,
        lasts: Duration,
    ) -> Result<Pairing, StartError> {
        let now = self.parts.now();
        let client = client_name(starter.client);
        let pairing = Pairing {
            id: PairingId::new(),
            flow,
            poll_hash: hashes.poll,
            link_token_hash: hashes.link_token,
            user_code_hash: hashes.user_code,
            label: starter.label.and_then(shown_label).unwrap_or_else(|| format!("{client} device")),
            client,
            address: starter.address.to_canonical().to_string(),
            network: network_of(starter.address),
            status: PairingStatus::Pending,
            team: None,
            user: None,
            device: None,
            rule: None,
            interval_s: i64::try_from(interval.as_secs()).unwrap_or(i64::MAX),
            last_poll_at: None,
            created_at: now,
            expires_at: now + lasts,
        };
        let caps = PairingCaps { network: MAX_OPEN_A_NETWORK, gateway: MAX_OPEN_A_GATEWAY };
        match pairings::insert(&self.parts.db, &pairing, caps, now).await? {
            Admission::Admitted => Ok(pairing),
            // A pairing hangs on nothing that could be gone.
            Admission::Full | Admission::Gone => Err(StartError::TooMany),
        }
    }
}

/// The program's name as it is kept and compared.
pub(super) fn client_name(given: &str) -> String {
    shown_label(given).unwrap_or_else(|| "unknown".to_owned())
}

/// The device of an approved pairing, with the rule that the person chose. `None` when nobody approved it.
pub(super) fn device_of(
    pairing: &Pairing,
    token: Option<&DeviceToken>,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<Device> {
    Some(Device {
        id: DeviceId::new(),
        team: pairing.team.clone()?,
        user: pairing.user.clone()?,
        label: pairing.label.clone(),
        client: pairing.client.clone(),
        rule: pairing.rule?,
        generation: 1,
        token_hash: token.map(DeviceToken::hash),
        token_last4: token.map(|token| token.last4().to_owned()),
        created_at: now,
        last_used_at: None,
        last_address: None,
        expires_at,
        revoked_at: None,
        shown_tools: ShownTools::default(),
    })
}
