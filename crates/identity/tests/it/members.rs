use crate::house::{House, secret};
use keyferry_core::{Principal, Role, Rule};
use keyferry_identity::{InvitationError, MemberError, NewDevice};
use keyferry_testkit::database::Engine;
use rstest::rstest;
use std::sync::Arc;

#[tokio::test]
async fn a_team_keeps_an_owner() {
    let house = House::new().await;
    let (jane, sam) = (house.person("jane").await, house.person("sam").await);
    let members = &house.identity.members;
    let (owner, first) = (&jane.principal, &jane.principal.user);
    house.join(&jane, &sam, Role::Admin).await;
    assert!(matches!(members.remove(owner, first).await, Err(MemberError::LastOwner)));
    assert!(matches!(members.set_role(owner, first, Role::Admin).await, Err(MemberError::LastOwner)));
    members.set_role(owner, &sam.principal.user, Role::Owner).await.unwrap();
    members.set_role(owner, first, Role::Member).await.unwrap();
    members.remove(owner, first).await.unwrap();
    let sam_there = Principal { team: owner.team.clone(), role: Role::Owner, ..sam.principal.clone() };
    let left = members.list(&sam_there).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!((&left[0].user, left[0].role), (&sam.principal.user, Role::Owner));
}

#[rstest]
#[tokio::test]
async fn of_two_owners_who_leave_at_once_one_stays(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = Arc::new(House::on(engine).await);
    let (jane, sam) = (house.person("jane").await, house.person("sam").await);
    let sam_there = house.join(&jane, &sam, Role::Owner).await;
    let mut leaving = tokio::task::JoinSet::new();
    for person in [jane.principal.clone(), sam_there] {
        let house = Arc::clone(&house);
        leaving.spawn(async move { house.identity.members.remove(&person, &person.user).await.is_ok() });
    }
    assert_eq!(leaving.join_all().await.into_iter().filter(|left| *left).count(), 1);
}

#[tokio::test]
async fn roles_reach_only_so_far() {
    let house = House::new().await;
    let (jane, sam, kim) = (house.person("jane").await, house.person("sam").await, house.person("kim").await);
    let admin = house.join(&jane, &sam, Role::Admin).await;
    let member = house.join(&jane, &kim, Role::Member).await;
    let (owner, members) = (&jane.principal, &house.identity.members);

    let refused = |verdict| matches!(verdict, Err(MemberError::NotAllowed));
    assert!(refused(members.set_role(&admin, &owner.user, Role::Member).await));
    assert!(refused(members.remove(&admin, &owner.user).await));
    assert!(refused(members.set_role(&admin, &admin.user, Role::Owner).await));
    assert!(refused(members.set_role(&member, &member.user, Role::Admin).await));
    assert!(refused(members.remove(&member, &admin.user).await));
    members.set_role(&admin, &member.user, Role::Viewer).await.unwrap();

    let stranger = house.person("mallory").await.principal;
    assert!(matches!(members.remove(&stranger, &owner.user).await, Err(MemberError::NotFound)));
    let forged = Principal { team: owner.team.clone(), role: Role::Owner, ..stranger };
    assert!(
        refused(members.remove(&forged, &member.user).await),
        "the store's role counts, not the session's"
    );
    members.remove(&member, &member.user).await.unwrap();
}

#[tokio::test]
async fn who_is_removed_loses_devices_in_the_team_for_good() {
    let house = House::new().await;
    let (jane, sam) = (house.person("jane").await, house.person("sam").await);
    let there = house.join(&jane, &sam, Role::Member).await;
    let new = NewDevice { label: "agent", client: "curl", rule: Rule::Confirm, expires_at: None };
    let (_, shared) = house.identity.devices.create(&there, &new).await.unwrap();
    let (_, own) = house.identity.devices.create(&sam.principal, &new).await.unwrap();
    house.authenticate(shared.expose()).await.unwrap();
    house.identity.members.remove(&jane.principal, &sam.principal.user).await.unwrap();
    assert!(house.authenticate(shared.expose()).await.is_err());
    house.authenticate(own.expose()).await.unwrap();
    house.join(&jane, &sam, Role::Member).await;
    assert!(house.authenticate(shared.expose()).await.is_err(), "coming back does not bring devices back");
}

#[tokio::test]
async fn an_invitation_lets_one_person_in_once() {
    let house = House::new().await;
    let (jane, sam, kim) = (house.person("jane").await, house.person("sam").await, house.person("kim").await);
    let invitations = &house.identity.invitations;
    let token = invitations.invite(&jane.principal, Role::Member).await.unwrap();
    let seen = invitations.look(&token).await.unwrap();
    assert_eq!((&seen.team, seen.team_name.as_str()), (&jane.principal.team, "jane’s team"));
    assert!(matches!(
        invitations.accept(&token, &jane.principal.user).await,
        Err(InvitationError::AlreadyMember)
    ));
    invitations.accept(&token, &sam.principal.user).await.unwrap();
    assert!(matches!(invitations.accept(&token, &kim.principal.user).await, Err(InvitationError::Link)));

    let late = invitations.invite(&jane.principal, Role::Member).await.unwrap();
    house.wait(7 * 24 * 60 * 60);
    assert!(matches!(invitations.look(&late).await, Err(InvitationError::Link)));
    assert!(secret(&late).len() >= 43);
}

#[tokio::test]
async fn nobody_invites_above_themselves() {
    let house = House::new().await;
    let (jane, sam, kim) = (house.person("jane").await, house.person("sam").await, house.person("kim").await);
    let admin = house.join(&jane, &sam, Role::Admin).await;
    let member = house.join(&jane, &kim, Role::Member).await;
    let invitations = &house.identity.invitations;
    assert!(matches!(invitations.invite(&admin, Role::Owner).await, Err(InvitationError::NotAllowed)));
    assert!(matches!(invitations.invite(&member, Role::Viewer).await, Err(InvitationError::NotAllowed)));
    invitations.invite(&admin, Role::Admin).await.unwrap();
}

#[tokio::test]
async fn an_invitation_of_who_lost_the_right_is_still_only_what_it_was() {
    let house = House::new().await;
    let jane = house.person("jane").await;
    let token = house.identity.invitations.invite(&jane.principal, Role::Viewer).await.unwrap();
    let password = crate::house::PASSWORD.into();
    let new = keyferry_identity::NewAccount { email: "new@example.com", name: "New", password: &password };
    let account = house.identity.invitations.accept_as_new(&token, &new).await.unwrap();
    assert_eq!(account.team, jane.principal.team);
    let teams = house.identity.members.teams_of(&account.user).await.unwrap();
    let roles: Vec<_> = teams.iter().map(|membership| membership.role).collect();
    assert_eq!(roles.len(), 2);
    assert!(roles.contains(&Role::Owner) && roles.contains(&Role::Viewer), "an own team, and the host's");
}
