//! The room's services, wired once when the gateway starts.

use crate::access_token::AccessTokens;
use crate::signing_keys::SigningKeys;
use crate::{
    Accounts, Authenticator, Devices, Follower, Heartbeat, Invitations, Members, OAuth, Pairings, Passwords,
    RefreshTokens, Sessions, Setup, SignIn,
};
use keyferry_core::{Clocks, Timestamp};
use keyferry_store::Db;
use keyferry_vault::Vault;
use std::time::Duration;

/// How long anything read from the store may be used without reading it again, if no change is heard of.
pub const CACHED_AT_MOST: Duration = Duration::from_secs(10);

/// What every service of this room stands on. Cheap to clone.
#[derive(Clone, Debug)]
pub struct IdentityParts {
    pub db: Db,
    pub vault: Vault,
    pub clock: Clocks,
    pub follower: Follower,
    /// The issuer of access tokens: the gateway's `public_url`, without a slash at its end.
    pub issuer: String,
}

impl IdentityParts {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Everything that the doors ask this room for. Cheap to clone; the clones share caches and bounds.
#[derive(Clone)]
pub struct Identity {
    pub setup: Setup,
    pub accounts: Accounts,
    pub sign_in: SignIn,
    pub sessions: Sessions,
    pub members: Members,
    pub invitations: Invitations,
    pub devices: Devices,
    pub pairings: Pairings,
    pub refresh_tokens: RefreshTokens,
    pub oauth: OAuth,
    pub authenticator: Authenticator,
    pub heartbeat: Heartbeat,
    pub follower: Follower,
    pub(crate) db: Db,
}

impl Identity {
    /// Wires the services.
    #[must_use]
    pub fn new(parts: IdentityParts) -> Self {
        let passwords = Passwords::new();
        let keys = SigningKeys::new(parts.clone());
        let access = AccessTokens::new(parts.clone(), keys.clone());
        let refresh_tokens = RefreshTokens::new(parts.clone(), keys, access.clone());
        let accounts = Accounts::new(parts.clone(), passwords.clone());
        let sessions = Sessions::new(parts.clone());
        Self {
            setup: Setup::new(parts.clone(), accounts.clone()),
            sign_in: SignIn::new(parts.clone(), passwords, sessions.clone()),
            invitations: Invitations::new(parts.clone(), accounts.clone()),
            members: Members::new(parts.clone()),
            devices: Devices::new(parts.clone()),
            pairings: Pairings::new(parts.clone(), access.clone(), refresh_tokens.clone()),
            oauth: OAuth::new(parts.clone(), access.clone(), refresh_tokens.clone()),
            authenticator: Authenticator::new(parts.clone(), access),
            heartbeat: Heartbeat::new(parts.clone()),
            follower: parts.follower,
            db: parts.db,
            accounts,
            sessions,
            refresh_tokens,
        }
    }
}
