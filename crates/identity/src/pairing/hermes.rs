//! The flow of ClawLink's plugin for Hermes: a link for the person, a session for the device, no code and no verifier.
//!
//! Its clients hold the session's id alone, so here that id is the secret to poll with, and the link has another one:
//! whoever sees the link can't ask for the token. The token goes only to the network that began.

use super::handover::HandedOver;
use super::record::Hashes;
use super::{Pairings, StartError, Starter};
use crate::address::network_of;
use crate::attempts::{self, Limit, Refused};
use crate::device_token::DeviceToken;
use crate::secret::{hash, random_secret};
use keyferry_core::{ExposeSecret, SecretString, Timestamp};
use keyferry_store::{Pairing, PairingFlow, PairingStatus, StoreError, pairings};
use std::net::IpAddr;
use std::time::Duration;

/// How long the device has, as ClawLink's own server gave it.
const LASTS: Duration = Duration::from_secs(15 * 60);
/// How often its clients ask.
const INTERVAL: Duration = Duration::from_secs(3);
/// How its clients know a session's id.
const PREFIX: &str = "hbs_";
/// Pairings that may be begun from one network.
const STARTS: Limit = Limit { name: "hermes-start:network", most: 20, within: Duration::from_secs(60 * 60) };

/// What a device gets when it asks to be paired.
#[derive(Debug)]
pub struct HermesStart {
    /// What the device polls with. Never in a link.
    pub session_id: SecretString,
    /// Stands in the link that the person follows.
    pub link_token: SecretString,
    pub state: HermesState,
    pub expires_at: Timestamp,
    pub interval: Duration,
}

/// Where a pairing stands, in the words of its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HermesState {
    PendingApproval,
    Approved,
    Rejected,
    Expired,
    Consumed,
}

impl HermesState {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PendingApproval => "pending_approval",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Consumed => "consumed",
        }
    }

    fn of(pairing: &Pairing, now: Timestamp) -> Self {
        match pairing.status {
            PairingStatus::Paired => Self::Consumed,
            PairingStatus::Denied => Self::Rejected,
            _ if pairing.expires_at <= now => Self::Expired,
            PairingStatus::Pending => Self::PendingApproval,
            PairingStatus::Approved | PairingStatus::Issued => Self::Approved,
        }
    }
}

/// A pairing as the device that began it is told of it.
#[derive(Debug)]
pub struct HermesSession {
    pub state: HermesState,
    pub expires_at: Timestamp,
    /// There while the state is `Approved`: a new one each time, and the one before is worth nothing.
    pub token: Option<DeviceToken>,
}

/// Why a step of the flow was refused.
#[derive(Debug, thiserror::Error)]
pub enum HermesError {
    #[error("Bootstrap session not found.")]
    NotFound,
    #[error("Bootstrap session was begun at another address. Go on where it was begun, or begin again here.")]
    Elsewhere,
    #[error("Bootstrap session has given no key yet: it can't be consumed.")]
    NotIssued,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Pairings {
    /// Begins a pairing.
    ///
    /// # Errors
    /// [`StartError::Closed`] unless somebody's window is open, [`StartError::TooOften`] after twenty starts of one
    /// network in an hour.
    pub async fn start_hermes(&self, starter: &Starter<'_>) -> Result<HermesStart, StartError> {
        self.window_must_be_open().await?;
        // Counted for good: it is starts that are limited, not wrong ones.
        let _counted = attempts::begin(&self.parts, &[(STARTS, &network_of(starter.address))]).await?;
        let session_id = SecretString::from(format!("{PREFIX}{}", random_secret().expose_secret()));
        let link_token = random_secret();
        let hashes = Hashes {
            poll: hash(session_id.expose_secret()),
            link_token: Some(hash(link_token.expose_secret())),
            user_code: None,
        };
        let pairing = self.open(PairingFlow::Hermes, starter, hashes, INTERVAL, LASTS).await?;
        let (state, expires_at) = (HermesState::of(&pairing, self.parts.now()), pairing.expires_at);
        Ok(HermesStart { session_id, link_token, state, expires_at, interval: INTERVAL })
    }

    /// Where a pairing stands, with a token when a person has approved it.
    ///
    /// # Errors
    /// [`HermesError::NotFound`], [`HermesError::Elsewhere`].
    pub async fn poll_hermes(&self, session_id: &str, from: IpAddr) -> Result<HermesSession, HermesError> {
        let pairing = self.begun_at(session_id, from).await?;
        let state = HermesState::of(&pairing, self.parts.now());
        let (expires_at, token) = (pairing.expires_at, DeviceToken::new());
        if state != HermesState::Approved {
            return Ok(HermesSession { state, expires_at, token: None });
        }
        match self.hand_over(&pairing, &token).await? {
            HandedOver::To(_) => Ok(HermesSession { state, expires_at, token: Some(token) }),
            HandedOver::Revoked => {
                Ok(HermesSession { state: HermesState::Rejected, expires_at, token: None })
            }
            HandedOver::MovedOn => {
                let state = HermesState::of(&self.begun_at(session_id, from).await?, self.parts.now());
                Ok(HermesSession { state, expires_at, token: None })
            }
        }
    }

    /// The device has saved its token: it is not given again. Saying so twice does no harm.
    ///
    /// # Errors
    /// [`HermesError::NotIssued`] before a token was given; the rest as they say.
    pub async fn consume_hermes(&self, session_id: &str, from: IpAddr) -> Result<HermesSession, HermesError> {
        let pairing = self.begun_at(session_id, from).await?;
        self.keep(&pairing).await?;
        let pairing = self.begun_at(session_id, from).await?;
        match HermesState::of(&pairing, self.parts.now()) {
            HermesState::PendingApproval | HermesState::Approved => Err(HermesError::NotIssued),
            state => Ok(HermesSession { state, expires_at: pairing.expires_at, token: None }),
        }
    }

    /// The pairing of a session, for the network that it was begun from.
    async fn begun_at(&self, session_id: &str, from: IpAddr) -> Result<Pairing, HermesError> {
        let pairing = pairings::by_poll_hash(&self.parts.db, &hash(session_id)).await?;
        let pairing = pairing.filter(|pairing| pairing.flow == PairingFlow::Hermes);
        let pairing = pairing.ok_or(HermesError::NotFound)?;
        if pairing.network == network_of(from) { Ok(pairing) } else { Err(HermesError::Elsewhere) }
    }
}

impl From<Refused> for StartError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::TooMany(wait) => Self::TooOften(wait),
            Refused::Store(error) => Self::Store(error),
        }
    }
}
