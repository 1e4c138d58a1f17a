//! OAuth's code flow: a program registers itself, sends a person here with a wish, and exchanges the code that it gets
//! for the tokens of a new device.
//!
//! Nothing about a program is believed: its name is its own word, it has no secret, and anybody can register one. What
//! holds is where a code can go (an address that was registered), who can use it (whoever knows the verifier of the
//! challenge), for what (one resource), how often (once), and that a person said yes each time.

mod challenge;
mod clients;
mod codes;
mod redeem;
mod redirect;
mod refreshing;

pub use challenge::Challenge;
pub use clients::{RegisterError, Registration};
pub use codes::{AllowError, Asked, AskedWrong, CODE_LASTS, Wish};
pub use redeem::{RedeemError, Redemption};
pub use redirect::{Destination, RedirectUri, UnfitRedirect};
pub use refreshing::GrantError;

use crate::IdentityParts;
use crate::access_token::AccessTokens;
use crate::refresh::RefreshTokens;

/// The code flow, for all three: the program, the person, and the program again.
#[derive(Clone)]
pub struct OAuth {
    parts: IdentityParts,
    access: AccessTokens,
    refresh: RefreshTokens,
}

impl OAuth {
    pub(crate) fn new(parts: IdentityParts, access: AccessTokens, refresh: RefreshTokens) -> Self {
        Self { parts, access, refresh }
    }
}
