#![doc = include_str!("../README.md")]

mod access_token;
mod account;
mod address;
mod attempts;
mod authenticator;
mod cache;
mod changed;
mod changes_follower;
mod device_token;
mod devices;
mod heartbeat;
mod identity;
mod invitation;
mod label;
mod members;
mod oauth;
mod one_time_link;
mod pairing;
mod password;
mod password_strength;
mod proxy_grants;
mod refresh;
mod secret;
mod session;
mod setup;
mod sign_in;
mod signing_keys;
mod standing;
mod whoami;

pub use access_token::{ACCESS_TOKEN_LASTS, AccessTokenError};
pub use account::{Account, AccountError, Accounts, NewAccount};
pub use address::network_of;
pub use authenticator::{AuthError, Authenticator, Presented};
pub use cache::{Cache, CacheKey};
pub use changed::Epoch;
pub use changes_follower::Follower;
pub use device_token::{DeviceToken, ForDevice, ForRefresh, Malformed, RefreshToken, Token, TokenKind};
pub use devices::{DeviceError, Devices, NewDevice};
pub use heartbeat::{HEARTBEAT, Heartbeat};
pub use identity::{CACHED_AT_MOST, Identity, IdentityParts};
pub use invitation::{Invitation, InvitationError, Invitations};
pub use label::{shown_label, visible};
pub use members::{MemberError, Members};
pub use oauth::*;
pub use pairing::*;
pub use password::PasswordError;
pub(crate) use password::Passwords;
pub use password_strength::{LONGEST_PASSWORD, SHORTEST_PASSWORD, WeakPassword, check_strength};
pub use refresh::{REFRESH_TOKEN_LASTS, RefreshError, RefreshTokens, TokenPair};
pub use session::{
    Browser, FRESH_FOR, FreshenError, NewSession, SESSION_IDLES, SESSION_LASTS, SessionError, Sessions,
    SignedIn,
};
pub use setup::{Setup, SetupError};
pub use sign_in::{SignIn, SignInError};
pub use signing_keys::{SIGNING_KEY_SIGNS, SigningKeyError, signing_key_opens};
pub use whoami::{Narrower, Whoami, WhoamiError};
