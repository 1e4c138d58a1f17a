//! Who is in which team, and what they may do there.

use crate::bind::binds;
use crate::row::row;
use crate::{ChangeKind, StoreError, Tx, Via, teams};
use keyferry_core::{Role, TeamId, Timestamp, UserId};

row! {
    columns member_columns from "members";
    /// A person, as a member of one team.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Member {
        pub user: UserId = "user_id",
        pub email: String,
        pub name: String,
        pub role: Role,
        pub joined_at: Timestamp,
    }
}

row! {
    columns membership_columns from "members";
    /// A team, as one of a person's.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Membership {
        pub team: TeamId = "team_id",
        pub user: UserId = "user_id",
        pub team_name: String,
        pub role: Role,
        pub joined_at: Timestamp,
    }
}

/// # Errors
/// `Duplicate` when they are a member already.
pub async fn add(
    tx: &mut Tx,
    team: &TeamId,
    user: &UserId,
    role: Role,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO members (team_id, user_id, role, joined_at) VALUES ($1, $2, $3, $4)";
    tx.via().execute(SQL, binds![team, user, role, now]).await?;
    tx.note(Some(team), ChangeKind::Person, user.as_str(), now);
    Ok(())
}

/// What the person may do in the team; `None`: they are not in it, or are shut out.
pub async fn role<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    user: &UserId,
) -> Result<Option<Role>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        membership_columns!(),
        " FROM (SELECT m.team_id, m.user_id, t.name AS team_name, m.role, m.joined_at FROM members m \
         JOIN teams t ON t.id = m.team_id JOIN users u ON u.id = m.user_id \
         WHERE m.team_id = $1 AND m.user_id = $2 AND u.disabled_at IS NULL) AS membership"
    );
    let found: Option<Membership> = via.into().optional(SQL, binds![team, user]).await?;
    Ok(found.map(|membership| membership.role))
}

/// The team's members, the earliest first.
pub async fn of_team<'a>(via: impl Into<Via<'a>>, team: &TeamId) -> Result<Vec<Member>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        member_columns!(),
        " FROM (SELECT m.user_id, u.email, u.name, m.role, m.joined_at FROM members m \
         JOIN users u ON u.id = m.user_id WHERE m.team_id = $1) AS member ORDER BY joined_at, user_id"
    );
    via.into().all(SQL, binds![team]).await
}

/// The person's teams, the earliest first.
pub async fn memberships_of<'a>(
    via: impl Into<Via<'a>>,
    user: &UserId,
) -> Result<Vec<Membership>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        membership_columns!(),
        " FROM (SELECT m.team_id, m.user_id, t.name AS team_name, m.role, m.joined_at FROM members m \
         JOIN teams t ON t.id = m.team_id WHERE m.user_id = $1) AS membership ORDER BY joined_at, team_id"
    );
    via.into().all(SQL, binds![user]).await
}

/// Locks the team and counts its owners: what is decided upon the number holds until the transaction ends.
pub async fn count_owners(tx: &mut Tx, team: &TeamId) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) AS n FROM members WHERE team_id = $1 AND role = $2";
    teams::lock(tx, team).await?;
    tx.via().number(SQL, binds![team, Role::Owner]).await
}

/// Answers whether they are a member.
pub async fn set_role(
    tx: &mut Tx,
    team: &TeamId,
    user: &UserId,
    role: Role,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE members SET role = $3 WHERE team_id = $1 AND user_id = $2";
    let changed = tx.via().changed(SQL, binds![team, user, role]).await?;
    tx.note(Some(team), ChangeKind::Person, user.as_str(), now);
    Ok(changed)
}

/// Takes a person out of a team. Answers whether they were in it. Their devices and connections there are ended by
/// `devices::revoke_all_of` and `connections::delete_all_of`, in the same transaction.
pub async fn remove(tx: &mut Tx, team: &TeamId, user: &UserId, now: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM members WHERE team_id = $1 AND user_id = $2";
    let changed = tx.via().changed(SQL, binds![team, user]).await?;
    tx.note(Some(team), ChangeKind::Person, user.as_str(), now);
    Ok(changed)
}
