//! The device authorization grant (RFC 8628): the device shows a code, polls with a secret, and gets its tokens once.

use super::record::{Hashes, client_name, device_of};
use super::{Pairings, StartError, Starter, UserCode};
use crate::access_token::ACCESS_TOKEN_LASTS;
use crate::refresh::TokenPair;
use crate::secret::{hash, random_secret};
use crate::signing_keys::SigningKeyError;
use keyferry_core::{ExposeSecret, SecretString, Timestamp};
use keyferry_store::{Pairing, PairingFlow, PairingStatus, StoreError, devices, pairings};
use std::time::Duration;

/// How long a code can be typed.
const LASTS: Duration = Duration::from_secs(10 * 60);
/// How long a device waits between polls, at first.
const INTERVAL: Duration = Duration::from_secs(5);
/// How much longer it waits after each poll that came too soon (RFC 8628, section 3.5), in seconds.
const SLOWER_BY: i64 = 5;

/// What a device gets when it asks to be paired.
#[derive(Debug)]
pub struct DeviceAuthorization {
    /// What it polls with.
    pub device_code: SecretString,
    /// What the person types.
    pub user_code: UserCode,
    pub expires_in: Duration,
    pub interval: Duration,
}

/// Why a poll brought no tokens; the first four are RFC 8628's own.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    #[error("nobody has approved the device yet")]
    AuthorizationPending,
    #[error("the device polls too often; it is to wait {} s between polls", interval.as_secs())]
    SlowDown { interval: Duration },
    #[error("a person refused the device")]
    AccessDenied,
    #[error("the code has expired; start again")]
    ExpiredToken,
    /// Not a device code, or one that has brought its tokens already.
    #[error("the device code is not valid")]
    InvalidGrant,
    #[error(transparent)]
    Key(#[from] SigningKeyError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PollError {
    /// The error as OAuth spells it; `None` when the fault is the gateway's.
    #[must_use]
    pub fn oauth_code(&self) -> Option<&'static str> {
        match self {
            Self::AuthorizationPending => Some("authorization_pending"),
            Self::SlowDown { .. } => Some("slow_down"),
            Self::AccessDenied => Some("access_denied"),
            Self::ExpiredToken => Some("expired_token"),
            Self::InvalidGrant => Some("invalid_grant"),
            Self::Key(_) | Self::Store(_) => None,
        }
    }
}

impl Pairings {
    /// Begins a pairing by code.
    ///
    /// # Errors
    /// [`StartError::TooMany`] when too many are open, from this network or at all.
    pub async fn authorize_device(&self, starter: &Starter<'_>) -> Result<DeviceAuthorization, StartError> {
        let (device_code, user_code) = (random_secret(), UserCode::new());
        let hashes = Hashes {
            poll: hash(device_code.expose_secret()),
            link_token: None,
            user_code: Some(user_code.hash()),
        };
        self.open(PairingFlow::DeviceCode, starter, hashes, INTERVAL, LASTS).await?;
        Ok(DeviceAuthorization { device_code, user_code, expires_in: LASTS, interval: INTERVAL })
    }

    /// Asks whether a person has decided. After approval it answers the tokens, once. `client` must be the one that
    /// began.
    ///
    /// # Errors
    /// [`PollError`] says what the device is to do.
    pub async fn poll(
        &self,
        device_code: &SecretString,
        client: &str,
        resource: &str,
    ) -> Result<TokenPair, PollError> {
        let now = self.parts.now();
        let pairing = pairings::by_poll_hash(&self.parts.db, &hash(device_code.expose_secret())).await?;
        let client = client_name(client);
        let is_its = |pairing: &Pairing| pairing.flow == PairingFlow::DeviceCode && pairing.client == client;
        let pairing = pairing.filter(is_its).ok_or(PollError::InvalidGrant)?;
        match pairing.status {
            PairingStatus::Issued | PairingStatus::Paired => Err(PollError::InvalidGrant),
            PairingStatus::Denied => Err(PollError::AccessDenied),
            _ if pairing.expires_at <= now => Err(PollError::ExpiredToken),
            PairingStatus::Pending => Err(self.keep_waiting(&pairing, now).await?),
            PairingStatus::Approved => self.issue_tokens(&pairing, resource, now).await,
        }
    }

    /// Tells a device that nobody has decided, or that it asks too often.
    async fn keep_waiting(&self, pairing: &Pairing, now: Timestamp) -> Result<PollError, StoreError> {
        let interval = Duration::from_secs(u64::try_from(pairing.interval_s).unwrap_or(0));
        let too_soon = pairing.last_poll_at.is_some_and(|last| now.since(last) < interval);
        let next = pairing.interval_s + if too_soon { SLOWER_BY } else { 0 };
        pairings::note_poll(&self.parts.db, &pairing.id, now, next).await?;
        Ok(if too_soon {
            PollError::SlowDown { interval: interval + Duration::from_secs(SLOWER_BY.unsigned_abs()) }
        } else {
            PollError::AuthorizationPending
        })
    }

    async fn issue_tokens(
        &self,
        pairing: &Pairing,
        resource: &str,
        now: Timestamp,
    ) -> Result<TokenPair, PollError> {
        let device = device_of(pairing, None, None, now).ok_or(PollError::InvalidGrant)?;
        // Signed first: after the commit nothing may fail, since the tokens are given once.
        let access = self.access.issue(&device, resource).await?;
        let mut tx = self.parts.db.begin().await?;
        if !pairings::issue(&mut tx, &pairing.id, &device.id, now).await? {
            return Err(PollError::InvalidGrant);
        }
        pairings::advance(&mut tx, &pairing.id, PairingStatus::Issued, PairingStatus::Paired, now).await?;
        devices::insert(&mut tx, &device).await?;
        let refresh = self.refresh.first(&mut tx, &device).await?;
        tx.commit().await?;
        self.parts.follower.catch_up_soon().await;
        Ok(TokenPair { access, expires_in: ACCESS_TOKEN_LASTS, refresh })
    }
}
