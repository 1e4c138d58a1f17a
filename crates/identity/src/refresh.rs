//! Refresh tokens: each works once and brings its successor.
//!
//! A client that lost our answer asks again with the same token. For 30 s, and until the successor was used, it gets
//! the *same* successor: it is derived from the token and a key of ours, since the store has hashes only. Any later
//! use is somebody else's copy: the device is revoked, and with it every token of it.

use crate::access_token::{ACCESS_TOKEN_LASTS, AccessTokens};
use crate::device_token::RefreshToken;
use crate::signing_keys::{OpenKey, Purpose, SigningKeyError, SigningKeys};
use crate::standing::{self, Fallen};
use crate::{IdentityParts, secret};
use hmac::{Hmac, KeyInit, Mac};
use keyferry_core::{SecretString, Timestamp};
use keyferry_store::{Device, RefreshToken as Row, StoreError, Tx, devices, refresh_tokens as rows, system};
use sha2::Sha256;
use std::time::Duration;

/// A device that is not heard of for this long has to be paired again.
pub const REFRESH_TOKEN_LASTS: Duration = Duration::from_secs(60 * 24 * 60 * 60);
/// How long a token is taken again whose successor was not used yet.
const TAKEN_AGAIN: Duration = Duration::from_secs(30);

/// What a device gets for a pairing or a refresh token.
#[derive(Debug)]
pub struct TokenPair {
    pub access: SecretString,
    /// How long `access` is taken.
    pub expires_in: Duration,
    pub refresh: RefreshToken,
}

/// Why there are no new tokens.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// Unknown, expired, or its device is revoked: pair again.
    #[error("the refresh token is not valid any more; pair the device again")]
    Invalid,
    /// It had been exchanged before, so somebody has a copy. The device is revoked now.
    #[error("the refresh token was used twice, so its device was revoked; pair it again")]
    Reused,
    #[error(transparent)]
    Key(#[from] SigningKeyError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Issues and exchanges refresh tokens.
#[derive(Clone)]
pub struct RefreshTokens {
    parts: IdentityParts,
    keys: SigningKeys,
    access: AccessTokens,
}

/// What the rows say of a token.
enum Verdict {
    /// With the successor.
    Good(RefreshToken),
    Invalid,
    Reused,
}

impl RefreshTokens {
    pub(crate) fn new(parts: IdentityParts, keys: SigningKeys, access: AccessTokens) -> Self {
        Self { parts, keys, access }
    }

    /// The first tokens of a device that `tx` is about to write.
    pub(crate) async fn first(&self, tx: &mut Tx, device: &Device) -> Result<RefreshToken, StoreError> {
        let token = RefreshToken::new();
        rows::insert(tx, &self.row(&token, device)).await?;
        Ok(token)
    }

    /// Exchanges a refresh token for its successor and an access token for `resource`.
    ///
    /// # Errors
    /// [`RefreshError::Reused`] when the device was revoked for it; the rest as they say.
    pub async fn exchange(&self, token: &str, resource: &str) -> Result<TokenPair, RefreshError> {
        let token = RefreshToken::parse(token).map_err(|_| RefreshError::Invalid)?;
        let row = system::refresh_token_by_hash(&self.parts.db, &token.hash()).await?;
        let row = row.ok_or(RefreshError::Invalid)?;
        let device = self.standing_device(&row).await?.ok_or(RefreshError::Invalid)?;
        // Everything that can fail for another reason comes before the token is spent.
        let successors = self.successors_of(&token).await?;
        let access = self.access.issue(&device, resource).await?;
        match self.spend(row, successors, &device).await? {
            Verdict::Good(refresh) => Ok(TokenPair { access, expires_in: ACCESS_TOKEN_LASTS, refresh }),
            Verdict::Invalid => Err(RefreshError::Invalid),
            Verdict::Reused => {
                tracing::warn!(device = %device.id, "a refresh token was used twice; its device is revoked");
                Err(RefreshError::Reused)
            }
        }
    }

    /// Gives a token back (RFC 7009): its device is revoked. An unknown token is nothing to complain about.
    ///
    /// # Errors
    /// The store's.
    pub async fn revoke(&self, token: &str) -> Result<(), StoreError> {
        let Ok(token) = RefreshToken::parse(token) else { return Ok(()) };
        let Some(row) = system::refresh_token_by_hash(&self.parts.db, &token.hash()).await? else {
            return Ok(());
        };
        self.revoke_device(self.parts.db.begin().await?, &row).await
    }

    /// Puts the first of the successors in the token's place, unless it has one.
    async fn spend(
        &self,
        token: Row,
        successors: Vec<RefreshToken>,
        device: &Device,
    ) -> Result<Verdict, StoreError> {
        let now = self.parts.now();
        let mut tx = self.parts.db.begin().await?;
        let mut successors = successors.into_iter();
        if token.rotated_at.is_none()
            && let Some(first) = successors.as_slice().first()
            && rows::rotate(&mut tx, &token, &self.row(first, device), now).await?
        {
            tx.commit().await?;
            return Ok(successors.next().map_or(Verdict::Invalid, Verdict::Good));
        }
        // It has a successor, perhaps since this very moment, so the row is read again.
        let Some(token) = system::refresh_token_by_hash(&mut tx, &token.hash).await? else {
            return Ok(Verdict::Invalid);
        };
        let is_its = |successor: &RefreshToken| token.successor_hash == Some(successor.hash());
        if let Some(successor) = successors.find(is_its).filter(|_| is_taken_again(&token, now)) {
            return Ok(Verdict::Good(successor));
        }
        self.revoke_device(tx, &token).await?;
        Ok(Verdict::Reused)
    }

    async fn revoke_device(&self, mut tx: Tx, token: &Row) -> Result<(), StoreError> {
        devices::revoke(&mut tx, &token.team, &token.device, self.parts.now()).await?;
        tx.commit().await?;
        self.parts.follower.catch_up_soon().await;
        Ok(())
    }

    /// The token's device, when the token is of its present generation and both may still be used.
    async fn standing_device(&self, token: &Row) -> Result<Option<Device>, StoreError> {
        let (db, now) = (&self.parts.db, self.parts.now());
        if token.expires_at <= now {
            return Ok(None);
        }
        let device = devices::get(db, &token.team, &token.device).await?;
        let Some(device) = device.filter(|device| device.generation == token.generation) else {
            return Ok(None);
        };
        match standing::of(db, device, now).await {
            Ok(standing) => Ok(Some(standing.device)),
            Err(Fallen::Store(error)) => Err(error),
            Err(Fallen::Revoked | Fallen::Expired | Fallen::Person) => Ok(None),
        }
    }

    /// What the token's successor is, first by the key of now; then by those before it, since a key may be replaced
    /// between an answer that is lost and the second asking.
    async fn successors_of(&self, token: &RefreshToken) -> Result<Vec<RefreshToken>, SigningKeyError> {
        let keys = self.keys.all_taken(Purpose::RefreshToken).await?;
        Ok(keys.iter().map(|key| successor_by(key, token)).collect())
    }

    fn row(&self, token: &RefreshToken, device: &Device) -> Row {
        let now = self.parts.now();
        Row {
            hash: token.hash(),
            device: device.id.clone(),
            team: device.team.clone(),
            generation: device.generation,
            issued_at: now,
            expires_at: now + REFRESH_TOKEN_LASTS,
            rotated_at: None,
            successor_hash: None,
            successor_used_at: None,
        }
    }
}

/// The same however often it is asked for.
fn successor_by(key: &OpenKey, token: &RefreshToken) -> RefreshToken {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.secret).expect("HMAC takes a key of any length");
    mac.update(token.expose().as_bytes());
    RefreshToken::of(&secret::secret_of(mac.finalize().into_bytes().into()))
}

fn is_taken_again(token: &Row, now: Timestamp) -> bool {
    token.successor_used_at.is_none() && token.rotated_at.is_some_and(|at| now.since(at) <= TAKEN_AGAIN)
}
