//! Links that work once: set-up, signing in, invitations. Only the hash of the link's secret is kept.

use crate::bind::binds;
use crate::row::{record, words};
use crate::{StoreError, Via};
use keyferry_core::{Role, TeamId, Timestamp, UserId};

words! {
    pub enum LinkPurpose {
        /// Makes the first account.
        Setup = "setup",
        SignIn = "sign_in",
        Invitation = "invitation",
    }
}

record! {
    columns link_columns from "one_time_links";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct OneTimeLink {
        pub hash: Vec<u8>,
        pub purpose: LinkPurpose,
        pub user: Option<UserId> = "user_id",
        pub team: Option<TeamId> = "team_id",
        pub role: Option<Role>,
        pub created_at: Timestamp,
        pub expires_at: Timestamp,
        pub spent_at: Option<Timestamp>,
    }
}

pub async fn insert<'a>(via: impl Into<Via<'a>>, link: &OneTimeLink) -> Result<(), StoreError> {
    via.into().insert(link).await
}

/// A link that could still be spent, to show what it is for.
pub async fn find<'a>(
    via: impl Into<Via<'a>>,
    hash: &[u8],
    purpose: LinkPurpose,
    now: Timestamp,
) -> Result<Option<OneTimeLink>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        link_columns!(),
        " FROM one_time_links WHERE hash = $1 AND purpose = $2 AND spent_at IS NULL AND expires_at > $3"
    );
    via.into().optional(SQL, binds![hash, purpose, now]).await
}

/// Spends a link. Of any number of attempts, one gets it.
pub async fn spend<'a>(
    via: impl Into<Via<'a>>,
    hash: &[u8],
    purpose: LinkPurpose,
    now: Timestamp,
) -> Result<Option<OneTimeLink>, StoreError> {
    const SQL: &str = concat!(
        "UPDATE one_time_links SET spent_at = $3 \
         WHERE hash = $1 AND purpose = $2 AND spent_at IS NULL AND expires_at > $3 RETURNING ",
        link_columns!()
    );
    via.into().optional_changed(SQL, binds![hash, purpose, now]).await
}

/// Makes every unspent link of a purpose worthless, as before a new set-up link. Answers how many there were.
pub async fn void_all<'a>(
    via: impl Into<Via<'a>>,
    purpose: LinkPurpose,
    now: Timestamp,
) -> Result<u64, StoreError> {
    const SQL: &str = "UPDATE one_time_links SET spent_at = $2 WHERE purpose = $1 AND spent_at IS NULL";
    via.into().execute(SQL, binds![purpose, now]).await
}
