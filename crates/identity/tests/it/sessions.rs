use crate::house::{HOME, House, PASSWORD, browser, secret};
use keyferry_core::{Actor, Role};
use keyferry_identity::{AccountError, SessionError};

#[tokio::test]
async fn the_store_knows_neither_cookie_nor_form_token() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let found = house.session_of(&person).await;
    let row = &house.identity.sessions.list(&person.principal.user).await.unwrap()[0];
    assert_ne!(row.secret_hash, secret(&person.cookie).as_bytes());
    assert!(found.is_csrf(found.csrf()));
    assert!(!found.is_csrf(""));
    let other = house.signed_in(&person.email).await;
    assert!(!house.session_of(&other).await.is_csrf(found.csrf()), "a form token is bound to its session");
}

#[tokio::test]
async fn a_session_ends_two_days_after_it_was_last_used() {
    let house = House::new().await;
    let person = house.person("jane").await;
    for _ in 0..3 {
        house.wait(47 * 60 * 60);
        house.session_of(&person).await;
    }
    house.wait(48 * 60 * 60);
    assert!(matches!(house.identity.sessions.find(&person.cookie).await, Err(SessionError::Over)));
}

#[tokio::test]
async fn a_session_ends_fourteen_days_after_sign_in_however_much_it_is_used() {
    let house = House::new().await;
    let person = house.person("jane").await;
    for _ in 0..13 {
        house.wait(24 * 60 * 60);
        house.session_of(&person).await;
    }
    house.wait(24 * 60 * 60);
    assert!(matches!(house.identity.sessions.find(&person.cookie).await, Err(SessionError::Over)));
}

#[tokio::test]
async fn one_session_is_ended_or_all() {
    let house = House::new().await;
    let first = house.person("jane").await;
    let (second, third) = (house.signed_in(&first.email).await, house.signed_in(&first.email).await);
    let stranger = house.person("mallory").await;
    let (sessions, user) = (&house.identity.sessions, &first.principal.user);
    let Actor::Person { session } = &second.principal.actor else { panic!("a cookie is a person") };

    assert!(!sessions.end(&stranger.principal.user, session).await.unwrap(), "it is another's session");
    assert!(sessions.end(user, session).await.unwrap());
    assert!(sessions.find(&second.cookie).await.is_err());
    assert_eq!(sessions.list(user).await.unwrap().len(), 2);

    sessions.end_all(user).await.unwrap();
    assert!(sessions.find(&first.cookie).await.is_err());
    assert!(sessions.find(&third.cookie).await.is_err());
    assert!(sessions.find(&stranger.cookie).await.is_ok());
}

#[tokio::test]
async fn a_new_password_needs_a_fresh_sign_in_and_ends_the_other_sessions() {
    let house = House::new().await;
    let (here, there) = (house.person("jane").await, house.signed_in("jane@example.com").await);
    let (new, sign_in) = ("staple paper clip".into(), &house.identity.sign_in);
    let accounts = &house.identity.accounts;
    house.wait(600);
    let stale = house.session_of(&here).await;
    assert!(matches!(accounts.change_password(&stale, &new).await, Err(AccountError::NotFresh)));

    sign_in.again(&stale, &PASSWORD.into()).await.unwrap();
    let fresh = house.session_of(&here).await;
    assert!(matches!(accounts.change_password(&fresh, &"short".into()).await, Err(AccountError::Weak(_))));
    accounts.change_password(&fresh, &new).await.unwrap();
    assert!(house.identity.sessions.find(&here.cookie).await.is_ok());
    assert!(house.identity.sessions.find(&there.cookie).await.is_err());
    assert!(sign_in.with_password(&here.email, &PASSWORD.into(), &browser(HOME)).await.is_err());
    assert!(sign_in.with_password(&here.email, &new, &browser(HOME)).await.is_ok());
}

#[tokio::test]
async fn a_session_turns_only_to_the_persons_own_teams_and_leaves_one_they_were_removed_from() {
    let house = House::new().await;
    let (host, guest) = (house.person("jane").await, house.person("sam").await);
    let shared = &host.principal.team;
    let session = house.session_of(&guest).await;
    let sessions = &house.identity.sessions;
    assert!(matches!(sessions.switch_team(&session, shared).await, Err(SessionError::NoTeam)));

    house.join(&host, &guest, Role::Admin).await;
    sessions.switch_team(&session, shared).await.unwrap();
    let there = house.session_of(&guest).await.principal;
    assert_eq!((&there.team, there.role), (shared, Role::Admin));

    house.identity.members.remove(&host.principal, &guest.principal.user).await.unwrap();
    let back = house.session_of(&guest).await.principal;
    assert_eq!((&back.team, back.role), (&guest.principal.team, Role::Owner));
}
