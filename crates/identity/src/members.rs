//! Who belongs to a team, and as what. A team always keeps an owner.

use crate::{IdentityParts, visible};
use keyferry_core::{Principal, Role, TeamId, UserId};
use keyferry_store::{
    Member, Membership, StoreError, Team, Tx, connections, devices, members as rows, teams,
};

/// The longest name of a team, in characters.
const LONGEST_NAME: usize = 80;

/// Why the team stayed as it is.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    #[error("There is no such person in this team.")]
    NotFound,
    /// The person's role doesn't reach that far.
    #[error("You may not do this; ask an owner of the team.")]
    NotAllowed,
    #[error("A team keeps at least one owner; make somebody else an owner first.")]
    LastOwner,
    #[error("Enter a name of one to {LONGEST_NAME} characters.")]
    Name,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Manages teams and their members.
#[derive(Clone)]
pub struct Members {
    parts: IdentityParts,
}

impl Members {
    pub(crate) fn new(parts: IdentityParts) -> Self {
        Self { parts }
    }

    /// The members of the person's team, the earliest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn list(&self, person: &Principal) -> Result<Vec<Member>, StoreError> {
        rows::of_team(&self.parts.db, &person.team).await
    }

    /// The teams of a person, the earliest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn teams_of(&self, user: &UserId) -> Result<Vec<Membership>, StoreError> {
        rows::memberships_of(&self.parts.db, user).await
    }

    /// A new team, owned by the person.
    ///
    /// # Errors
    /// [`MemberError::Name`].
    pub async fn create_team(&self, user: &UserId, name: &str) -> Result<TeamId, MemberError> {
        let (name, now) = (team_name(name)?, self.parts.now());
        let team = Team { id: TeamId::new(), name, created_at: now };
        let mut tx = self.parts.db.begin().await?;
        teams::insert(&mut tx, &team).await?;
        rows::add(&mut tx, &team.id, user, Role::Owner, now).await?;
        self.commit(tx).await?;
        Ok(team.id)
    }

    /// Gives the person's team another name.
    ///
    /// # Errors
    /// [`MemberError::NotAllowed`] for who doesn't manage it, [`MemberError::Name`].
    pub async fn rename_team(&self, person: &Principal, name: &str) -> Result<(), MemberError> {
        if !person.role.may_manage() {
            return Err(MemberError::NotAllowed);
        }
        teams::rename(&self.parts.db, &person.team, &team_name(name)?).await?;
        Ok(())
    }

    /// Gives a member another role. Only an owner makes or unmakes owners.
    ///
    /// # Errors
    /// [`MemberError::LastOwner`] when the team would be left without one.
    pub async fn set_role(&self, person: &Principal, user: &UserId, role: Role) -> Result<(), MemberError> {
        let mut tx = self.parts.db.begin().await?;
        let current = self.permit(&mut tx, person, user, Some(role)).await?;
        if current == role {
            return Ok(());
        }
        rows::set_role(&mut tx, &person.team, user, role, self.parts.now()).await?;
        self.commit(tx).await
    }

    /// Takes a member out of the team, with their devices and personal connections in it. Everybody may leave.
    ///
    /// # Errors
    /// [`MemberError::LastOwner`] when the team would be left without one.
    pub async fn remove(&self, person: &Principal, user: &UserId) -> Result<(), MemberError> {
        let (team, now) = (&person.team, self.parts.now());
        let mut tx = self.parts.db.begin().await?;
        self.permit(&mut tx, person, user, None).await?;
        devices::revoke_all_of(&mut tx, team, user, now).await?;
        connections::delete_all_of(&mut tx, team, user, now).await?;
        rows::remove(&mut tx, team, user, now).await?;
        self.commit(tx).await
    }

    /// Whether `person` may turn `user` into `to` (`None`: out of the team). Locks the team, so that of two owners
    /// who leave at the same time one stays. Answers the role that `user` has.
    async fn permit(
        &self,
        tx: &mut Tx,
        person: &Principal,
        user: &UserId,
        to: Option<Role>,
    ) -> Result<Role, MemberError> {
        let owners = rows::count_owners(&mut *tx, &person.team).await?;
        // Read under the lock: the session's role may be of a moment ago.
        let mine = rows::role(&mut *tx, &person.team, &person.user).await?.ok_or(MemberError::NotAllowed)?;
        let theirs = rows::role(&mut *tx, &person.team, user).await?;
        let leaving = *user == person.user && to.is_none();
        if !leaving && !mine.may_manage() {
            return Err(MemberError::NotAllowed);
        }
        let theirs = theirs.ok_or(MemberError::NotFound)?;
        let touches_owners = theirs == Role::Owner || to == Some(Role::Owner);
        if !leaving && touches_owners && mine != Role::Owner {
            return Err(MemberError::NotAllowed);
        }
        if theirs == Role::Owner && to != Some(Role::Owner) && owners <= 1 {
            return Err(MemberError::LastOwner);
        }
        Ok(theirs)
    }

    async fn commit(&self, tx: Tx) -> Result<(), MemberError> {
        tx.commit().await?;
        self.parts.follower.catch_up_soon().await;
        Ok(())
    }
}

fn team_name(text: &str) -> Result<String, MemberError> {
    let name = visible(text.trim());
    if name.is_empty() || name.chars().count() > LONGEST_NAME { Err(MemberError::Name) } else { Ok(name) }
}
