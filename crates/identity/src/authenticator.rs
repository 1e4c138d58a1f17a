//! Who calls: from a token to a device, its owner and its rule.
//!
//! What was looked up is kept for ten seconds at most, and not past a change of the device or its owner:
//! so a revocation holds at once here, and on other replicas as soon as they read of it. While the changes can't be
//! read, nobody is let in.

use crate::access_token::{AccessTokenError, AccessTokens};
use crate::changed::Epoch;
use crate::device_token::{DeviceToken, ForDevice, TokenKind};
use crate::standing::{self, Fallen, Standing};
use crate::{CACHED_AT_MOST, Cache, CacheKey, IdentityParts};
use keyferry_core::{Actor, DeviceId, Principal, Timestamp};
use keyferry_store::{Device, StoreError, devices, system};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Devices that are kept in memory; each takes about half a kilobyte.
const CAPACITY: u64 = 20_000;
/// A device's use is written down at most this often.
const NOTED_EVERY: Duration = Duration::from_secs(60);

/// What a request shows, and where.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// The token of `Authorization: Bearer`.
    pub bearer: Option<&'a str>,
    /// The token of a key header. When it is there, nothing else counts.
    pub key: Option<&'a str>,
    /// The resource that this door serves: access tokens for another are refused.
    pub resource: &'a str,
    pub address: IpAddr,
}

/// Why a request is nobody's. All but the last are mended by pairing the device again, or by a person.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AuthError {
    #[error("no token was sent")]
    Missing,
    #[error("the token is not one of this gateway")]
    Unknown,
    #[error("the token has expired")]
    Expired,
    #[error("the device was revoked")]
    Revoked,
    #[error("the device's owner has no access any more")]
    Person,
    #[error("the token is for another resource of this gateway")]
    OtherResource,
    /// Nothing is known of the token: the store or the changes can't be read.
    #[error("tokens can't be checked now")]
    Unavailable(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

/// The changes were not read for ten seconds.
#[derive(Debug, thiserror::Error)]
#[error("what changed could not be read for ten seconds, so that a revocation could have been missed")]
struct Blind;

/// A device as it was looked up.
#[derive(Debug)]
struct Known {
    standing: Standing,
    epoch: Epoch,
    read_at: Timestamp,
    noted_at: AtomicI64,
}

#[derive(Debug)]
enum Asked {
    Token(Vec<u8>),
    Device(DeviceId),
}

impl Asked {
    fn key(&self) -> CacheKey {
        match self {
            Self::Token(hash) => CacheKey::of([b"token".as_slice(), hash]),
            Self::Device(id) => CacheKey::of(["device", id.as_str()]),
        }
    }
}

/// Cheap to clone; the clones share the cache.
#[derive(Clone)]
pub struct Authenticator {
    parts: IdentityParts,
    access: AccessTokens,
    known: Cache<Known, AuthError>,
}

impl Authenticator {
    pub(crate) fn new(parts: IdentityParts, access: AccessTokens) -> Self {
        Self { parts, access, known: Cache::new(CAPACITY, CACHED_AT_MOST) }
    }

    /// The device that a request comes from.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] when it can't be known; the others when it is nobody's.
    pub async fn device(&self, presented: &Presented<'_>) -> Result<Principal, AuthError> {
        if !self.parts.follower.healthy() {
            return Err(AuthError::Unavailable(Arc::new(Blind)));
        }
        let token = presented.key.or(presented.bearer).ok_or(AuthError::Missing)?;
        let known = if token.starts_with(ForDevice::PREFIX) {
            self.by_device_token(token).await?
        } else {
            self.by_access_token(token, presented.resource).await?
        };
        let now = self.parts.now();
        if standing::has_expired(&known.standing.device, now) {
            return Err(AuthError::Expired);
        }
        self.note_use(&known, presented.address, now).await;
        Ok(known.principal())
    }

    async fn by_device_token(&self, token: &str) -> Result<Arc<Known>, AuthError> {
        let hash = DeviceToken::parse(token).map_err(|_| AuthError::Unknown)?.hash();
        self.known(Asked::Token(hash)).await
    }

    async fn by_access_token(&self, token: &str, resource: &str) -> Result<Arc<Known>, AuthError> {
        let claims = self.access.read(token, resource).await?;
        let known = self.known(Asked::Device(claims.device)).await?;
        let device = &known.standing.device;
        // The generation goes up when a device's tokens are replaced; those of before are no longer its own.
        if device.generation != claims.generation || device.user != claims.sub {
            return Err(AuthError::Revoked);
        }
        Ok(known)
    }

    /// Looks a device up, once for all requests that ask at the same time.
    async fn known(&self, asked: Asked) -> Result<Arc<Known>, AuthError> {
        let key = asked.key();
        let known = self.known.get_or_read(&key, || self.look_up(&asked)).await;
        let known = known.map_err(|error| (*error).clone())?;
        if self.is_current(&known) {
            return Ok(known);
        }
        // Read anew rather than from the cache: what another request may be putting there could be as old.
        let fresh = Box::pin(self.look_up(&asked)).await;
        match &fresh {
            Ok(known) => self.known.put(key, Arc::clone(known)).await,
            Err(_) => self.known.forget(&key).await,
        }
        fresh
    }

    async fn look_up(&self, asked: &Asked) -> Result<Arc<Known>, AuthError> {
        let (epoch, read_at) = (self.parts.follower.epoch(), self.parts.now());
        let db = &self.parts.db;
        let device = match asked {
            Asked::Token(hash) => system::device_by_token_hash(db, hash).await?,
            Asked::Device(id) => system::device_by_id(db, id).await?,
        };
        let standing = standing::of(db, device.ok_or(AuthError::Unknown)?, read_at).await?;
        let noted_at = AtomicI64::new(standing.device.last_used_at.map_or(0, Timestamp::micros));
        Ok(Arc::new(Known { standing, epoch, read_at, noted_at }))
    }

    fn is_current(&self, known: &Known) -> bool {
        let Device { id, user, .. } = &known.standing.device;
        // A change of the membership names the person, so the team, in which much else changes, is not asked for.
        let ids = [id.as_str(), user.as_str()];
        self.parts.now().since(known.read_at) < CACHED_AT_MOST
            && !self.parts.follower.changed_since(&ids, known.epoch)
    }

    /// Writes down when and from where the device was used, once a minute. A failure is no reason to refuse a call.
    async fn note_use(&self, known: &Known, address: IpAddr, now: Timestamp) {
        let last = known.noted_at.load(Ordering::Relaxed);
        let due = now.since(Timestamp(last)) > NOTED_EVERY;
        let mine = due
            && known
                .noted_at
                .compare_exchange(last, now.micros(), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if !mine {
            return;
        }
        let Device { team, id, .. } = &known.standing.device;
        let (since, from) = (now - NOTED_EVERY, address.to_string());
        let noted = Box::pin(devices::note_use(&self.parts.db, team, id, now, &from, since)).await;
        if let Err(error) = noted {
            tracing::warn!(device = %id, %error, "a device's use could not be written down");
        }
    }
}

impl Known {
    fn principal(&self) -> Principal {
        let Standing { device, role } = &self.standing;
        Principal {
            team: device.team.clone(),
            user: device.user.clone(),
            role: *role,
            actor: Actor::Device {
                id: device.id.clone(),
                rule: device.rule,
                shown_tools: device.shown_tools.clone(),
            },
        }
    }
}

impl From<StoreError> for AuthError {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(Arc::new(error))
    }
}

impl From<Fallen> for AuthError {
    fn from(fallen: Fallen) -> Self {
        match fallen {
            Fallen::Revoked => Self::Revoked,
            Fallen::Expired => Self::Expired,
            Fallen::Person => Self::Person,
            Fallen::Store(error) => error.into(),
        }
    }
}

impl From<AccessTokenError> for AuthError {
    fn from(error: AccessTokenError) -> Self {
        match error {
            AccessTokenError::Invalid => Self::Unknown,
            AccessTokenError::Expired => Self::Expired,
            AccessTokenError::OtherResource => Self::OtherResource,
            AccessTokenError::Key(error) => Self::Unavailable(Arc::new(error)),
        }
    }
}
