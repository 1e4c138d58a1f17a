//! Invitations: a link that works once and lets one person into a team.

use crate::IdentityParts;
use crate::account::{self, Account, AccountError, Accounts, NewAccount};
use crate::one_time_link::{self, LinkFor};
use keyferry_core::{Principal, Role, SecretString, TeamId, UserId};
use keyferry_store::{LinkPurpose, OneTimeLink, StoreError, members, teams};
use std::time::Duration;

/// A week.
const LASTS: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Why nobody was invited, or did not come in.
#[derive(Debug, thiserror::Error)]
pub enum InvitationError {
    #[error("This invitation was used or has expired; ask for a new one.")]
    Link,
    #[error("You may not invite anybody with this role; ask an owner of the team.")]
    NotAllowed,
    #[error("You are a member of this team already.")]
    AlreadyMember,
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What an invitation is for, to be shown before it is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub team: TeamId,
    pub team_name: String,
    pub role: Role,
}

/// Invites people and lets them in.
#[derive(Clone)]
pub struct Invitations {
    parts: IdentityParts,
    accounts: Accounts,
}

impl Invitations {
    pub(crate) fn new(parts: IdentityParts, accounts: Accounts) -> Self {
        Self { parts, accounts }
    }

    /// The token of a new invitation into the person's team.
    ///
    /// # Errors
    /// [`InvitationError::NotAllowed`] for who doesn't manage the team, and for a role above the person's own.
    pub async fn invite(&self, person: &Principal, role: Role) -> Result<SecretString, InvitationError> {
        if !person.role.may_manage() || role > person.role {
            return Err(InvitationError::NotAllowed);
        }
        let link = LinkFor {
            purpose: LinkPurpose::Invitation,
            user: None,
            team: Some(person.team.clone()),
            role: Some(role),
        };
        Ok(one_time_link::make(&self.parts, link, LASTS).await?)
    }

    /// What the invitation is for.
    ///
    /// # Errors
    /// [`InvitationError::Link`] when it can't be taken any more.
    pub async fn look(&self, token: &SecretString) -> Result<Invitation, InvitationError> {
        let link = one_time_link::find(&self.parts, token, LinkPurpose::Invitation).await?;
        let (team, role) = link.as_ref().and_then(invited_to).ok_or(InvitationError::Link)?;
        let row = teams::get(&self.parts.db, &team).await?.ok_or(InvitationError::Link)?;
        Ok(Invitation { team, team_name: row.name, role })
    }

    /// Takes the invitation with a new account.
    ///
    /// # Errors
    /// [`InvitationError::Link`], or the first rule that what was entered breaks.
    pub async fn accept_as_new(
        &self,
        token: &SecretString,
        new: &NewAccount<'_>,
    ) -> Result<Account, InvitationError> {
        self.look(token).await?;
        let checked = self.accounts.check(new).await?;
        let now = self.parts.now();
        let mut tx = self.parts.db.begin().await?;
        let link = one_time_link::spend(&mut tx, token, LinkPurpose::Invitation, now).await?;
        let (team, role) = link.as_ref().and_then(invited_to).ok_or(InvitationError::Link)?;
        let account = account::insert(&mut tx, checked, now).await?;
        members::add(&mut tx, &team, &account.user, role, now).await?;
        tx.commit().await?;
        self.parts.follower.catch_up_soon().await;
        Ok(Account { user: account.user, team })
    }

    /// Takes the invitation with the account that is signed in.
    ///
    /// # Errors
    /// [`InvitationError::Link`], [`InvitationError::AlreadyMember`] (the invitation stays good for somebody else).
    pub async fn accept(&self, token: &SecretString, user: &UserId) -> Result<TeamId, InvitationError> {
        let now = self.parts.now();
        let mut tx = self.parts.db.begin().await?;
        let link = one_time_link::spend(&mut tx, token, LinkPurpose::Invitation, now).await?;
        let (team, role) = link.as_ref().and_then(invited_to).ok_or(InvitationError::Link)?;
        if members::role(&mut tx, &team, user).await?.is_some() {
            return Err(InvitationError::AlreadyMember);
        }
        members::add(&mut tx, &team, user, role, now).await?;
        tx.commit().await?;
        self.parts.follower.catch_up_soon().await;
        Ok(team)
    }
}

fn invited_to(link: &OneTimeLink) -> Option<(TeamId, Role)> {
    Some((link.team.clone()?, link.role?))
}
