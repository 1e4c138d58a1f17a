//! ClawLink's flow, as its clients speak it: a link for the person, a secret verifier for the device, no code.
//!
//! The token in the link and the verifier are different random values: whoever sees the link can watch the state and
//! nothing else. Until the device says that it saved its token, asking again makes a new one and ends the one
//! before; a token that is never confirmed ends with the pairing.

use super::record::{Hashes, device_of};
use super::{Pairings, StartError, Starter};
use crate::device_token::DeviceToken;
use crate::secret::{hash, random_secret};
use keyferry_core::{DeviceId, ExposeSecret, PairingId, SecretString, Timestamp};
use keyferry_store::{Pairing, PairingFlow, PairingStatus, StoreError, devices, pairings, system, users};
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
        if !system::any_pairing_window(&self.parts.db, self.parts.now()).await? {
            return Err(StartError::Closed);
        }
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
        let token = DeviceToken::new();
        let device = match ClawLinkState::of(&pairing, self.parts.now()) {
            ClawLinkState::ReadyForDevice => self.issue_first(&pairing, &token).await?,
            ClawLinkState::AwaitingLocalSave => self.issue_again(&pairing, &token).await?,
            ClawLinkState::AwaitingBrowser => return Err(ClawLinkError::NotApproved),
            ClawLinkState::Paired => return Err(ClawLinkError::Complete),
            ClawLinkState::Expired => return Err(ClawLinkError::Expired),
            ClawLinkState::Failed => return Err(ClawLinkError::Denied),
        };
        self.parts.follower.catch_up_soon().await;
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
            ClawLinkState::AwaitingLocalSave => self.keep_device(&pairing).await?,
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

    /// Makes the device. It ends with the pairing unless the pairing is finalized.
    async fn issue_first(&self, pairing: &Pairing, token: &DeviceToken) -> Result<DeviceId, ClawLinkError> {
        let now = self.parts.now();
        let device = device_of(pairing, Some(token), Some(pairing.expires_at), now);
        let device = device.ok_or(ClawLinkError::NotApproved)?;
        let mut tx = self.parts.db.begin().await?;
        if !pairings::issue(&mut tx, &pairing.id, &device.id, now).await? {
            return Err(ClawLinkError::NotApproved);
        }
        devices::insert(&mut tx, &device).await?;
        tx.commit().await?;
        Ok(device.id)
    }

    /// Puts another token in the place of the one before.
    async fn issue_again(&self, pairing: &Pairing, token: &DeviceToken) -> Result<DeviceId, ClawLinkError> {
        let now = self.parts.now();
        let (team, device) =
            pairing.team.as_ref().zip(pairing.device.as_ref()).ok_or(ClawLinkError::NotIssued)?;
        let mut tx = self.parts.db.begin().await?;
        // Changes nothing, but holds the row, so that a token is never replaced after it was confirmed.
        let (from, to) = (PairingStatus::Issued, PairingStatus::Issued);
        if !pairings::advance(&mut tx, &pairing.id, from, to, now).await? {
            return Err(ClawLinkError::Complete);
        }
        let replaced =
            devices::replace_token(&mut tx, team, device, &token.hash(), token.last4(), now).await?;
        replaced.ok_or(ClawLinkError::Denied)?;
        tx.commit().await?;
        Ok(device.clone())
    }

    async fn keep_device(&self, pairing: &Pairing) -> Result<(), ClawLinkError> {
        let now = self.parts.now();
        let (team, device) =
            pairing.team.as_ref().zip(pairing.device.as_ref()).ok_or(ClawLinkError::NotIssued)?;
        let mut tx = self.parts.db.begin().await?;
        let (from, to) = (PairingStatus::Issued, PairingStatus::Paired);
        if pairings::advance(&mut tx, &pairing.id, from, to, now).await? {
            devices::set_expiry(&mut tx, team, device, None, now).await?;
            tx.commit().await?;
            self.parts.follower.catch_up_soon().await;
        }
        Ok(())
    }

    async fn by_session_token(&self, session_token: &str) -> Result<Pairing, ClawLinkError> {
        let pairing = pairings::by_link_token_hash(&self.parts.db, &hash(session_token)).await?;
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
