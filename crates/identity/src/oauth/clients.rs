//! Programs register themselves (RFC 7591), each with the addresses that codes for it may be sent to.

use super::OAuth;
use super::redirect::{RedirectUri, UnfitRedirect};
use crate::address::network_of;
use crate::secret::random_secret;
use crate::shown_label;
use keyferry_core::ExposeSecret;
use keyferry_store::oauth_clients::{self as rows, ClientCaps};
use keyferry_store::{Admission, OAuthClient, StoreError};
use std::net::IpAddr;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a client is kept that nobody let in.
const UNUSED: Duration = DAY;
/// How long it is kept after somebody did.
const USED: Duration = Duration::from_secs(400 * 24 * 60 * 60);
/// Clients of the last hour that nobody let in yet: of one network, and of all.
const MOST_OF_A_NETWORK: i64 = 20;
const MOST: i64 = 1_000;
const HOUR: Duration = Duration::from_secs(60 * 60);
/// Addresses of one client.
const MOST_REDIRECTS: usize = 10;
const NAMELESS: &str = "a program without a name";

/// What a program says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Registration<'a> {
    pub name: Option<&'a str>,
    pub redirect_uris: &'a [String],
    pub address: IpAddr,
}

/// Why a program was not registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    #[error("name 1 to {MOST_REDIRECTS} addresses in `redirect_uris`")]
    Redirects,
    #[error(transparent)]
    Unfit(#[from] UnfitRedirect),
    #[error("too many programs registered within an hour that nobody let in; try again later")]
    TooMany,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OAuth {
    /// Registers a program. It has no secret, and its name is shown as its own word.
    ///
    /// # Errors
    /// As [`RegisterError`] says.
    pub async fn register(&self, asked: &Registration<'_>) -> Result<OAuthClient, RegisterError> {
        if asked.redirect_uris.is_empty() || asked.redirect_uris.len() > MOST_REDIRECTS {
            return Err(RegisterError::Redirects);
        }
        let checked = asked.redirect_uris.iter().map(|text| RedirectUri::parse(text));
        let redirects: Vec<RedirectUri> = checked.collect::<Result<_, _>>()?;
        let now = self.parts.now();
        let client = OAuthClient {
            id: format!("client_{}", random_secret().expose_secret()),
            name: asked.name.and_then(shown_label).unwrap_or_else(|| NAMELESS.to_owned()),
            redirect_uris: redirects.iter().map(RedirectUri::as_str).collect::<Vec<_>>().join("\n"),
            address: asked.address.to_canonical().to_string(),
            network: network_of(asked.address),
            created_at: now,
            used_at: None,
            expires_at: now + UNUSED,
        };
        let caps = ClientCaps { network: MOST_OF_A_NETWORK, gateway: MOST, since: now - HOUR };
        match rows::insert(&self.parts.db, &client, caps).await? {
            Admission::Admitted => Ok(client),
            // A client hangs on nothing that could be gone.
            Admission::Full | Admission::Gone => Err(RegisterError::TooMany),
        }
    }

    pub(super) async fn client(&self, id: &str) -> Result<Option<OAuthClient>, StoreError> {
        rows::get(&self.parts.db, id, self.parts.now()).await
    }

    pub(super) async fn note_use_of_client(&self, id: &str) -> Result<bool, StoreError> {
        let now = self.parts.now();
        rows::note_use(&self.parts.db, id, now, now + USED).await
    }
}

/// The client's address that covers the one that was asked for, with that one's port.
pub(super) fn redirect_of(client: &OAuthClient, asked: &str) -> Option<RedirectUri> {
    let mut registered = client.redirect_uris.lines().map(RedirectUri::stored);
    registered.any(|one| one.covers(asked)).then(|| RedirectUri::stored(asked))
}
