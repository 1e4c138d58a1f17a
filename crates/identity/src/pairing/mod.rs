//! Pairing: how a device gets onto an account without anybody copying a key.
//!
//! One record, three ways to it. RFC 8628 shows the person a code to type. The flows of ClawLink's plugins for OpenClaw and
//! for Hermes show none, so they are only there while a person holds a window open, and their devices start read-only.

mod clawlink;
mod device_code;
mod handover;
mod hermes;
mod record;
mod review;
mod user_code;
mod window;

pub use clawlink::{ClawLinkError, ClawLinkSession, ClawLinkStart, ClawLinkState, Exchanged};
pub use device_code::{DeviceAuthorization, PollError};
pub use hermes::{HermesError, HermesSession, HermesStart, HermesState};
pub use record::{MAX_OPEN_A_GATEWAY, MAX_OPEN_A_NETWORK, StartError, Starter};
pub use review::{Approval, Claim, ReviewError, Waiting};
pub use user_code::UserCode;
pub use window::{WINDOW_LASTS, WindowError};

use crate::IdentityParts;
use crate::access_token::AccessTokens;
use crate::refresh::RefreshTokens;

/// Pairs devices, for both sides: the device that asks and the person who decides.
#[derive(Clone)]
pub struct Pairings {
    parts: IdentityParts,
    access: AccessTokens,
    refresh: RefreshTokens,
}

impl Pairings {
    pub(crate) fn new(parts: IdentityParts, access: AccessTokens, refresh: RefreshTokens) -> Self {
        Self { parts, access, refresh }
    }
}
