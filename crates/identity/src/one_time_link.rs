//! Links that work once: set-up, sign-in, invitation. The token stands in the path and is spent by a POST, so that
//! a preview of the link spends nothing. The store keeps its hash.

use crate::IdentityParts;
use crate::secret::{hash, random_secret};
use keyferry_core::{ExposeSecret, Role, SecretString, TeamId, Timestamp, UserId};
use keyferry_store::{LinkPurpose, OneTimeLink, StoreError, Tx, one_time_links as rows};
use std::time::Duration;

/// Whom and what a new link is for.
pub(crate) struct LinkFor {
    pub purpose: LinkPurpose,
    pub user: Option<UserId>,
    pub team: Option<TeamId>,
    pub role: Option<Role>,
}

/// Writes a link and returns its token, which exists nowhere else.
pub(crate) async fn make(
    parts: &IdentityParts,
    link: LinkFor,
    lasts: Duration,
) -> Result<SecretString, StoreError> {
    let (token, now) = (random_secret(), parts.now());
    let row = OneTimeLink {
        hash: hash(token.expose_secret()),
        purpose: link.purpose,
        user: link.user,
        team: link.team,
        role: link.role,
        created_at: now,
        expires_at: now + lasts,
        spent_at: None,
    };
    rows::insert(&parts.db, &row).await?;
    Ok(token)
}

/// The link of a token that could still be spent.
pub(crate) async fn find(
    parts: &IdentityParts,
    token: &SecretString,
    purpose: LinkPurpose,
) -> Result<Option<OneTimeLink>, StoreError> {
    rows::find(&parts.db, &hash(token.expose_secret()), purpose, parts.now()).await
}

/// Spends a token. `None` when it is unknown, for something else, expired, or was spent before.
pub(crate) async fn spend(
    tx: &mut Tx,
    token: &SecretString,
    purpose: LinkPurpose,
    now: Timestamp,
) -> Result<Option<OneTimeLink>, StoreError> {
    rows::spend(tx, &hash(token.expose_secret()), purpose, now).await
}
