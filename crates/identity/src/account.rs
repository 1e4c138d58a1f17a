//! People's accounts. Each has a team of its own, so that nobody needs another's to begin.

use crate::password_strength::{WeakPassword, check_strength};
use crate::{IdentityParts, PasswordError, Passwords, SignedIn, visible};
use keyferry_core::{Role, SecretString, TeamId, Timestamp, UserId};
use keyferry_store::{StoreError, Team, Tx, User, devices, members, pairings, sessions, teams, users};

/// The longest e-mail address that mail can carry (RFC 5321), and the longest name, in characters.
const LONGEST_EMAIL: usize = 254;
const LONGEST_NAME: usize = 80;

/// What a person enters to have an account.
#[derive(Debug)]
pub struct NewAccount<'a> {
    pub email: &'a str,
    pub name: &'a str,
    pub password: &'a SecretString,
}

/// An account and the team that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub user: UserId,
    pub team: TeamId,
}

/// Why there is no new account, or why one was not changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("That is not an e-mail address; enter one of the form name@example.com.")]
    Email,
    #[error("Enter a name of one to {LONGEST_NAME} characters.")]
    Name,
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    #[error("There is an account with this e-mail address already; sign in instead.")]
    Taken,
    #[error("There is no such account.")]
    Unknown,
    #[error("Enter your current password first.")]
    NotFresh,
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An account that passed every rule, ready to be written.
pub(crate) struct Checked {
    email: String,
    name: String,
    password_hash: String,
}

/// Makes and changes accounts.
#[derive(Clone)]
pub struct Accounts {
    parts: IdentityParts,
    passwords: Passwords,
}

impl Accounts {
    pub(crate) fn new(parts: IdentityParts, passwords: Passwords) -> Self {
        Self { parts, passwords }
    }

    /// A new account with its personal team.
    ///
    /// # Errors
    /// The first rule that what was entered breaks, or the store's.
    pub async fn create(&self, account: &NewAccount<'_>) -> Result<Account, AccountError> {
        let checked = self.check(account).await?;
        let mut tx = self.parts.db.begin().await?;
        let made = insert(&mut tx, checked, self.parts.now()).await?;
        tx.commit().await?;
        self.parts.follower.catch_up_soon().await;
        Ok(made)
    }

    /// The account of an e-mail address, however it is spelled; for the operator's commands.
    ///
    /// # Errors
    /// The store's.
    pub async fn by_email(&self, email: &str) -> Result<Option<User>, StoreError> {
        match normal_email(email) {
            Some(email) => users::by_email(&self.parts.db, &email).await,
            None => Ok(None),
        }
    }

    /// Sets a new password and ends every other session of the person. They must have signed in, or given the old
    /// password, within the last ten minutes.
    ///
    /// # Errors
    /// [`AccountError::NotFresh`], or when the new password is weak.
    pub async fn change_password(&self, person: &SignedIn, new: &SecretString) -> Result<(), AccountError> {
        let now = self.parts.now();
        if !person.is_fresh(now) {
            return Err(AccountError::NotFresh);
        }
        let user = &person.user;
        check_strength(new, &[&user.email, &user.name])?;
        let hash = self.passwords.hash(new).await?;
        let mut tx = self.parts.db.begin().await?;
        users::set_password(&mut tx, &user.id, &hash, now).await?;
        sessions::end_all(&mut tx, &user.id, Some(&person.session.id), now).await?;
        tx.commit().await?;
        self.parts.follower.catch_up_soon().await;
        Ok(())
    }

    /// Shuts a person out: their sessions and devices end, with everything that was confirmed for these. After
    /// [`Accounts::enable`] they sign in and pair anew.
    ///
    /// # Errors
    /// When there is no such account, or the store's.
    pub async fn disable(&self, user: &UserId) -> Result<(), AccountError> {
        let now = self.parts.now();
        let mut tx = self.parts.db.begin().await?;
        if !users::set_disabled(&mut tx, user, Some(now), now).await? {
            return Err(AccountError::Unknown);
        }
        sessions::end_all(&mut tx, user, None, now).await?;
        for membership in members::memberships_of(&mut tx, user).await? {
            devices::revoke_all_of(&mut tx, &membership.team, user, now).await?;
            pairings::deny_all_of(&mut tx, &membership.team, user).await?;
        }
        tx.commit().await?;
        self.parts.follower.catch_up_soon().await;
        Ok(())
    }

    /// Lets a person in again.
    ///
    /// # Errors
    /// When there is no such account, or the store's.
    pub async fn enable(&self, user: &UserId) -> Result<(), AccountError> {
        let mut tx = self.parts.db.begin().await?;
        if !users::set_disabled(&mut tx, user, None, self.parts.now()).await? {
            return Err(AccountError::Unknown);
        }
        tx.commit().await?;
        self.parts.follower.catch_up_soon().await;
        Ok(())
    }

    /// Checks what was entered and hashes the password; nothing is written.
    pub(crate) async fn check(&self, account: &NewAccount<'_>) -> Result<Checked, AccountError> {
        let email = normal_email(account.email).ok_or(AccountError::Email)?;
        let name = visible(account.name.trim());
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(AccountError::Name);
        }
        check_strength(account.password, &[&email, &name])?;
        let password_hash = self.passwords.hash(account.password).await?;
        Ok(Checked { email, name, password_hash })
    }
}

/// Writes the account, its team, and that it owns the team.
pub(crate) async fn insert(tx: &mut Tx, account: Checked, now: Timestamp) -> Result<Account, AccountError> {
    if users::by_email(&mut *tx, &account.email).await?.is_some() {
        return Err(AccountError::Taken);
    }
    let (user, team) = (UserId::new(), TeamId::new());
    let row = User {
        id: user.clone(),
        email: account.email,
        name: account.name.clone(),
        password_hash: Some(account.password_hash),
        disabled_at: None,
        created_at: now,
    };
    users::insert(&mut *tx, &row).await?;
    let name = format!("{}’s team", account.name);
    teams::insert(&mut *tx, &Team { id: team.clone(), name, created_at: now }).await?;
    members::add(tx, &team, &user, Role::Owner, now).await?;
    Ok(Account { user, team })
}

/// The address as accounts are looked up by: trimmed, in lower case. `None` when it is none.
pub(crate) fn normal_email(text: &str) -> Option<String> {
    let email = text.trim().to_lowercase();
    let (local, domain) = email.rsplit_once('@')?;
    let plain = email.chars().all(|character| !character.is_control() && !character.is_whitespace());
    let is_one = !local.is_empty()
        && !local.contains('@')
        && domain.len() >= 3
        && domain.contains('.') | (domain == "localhost")
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && email.len() <= LONGEST_EMAIL;
    (plain && is_one).then_some(email)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_is_looked_up_in_one_spelling() {
        assert_eq!(normal_email(" Jane@Example.COM "), Some("jane@example.com".to_owned()));
        for text in ["", "jane", "@example.com", "jane@", "jane@com", "a b@example.com", "a@b@example.com"] {
            assert_eq!(normal_email(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_entered_is_an_address_in_its_one_spelling_or_none(text in "\\PC{0,30}|[A-Za-zİß.@ -]{3,20}") {
            if let Some(email) = normal_email(&text) {
                prop_assert_eq!(normal_email(&email), Some(email.clone()));
                prop_assert!(email.len() <= LONGEST_EMAIL && !email.contains(char::is_whitespace));
            }
        }
    }
}
