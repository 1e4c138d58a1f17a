//! The end of the flow: a code brings a device and its first tokens, once.

use super::{Challenge, OAuth};
use crate::access_token::ACCESS_TOKEN_LASTS;
use crate::refresh::TokenPair;
use crate::secret::hash;
use crate::signing_keys::SigningKeyError;
use crate::standing::{self, Fallen};
use keyferry_core::{DeviceId, ExposeSecret, SecretString, ShownTools, Timestamp};
use keyferry_store::{Device, OAuthCode, OAuthGrant, StoreError, devices, oauth_codes, oauth_grants};

/// What a program shows for its code. All but the resource has to be there.
#[derive(Debug, Clone, Copy)]
pub struct Redemption<'a> {
    pub code: &'a SecretString,
    pub client_id: &'a str,
    pub redirect_uri: &'a str,
    pub verifier: &'a SecretString,
    /// When it is named, it has to be the one that the code is for.
    pub resource: Option<&'a str>,
}

/// Why a code brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum RedeemError {
    /// Unknown, expired, another client's, for another address or another verifier: nobody is told which.
    #[error("the code is not valid for this client, redirect URI and verifier, or it has expired")]
    Invalid,
    /// It had brought tokens before, so somebody has a copy of code and verifier. That device is revoked now.
    #[error(
        "the code was used twice, so the device that it had brought in was revoked; ask the person again"
    )]
    Reused,
    #[error("the code is for another resource")]
    OtherResource,
    /// Whoever said yes has lost the right to meanwhile.
    #[error("the person who let the client in may not do so any more")]
    Person,
    #[error(transparent)]
    Key(#[from] SigningKeyError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OAuth {
    /// Exchanges a code for the tokens of a new device.
    ///
    /// # Errors
    /// As [`RedeemError`] says.
    pub async fn redeem(&self, shown: &Redemption<'_>) -> Result<TokenPair, RedeemError> {
        let now = self.parts.now();
        let code = oauth_codes::by_hash(&self.parts.db, &hash(shown.code.expose_secret())).await?;
        let code = code.filter(|code| is_for(code, shown)).ok_or(RedeemError::Invalid)?;
        if code.device.is_some() {
            return Err(self.used_twice(&code).await?);
        }
        if code.expires_at <= now {
            return Err(RedeemError::Invalid);
        }
        if shown.resource.is_some_and(|resource| resource != code.resource) {
            return Err(RedeemError::OtherResource);
        }
        let device = self.device_for(&code, now).await?;
        // Signed first: after the commit nothing may fail, since the tokens are given once.
        let access = self.access.issue(&device, &code.resource).await?;
        let mut tx = self.parts.db.begin().await?;
        if !oauth_codes::spend(&mut tx, &code.hash, &device.id, now).await? {
            tx.rollback().await?;
            return Err(self.used_twice(&code).await?);
        }
        devices::insert(&mut tx, &device).await?;
        oauth_grants::insert(&mut tx, &grant(&code, &device)).await?;
        let refresh = self.refresh.first(&mut tx, &device).await?;
        tx.commit().await?;
        self.parts.follower.catch_up_soon().await;
        Ok(TokenPair { access, expires_in: ACCESS_TOKEN_LASTS, refresh })
    }

    /// Whoever else used it may be the thief: what it brought in ends.
    async fn used_twice(&self, code: &OAuthCode) -> Result<RedeemError, StoreError> {
        let mut tx = self.parts.db.begin().await?;
        let spent = oauth_codes::by_hash(&mut tx, &code.hash).await?.and_then(|code| code.device);
        let Some(device) = spent else {
            // It expired between the look and the spending.
            return Ok(RedeemError::Invalid);
        };
        devices::revoke(&mut tx, &code.team, &device, self.parts.now()).await?;
        tx.commit().await?;
        self.parts.follower.catch_up_soon().await;
        tracing::warn!(%device, "an authorization code was used twice; its device is revoked");
        Ok(RedeemError::Reused)
    }

    /// The device that the code is to bring in, if the person who gave it may still do so.
    async fn device_for(&self, code: &OAuthCode, now: Timestamp) -> Result<Device, RedeemError> {
        let device = Device {
            id: DeviceId::new(),
            team: code.team.clone(),
            user: code.user.clone(),
            label: code.client_name.clone(),
            client: code.client_name.clone(),
            rule: code.rule,
            generation: 1,
            token_hash: None,
            token_last4: None,
            created_at: now,
            last_used_at: None,
            last_address: None,
            expires_at: None,
            revoked_at: None,
            shown_tools: ShownTools::default(),
        };
        match standing::of(&self.parts.db, device, now).await {
            Ok(standing) if standing.role.may_connect() => Ok(standing.device),
            Ok(_) | Err(Fallen::Person | Fallen::Revoked | Fallen::Expired) => Err(RedeemError::Person),
            Err(Fallen::Store(error)) => Err(error.into()),
        }
    }
}

fn is_for(code: &OAuthCode, shown: &Redemption<'_>) -> bool {
    code.client == shown.client_id
        && code.redirect_uri == shown.redirect_uri
        && Challenge::stored(&code.challenge).is_answered_by(shown.verifier.expose_secret())
}

fn grant(code: &OAuthCode, device: &Device) -> OAuthGrant {
    OAuthGrant {
        team: device.team.clone(),
        device: device.id.clone(),
        client: code.client.clone(),
        resource: code.resource.clone(),
    }
}
