//! Signing in: by e-mail address and password, or by a link that works once.

use crate::address::network_of;
use crate::attempts::{self, Limit, Refused};
use crate::one_time_link::{self, LinkFor};
use crate::secret::hash;
use crate::session::{Browser, FreshenError, NewSession, SessionError, Sessions, SignedIn};
use crate::{IdentityParts, PasswordError, Passwords, account};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyferry_core::{SecretString, UserId};
use keyferry_store::{LinkPurpose, StoreError, User, sessions, users};
use std::time::Duration;

const TEN_MINUTES: Duration = Duration::from_secs(10 * 60);
/// Wrong passwords for one account from one network.
const PER_ACCOUNT_AND_NETWORK: Limit =
    Limit { name: "sign-in:account-network", most: 10, within: TEN_MINUTES };
/// Wrong passwords for one account from wherever. Loose: whoever knows the e-mail address can use it up, and the
/// owner is kept out with them.
const PER_ACCOUNT: Limit = Limit { name: "sign-in:account", most: 100, within: TEN_MINUTES };
/// Wrong passwords from one network.
const PER_NETWORK: Limit = Limit { name: "sign-in:network", most: 30, within: TEN_MINUTES };
/// Wrong passwords in one session that asks for the password again. No stranger counts here.
const PER_SESSION: Limit = Limit { name: "sign-in:session", most: 10, within: TEN_MINUTES };

/// Why somebody was not signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The same for an unknown address, a wrong password and a disabled account.
    #[error("The e-mail address or the password is not right.")]
    Wrong,
    #[error("Too many wrong passwords; try again in {} minutes.", .0.as_secs().div_ceil(60))]
    TooMany(Duration),
    #[error("This sign-in link was used or has expired; ask for a new one, or sign in with your password.")]
    Link,
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refused> for SignInError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::TooMany(wait) => Self::TooMany(wait),
            Refused::Store(error) => Self::Store(error),
        }
    }
}

/// Signs people in.
#[derive(Clone)]
pub struct SignIn {
    parts: IdentityParts,
    passwords: Passwords,
    sessions: Sessions,
}

impl SignIn {
    pub(crate) fn new(parts: IdentityParts, passwords: Passwords, sessions: Sessions) -> Self {
        Self { parts, passwords, sessions }
    }

    /// Signs in with a password. It takes as long for an account that does not exist.
    ///
    /// # Errors
    /// [`SignInError::Wrong`], which doesn't tell what was wrong, and [`SignInError::TooMany`].
    pub async fn with_password(
        &self,
        email: &str,
        password: &SecretString,
        browser: &Browser,
    ) -> Result<NewSession, SignInError> {
        let email = account::normal_email(email).unwrap_or_default();
        let (account, network) = (account_scope(&email), network_of(browser.address));
        let there = format!("{account}:{network}");
        let limits = [
            (PER_ACCOUNT_AND_NETWORK, there.as_str()),
            (PER_NETWORK, network.as_str()),
            (PER_ACCOUNT, account.as_str()),
        ];
        let attempt = attempts::begin(&self.parts, &limits).await?;
        let user = users::by_email(&self.parts.db, &email).await?;
        if !self.is_right(user.as_ref(), password).await? {
            return Err(SignInError::Wrong);
        }
        attempt.forgive(&self.parts).await?;
        let user = user.ok_or(SignInError::Wrong)?;
        Ok(self.sessions.begin(&user.id, browser).await?)
    }

    /// Takes the password again, so that the session may approve what has high impact.
    ///
    /// # Errors
    /// [`FreshenError::WrongPassword`] and [`FreshenError::TooMany`], counted for this session alone: strangers who
    /// guess at the sign-in don't keep its person from approving.
    pub async fn again(&self, signed_in: &SignedIn, password: &SecretString) -> Result<(), FreshenError> {
        let limits = [(PER_SESSION, signed_in.session.id.as_str())];
        let attempt = attempts::begin(&self.parts, &limits).await?;
        if !self.is_right(Some(&signed_in.user), password).await? {
            return Err(FreshenError::WrongPassword);
        }
        attempt.forgive(&self.parts).await?;
        let (user, session) = (&signed_in.user.id, &signed_in.session.id);
        sessions::set_fresh(&self.parts.db, user, session, self.parts.now()).await?;
        Ok(())
    }

    /// The token of a link that signs a person in once; for the demo and for an administrator at the machine.
    ///
    /// # Errors
    /// The store's.
    pub async fn link(&self, user: &UserId, lasts: Duration) -> Result<SecretString, StoreError> {
        let link = LinkFor { purpose: LinkPurpose::SignIn, user: Some(user.clone()), team: None, role: None };
        one_time_link::make(&self.parts, link, lasts).await
    }

    /// Signs in with a link, which is spent by it.
    ///
    /// # Errors
    /// [`SignInError::Link`] when it is unknown, expired or spent, or when the account is disabled.
    pub async fn with_link(
        &self,
        token: &SecretString,
        browser: &Browser,
    ) -> Result<NewSession, SignInError> {
        let mut tx = self.parts.db.begin().await?;
        let link = one_time_link::spend(&mut tx, token, LinkPurpose::SignIn, self.parts.now()).await?;
        tx.commit().await?;
        let user = link.and_then(|link| link.user).ok_or(SignInError::Link)?;
        let user = users::get(&self.parts.db, &user).await?;
        let user = user.filter(|user| user.disabled_at.is_none()).ok_or(SignInError::Link)?;
        Ok(self.sessions.begin(&user.id, browser).await?)
    }

    /// Does the work of a verification in every case.
    async fn is_right(&self, user: Option<&User>, password: &SecretString) -> Result<bool, PasswordError> {
        let stored = user.and_then(|user| user.password_hash.as_deref());
        let right = self.passwords.verify(password, stored).await?;
        Ok(right && user.is_some_and(|user| user.disabled_at.is_none()))
    }
}

/// Wrong addresses are counted too, by their hash: what people mistype is nobody's to read.
fn account_scope(email: &str) -> String {
    URL_SAFE_NO_PAD.encode(hash(email))
}
