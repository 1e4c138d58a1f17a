use crate::house::{CLIENT, House, Person, RESOURCE, secret};
use keyferry_core::Rule;
use keyferry_identity::{RefreshError, TokenPair};
use keyferry_store::users;
use keyferry_testkit::database::Engine;
use rstest::rstest;

async fn exchange(house: &House, token: &str) -> Result<TokenPair, RefreshError> {
    house.identity.refresh_tokens.exchange(token, RESOURCE).await
}

async fn paired(house: &House) -> (Person, TokenPair) {
    let person = house.person("jane").await;
    let tokens = house.pair(&person, Rule::Confirm).await;
    (person, tokens)
}

#[tokio::test]
async fn each_token_brings_its_successor() {
    let house = House::new().await;
    let (_, first) = paired(&house).await;
    let second = exchange(&house, first.refresh.expose()).await.unwrap();
    house.authenticate(secret(&second.access)).await.unwrap();
    assert_ne!(first.refresh.expose(), second.refresh.expose());
    let third = exchange(&house, second.refresh.expose()).await.unwrap();
    house.wait_following(59 * 24 * 60 * 60).await;
    exchange(&house, third.refresh.expose()).await.unwrap();
}

#[tokio::test]
async fn a_lost_answer_is_given_again_for_thirty_seconds() {
    let house = House::new().await;
    let (_, first) = paired(&house).await;
    let lost = exchange(&house, first.refresh.expose()).await.unwrap();
    house.wait(30);
    let again = exchange(&house, first.refresh.expose()).await.unwrap();
    assert_eq!(
        lost.refresh.expose(),
        again.refresh.expose(),
        "there is one successor, however often asked for"
    );
    exchange(&house, again.refresh.expose()).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn many_at_once_get_the_same_successor(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let house = std::sync::Arc::new(House::on(engine).await);
    let (_, first) = paired(&house).await;
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (house, token) = (std::sync::Arc::clone(&house), first.refresh.expose().to_owned());
        clients.spawn(async move { exchange(&house, &token).await.unwrap().refresh.expose().to_owned() });
    }
    let mut successors = clients.join_all().await;
    successors.dedup();
    assert_eq!(successors.len(), 1);
    exchange(&house, &successors[0]).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn a_token_used_after_its_successor_was_revokes_the_device(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = House::on(engine).await;
    let (person, first) = paired(&house).await;
    let second = exchange(&house, first.refresh.expose()).await.unwrap();
    let third = exchange(&house, second.refresh.expose()).await.unwrap();
    house.authenticate(secret(&third.access)).await.unwrap();

    assert!(matches!(exchange(&house, first.refresh.expose()).await, Err(RefreshError::Reused)));
    assert!(house.authenticate(secret(&third.access)).await.is_err());
    assert!(matches!(exchange(&house, third.refresh.expose()).await, Err(RefreshError::Invalid)));
    let devices = house.identity.devices.list(&person.principal).await.unwrap();
    assert!(devices[0].revoked_at.is_some());
}

#[tokio::test]
async fn a_token_used_again_after_thirty_seconds_revokes_the_device() {
    let house = House::new().await;
    let (_, first) = paired(&house).await;
    let second = exchange(&house, first.refresh.expose()).await.unwrap();
    house.wait_following(31).await;
    assert!(matches!(exchange(&house, first.refresh.expose()).await, Err(RefreshError::Reused)));
    assert!(matches!(exchange(&house, second.refresh.expose()).await, Err(RefreshError::Invalid)));
}

#[tokio::test]
async fn sixty_idle_days_end_it() {
    let house = House::new().await;
    let (_, first) = paired(&house).await;
    house.wait_following(60 * 24 * 60 * 60).await;
    assert!(matches!(exchange(&house, first.refresh.expose()).await, Err(RefreshError::Invalid)));
}

#[tokio::test]
async fn a_revoked_device_and_a_disabled_person_get_nothing() {
    let house = House::new().await;
    let (person, first) = paired(&house).await;
    let (user, now) = (&person.principal.user, house.now());
    let mut tx = house.db.begin().await.unwrap();
    users::set_disabled(&mut tx, user, Some(now), now).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(exchange(&house, first.refresh.expose()).await, Err(RefreshError::Invalid)));
    house.identity.accounts.enable(user).await.unwrap();
    let second = exchange(&house, first.refresh.expose()).await.unwrap();
    let device = house.identity.devices.list(&person.principal).await.unwrap()[0].id.clone();
    house.identity.devices.revoke(&person.principal, &device).await.unwrap();
    assert!(matches!(exchange(&house, second.refresh.expose()).await, Err(RefreshError::Invalid)));
}

#[tokio::test]
async fn giving_a_token_back_revokes_its_device() {
    let house = House::new().await;
    let (_, first) = paired(&house).await;
    let tokens = &house.identity.refresh_tokens;
    tokens.revoke("not a token").await.unwrap();
    house.authenticate(secret(&first.access)).await.unwrap();
    tokens.revoke(first.refresh.expose()).await.unwrap();
    assert!(house.authenticate(secret(&first.access)).await.is_err());
}

#[tokio::test]
async fn tokens_of_another_kind_are_not_exchanged() {
    let house = House::new().await;
    let (_, first) = paired(&house).await;
    for token in [secret(&first.access), "", CLIENT] {
        assert!(matches!(exchange(&house, token).await, Err(RefreshError::Invalid)));
    }
    let made_up = keyferry_identity::RefreshToken::new();
    assert!(matches!(exchange(&house, made_up.expose()).await, Err(RefreshError::Invalid)));
}
