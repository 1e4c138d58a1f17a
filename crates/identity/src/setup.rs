//! The first start: there is no default password. Whoever has the one-time link from the start's output makes the
//! first account, and with it every such link is void.

use crate::IdentityParts;
use crate::account::{self, Account, AccountError, Accounts, NewAccount};
use crate::one_time_link::{self, LinkFor};
use keyferry_core::SecretString;
use keyferry_store::{LinkPurpose, StoreError, one_time_links, users};
use std::time::Duration;

/// A day: the operator may come back to the terminal tomorrow. Each start without an account makes a new link.
const LASTS: Duration = Duration::from_secs(24 * 60 * 60);

/// Why the set-up was not done.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("This set-up link is not valid any more; start the gateway again for a new one, or sign in.")]
    Link,
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes the first account.
#[derive(Clone)]
pub struct Setup {
    parts: IdentityParts,
    accounts: Accounts,
}

impl Setup {
    pub(crate) fn new(parts: IdentityParts, accounts: Accounts) -> Self {
        Self { parts, accounts }
    }

    /// The token of a new set-up link, or `None` when there is an account already.
    ///
    /// # Errors
    /// The store's.
    pub async fn begin(&self) -> Result<Option<SecretString>, StoreError> {
        if !self.is_needed().await? {
            return Ok(None);
        }
        let link = LinkFor { purpose: LinkPurpose::Setup, user: None, team: None, role: None };
        one_time_link::make(&self.parts, link, LASTS).await.map(Some)
    }

    /// Whether nobody has an account yet.
    ///
    /// # Errors
    /// The store's.
    pub async fn is_needed(&self) -> Result<bool, StoreError> {
        Ok(users::count(&self.parts.db).await? == 0)
    }

    /// Whether a set-up link would be taken, so that the page can say so before the form is filled in.
    ///
    /// # Errors
    /// The store's.
    pub async fn is_open(&self, token: &SecretString) -> Result<bool, StoreError> {
        Ok(one_time_link::find(&self.parts, token, LinkPurpose::Setup).await?.is_some())
    }

    /// Spends the link and makes the first account, the owner of its team. What was entered is checked first, so
    /// that a weak password doesn't cost the link.
    ///
    /// # Errors
    /// [`SetupError::Link`] when the link is spent, expired or unknown, or when there is an account already.
    pub async fn complete(
        &self,
        token: &SecretString,
        first: &NewAccount<'_>,
    ) -> Result<Account, SetupError> {
        // Asked before the password is hashed, so that strangers without a link can't make us work.
        if !self.is_open(token).await? {
            return Err(SetupError::Link);
        }
        let checked = self.accounts.check(first).await?;
        let now = self.parts.now();
        let mut tx = self.parts.db.begin().await?;
        if one_time_link::spend(&mut tx, token, LinkPurpose::Setup, now).await?.is_none() {
            return Err(SetupError::Link);
        }
        // Two starts may have printed two links. Voiding the others waits for whoever spends one of them now, so
        // that only one of them finds no account.
        one_time_links::void_all(&mut tx, LinkPurpose::Setup, now).await?;
        if users::count(&mut tx).await? > 0 {
            return Err(SetupError::Link);
        }
        let account = account::insert(&mut tx, checked, now).await?;
        tx.commit().await?;
        self.parts.follower.catch_up_soon().await;
        Ok(account)
    }
}
