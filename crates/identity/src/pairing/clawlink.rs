//! ClawLink's flow, as its clients speak it: a link for the person, a secret verifier for the device, no code.
//!
//! The token in the link and the verifier are different random values: whoever sees the link can watch the state and
//! nothing else.

use super::handover::HandedOver;
use super::record::Hashes;
use super::{Pairings, StartError, Starter};
use crate::device_token::DeviceToken;
use crate::secret::{hash, random_secret};
use keyferry_core::{DeviceId, ExposeSecret, PairingId, SecretString, Timestamp};
use keyferry_store::{Pairing, PairingFlow, PairingStatus, StoreError, pairings, users};
use sha2::{Digest, Sha256};
use std::time::Duration;
use subtle::ConstantTimeEq;

/// How long the device has, as ClawLink's own server gave it.
const LASTS: Duration = Duration::from_secs(15 * 60);
/// How often ClawLink's clients ask.
const INTERVAL: Duration = Duration::from_secs(3);
/// The letters and digits of a display code: none that looks like another.
const DISPLAY_ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const DISPLAY_LENGTH: usize = 8;

/// What a device gets when it asks to be paired.
#[derive(Debug)]
pub struct ClawLinkStart {
    /// Stands in the link that the person follows.
    pub session_token: SecretString,
    /// Proves that it is the device that began. Never in a link.
    pub verifier: SecretString,
    pub session: ClawLinkSession,
    pub interval: Duration,
}

/// Where a pairing stands, in ClawLink's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClawLinkState {
    AwaitingBrowser,
    ReadyForDevice,
    AwaitingLocalSave,
    Paired,
    Expired,
    Failed,
}

impl ClawLinkState {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingBrowser => "awaiting_browser",
            Self::ReadyForDevice => "ready_for_device",
            Self::AwaitingLocalSave => "awaiting_local_save",
            Self::Paired => "paired",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }

    fn of(pairing: &Pairing, now: Timestamp) -> Self {
        match pairing.status {
            PairingStatus::Paired => Self::Paired,
            PairingStatus::Denied => Self::Failed,
            _ if pairing.expires_at <= now => Self::Expired,
            PairingStatus::Pending => Self::AwaitingBrowser,
            PairingStatus::Approved => Self::ReadyForDevice,
            PairingStatus::Issued => Self::AwaitingLocalSave,
        }
    }
}

/// A pairing as whoever has the link may see it.
#[derive(Debug, Clone)]
pub struct ClawLinkSession {
    pub id: PairingId,
    pub display_code: String,
    pub label: String,
    /// Whose account it will be, masked; there once it is approved.
    pub approved_user_hint: Option<String>,
    pub state: ClawLinkState,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// The token that a device gets; it works at once, and for good after `finalize`.
#[derive(Debug)]
pub struct Exchanged {
    pub session: ClawLinkSession,
    pub token: DeviceToken,
    pub device: DeviceId,
}

/// Why a step of the flow was refused.
#[derive(Debug, thiserror::Error)]
pub enum ClawLinkError {
    #[error("Pairing session not found.")]
    NotFound,
    #[error("Pairing verifier is invalid.")]
    Verifier,
    #[error("Pairing session has expired. Start again.")]
    Expired,
    #[error("Pairing session is not ready: it was not approved yet.")]
    NotApproved,
    #[error("Pairing session is not ready: no key was issued yet.")]
    NotIssued,
    #[error("Pairing session is already complete.")]
    Complete,
    #[error("Pairing was refused. Start again if it was by mistake.")]
    Denied,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Pairings {
    /// Begins a pairing without a code.
    ///
    /// # Errors
    /// [`StartError::Closed`] unless somebody's window is open.
    pub async fn start_clawlink(&self, starter: &Starter<'_>) -> Result<ClawLinkStart, StartError> {
        self.window_must_be_open().await?;
        let (session_token, verifier) = (random_secret(), random_secret());
        let hashes = Hashes {
            poll: hash(verifier.expose_secret()),
            link_token: Some(hash(session_token.expose_secret())),
            user_code: None,
        };
        let pairing = self.open(PairingFlow::ClawLink, starter, hashes, INTERVAL, LASTS).await?;
        let session = self.seen(&pairing, session_token.expose_secret(), None);
        Ok(ClawLinkStart { session_token, verifier, session, interval: INTERVAL })
    }

    /// Where a pairing stands.
    ///
    /// # Errors
    /// [`ClawLinkError::NotFound`].
    pub async fn clawlink_session(&self, session_token: &str) -> Result<ClawLinkSession, ClawLinkError> {
        let pairing = self.by_session_token(session_token).await?;
        let user = match &pairing.user {
            Some(user) => users::get(&self.parts.db, user).await?,
            None => None,
        };
        let hint = user.map(|user| masked(&user.email));
        Ok(self.seen(&pairing, session_token, hint))
    }

    /// Gives the device its token. Until [`Pairings::finalize_clawlink`] it may ask again: it gets a new token, and
    /// the one before is worth nothing.
    ///
    /// # Errors
    /// As [`ClawLinkError`] says.
    pub async fn exchange_clawlink(
        &self,
        session_token: &str,
        verifier: &str,
    ) -> Result<Exchanged, ClawLinkError> {
        let pairing = self.proven(session_token, verifier).await?;
        match ClawLinkState::of(&pairing, self.parts.now()) {
            ClawLinkState::ReadyForDevice | ClawLinkState::AwaitingLocalSave => {}
            ClawLinkState::AwaitingBrowser => return Err(ClawLinkError::NotApproved),
            ClawLinkState::Paired => return Err(ClawLinkError::Complete),
            ClawLinkState::Expired => return Err(ClawLinkError::Expired),
            ClawLinkState::Failed => return Err(ClawLinkError::Denied),
        }
        let token = DeviceToken::new();
        let device = match self.hand_over(&pairing, &token).await? {
            HandedOver::To(device) => device,
            HandedOver::Revoked => return Err(ClawLinkError::Denied),
            HandedOver::MovedOn if pairing.status == PairingStatus::Approved => {
                return Err(ClawLinkError::NotApproved);
            }
            HandedOver::MovedOn => return Err(ClawLinkError::Complete),
        };
        Ok(Exchanged { session: self.clawlink_session(session_token).await?, token, device })
    }

    /// The device has saved its token: it is not given again. Saying so twice does no harm.
    ///
    /// # Errors
    /// As [`ClawLinkError`] says.
    pub async fn finalize_clawlink(
        &self,
        session_token: &str,
        verifier: &str,
    ) -> Result<ClawLinkSession, ClawLinkError> {
        let pairing = self.proven(session_token, verifier).await?;
        match ClawLinkState::of(&pairing, self.parts.now()) {
            ClawLinkState::AwaitingLocalSave => self.keep(&pairing).await?,
            ClawLinkState::Paired => {}
            ClawLinkState::AwaitingBrowser => return Err(ClawLinkError::NotApproved),
            ClawLinkState::ReadyForDevice => return Err(ClawLinkError::NotIssued),
            ClawLinkState::Expired => return Err(ClawLinkError::Expired),
            ClawLinkState::Failed => return Err(ClawLinkError::Denied),
        }
        let session = self.clawlink_session(session_token).await?;
        match session.state {
            ClawLinkState::Paired => Ok(session),
            _ => Err(ClawLinkError::Expired),
        }
    }

    async fn by_session_token(&self, session_token: &str) -> Result<Pairing, ClawLinkError> {
        let pairing = pairings::by_link_token_hash(&self.parts.db, &hash(session_token)).await?;
        // A link of another flow tells nothing here: its device proves itself in another way.
        let pairing = pairing.filter(|pairing| pairing.flow == PairingFlow::ClawLink);
        pairing.ok_or(ClawLinkError::NotFound)
    }

    /// The pairing, when the verifier is its own. Compared in constant time.
    async fn proven(&self, session_token: &str, verifier: &str) -> Result<Pairing, ClawLinkError> {
        let pairing = self.by_session_token(session_token).await?;
        if bool::from(pairing.poll_hash.ct_eq(&hash(verifier))) {
            Ok(pairing)
        } else {
            Err(ClawLinkError::Verifier)
        }
    }

    fn seen(&self, pairing: &Pairing, session_token: &str, hint: Option<String>) -> ClawLinkSession {
        ClawLinkSession {
            id: pairing.id.clone(),
            display_code: display_code(session_token),
            label: pairing.label.clone(),
            approved_user_hint: hint,
            state: ClawLinkState::of(pairing, self.parts.now()),
            created_at: pairing.created_at,
            expires_at: pairing.expires_at,
        }
    }
}

/// The code that ClawLink's clients carry along. It proves nothing and is derived from the link's token, so that it
/// needs no place of its own.
fn display_code(session_token: &str) -> String {
    let digest = Sha256::new_with_prefix(b"keyferry display code").chain_update(session_token).finalize();
    digest
        .iter()
        .take(DISPLAY_LENGTH)
        .map(|byte| char::from(DISPLAY_ALPHABET[usize::from(byte % 32)]))
        .collect()
}

/// An e-mail address that its owner recognizes and nobody else learns: `j•••@example.com`.
fn masked(email: &str) -> String {
    let (local, domain) = email.split_once('@').unwrap_or((email, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}•••@{domain}")
}
