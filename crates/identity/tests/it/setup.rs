use crate::house::{House, PASSWORD, secret};
use keyferry_core::{Role, SecretString};
use keyferry_identity::{AccountError, NewAccount, SetupError, WeakPassword};
use keyferry_testkit::database::Engine;
use rstest::rstest;

fn jane(password: &SecretString) -> NewAccount<'_> {
    NewAccount { email: "jane@example.com", name: "Jane", password }
}

#[tokio::test]
async fn the_link_of_the_first_start_makes_the_owner_of_a_team_once() {
    let house = House::new().await;
    let setup = &house.identity.setup;
    let link = setup.begin().await.unwrap().expect("there is no account yet");
    assert!(setup.is_open(&link).await.unwrap());
    let account = setup.complete(&link, &jane(&PASSWORD.into())).await.unwrap();

    let teams = house.identity.members.teams_of(&account.user).await.unwrap();
    assert_eq!(teams.len(), 1);
    assert_eq!((&teams[0].team, teams[0].role), (&account.team, Role::Owner));
    house.signed_in("jane@example.com").await;

    assert!(!setup.is_open(&link).await.unwrap());
    assert!(matches!(setup.complete(&link, &jane(&PASSWORD.into())).await, Err(SetupError::Link)));
    assert!(setup.begin().await.unwrap().is_none(), "a gateway with an account prints no link");
}

#[rstest]
#[tokio::test]
async fn of_two_links_that_two_starts_printed_one_works(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = House::on(engine).await;
    let setup = &house.identity.setup;
    let (first, second) = (setup.begin().await.unwrap().unwrap(), setup.begin().await.unwrap().unwrap());
    assert_ne!(secret(&first), secret(&second));
    setup.complete(&second, &jane(&PASSWORD.into())).await.unwrap();
    let other = NewAccount { email: "mallory@example.com", name: "Mallory", password: &PASSWORD.into() };
    assert!(matches!(setup.complete(&first, &other).await, Err(SetupError::Link)));
}

#[tokio::test]
async fn a_weak_password_does_not_cost_the_link() {
    let house = House::new().await;
    let link = house.identity.setup.begin().await.unwrap().unwrap();
    let weak = house.identity.setup.complete(&link, &jane(&"password".into())).await;
    assert!(matches!(weak, Err(SetupError::Account(AccountError::Weak(WeakPassword::TooShort)))));
    house.identity.setup.complete(&link, &jane(&PASSWORD.into())).await.unwrap();
}

#[tokio::test]
async fn a_link_is_for_a_day_and_for_nothing_else() {
    let house = House::new().await;
    let link = house.identity.setup.begin().await.unwrap().unwrap();
    assert!(house.identity.sign_in.with_link(&link, &crate::house::browser("192.0.2.1")).await.is_err());
    house.wait(24 * 60 * 60);
    assert!(matches!(
        house.identity.setup.complete(&link, &jane(&PASSWORD.into())).await,
        Err(SetupError::Link)
    ));
    let unknown = "0".repeat(43).into();
    assert!(!house.identity.setup.is_open(&unknown).await.unwrap());
}
