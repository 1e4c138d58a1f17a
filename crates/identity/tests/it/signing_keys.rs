//! Keys sign for thirty days, and are no keys once nothing that they signed can live.

use crate::house::{House, RESOURCE, authenticate, secret};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyferry_core::{Clock, Rule};
use keyferry_identity::{ACCESS_TOKEN_LASTS, AuthError, SIGNING_KEY_SIGNS, TokenPair};
use keyferry_store::{SigningKey, signing_keys};
use keyferry_testkit::database::Engine;
use rstest::rstest;
use serde_json::Value;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// The id of the key that signed an access token.
fn key_of(tokens: &TokenPair) -> String {
    let header = secret(&tokens.access).split('.').next().unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

async fn exchange(house: &House, tokens: &TokenPair) -> TokenPair {
    house.identity.refresh_tokens.exchange(tokens.refresh.expose(), RESOURCE).await.unwrap()
}

async fn rows(house: &House) -> Vec<SigningKey> {
    let all = signing_keys::all(&house.db).await.unwrap();
    all.into_iter().filter(|key| key.purpose == "access-token").collect()
}

async fn wait(house: &House, duration: Duration) {
    house.wait_following(duration.as_secs()).await;
}

#[rstest]
#[tokio::test]
async fn a_key_signs_for_thirty_days_and_what_it_signed_outlives_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = House::on(engine).await;
    let person = house.person("jane").await;
    let first = house.pair(&person, Rule::Confirm).await;
    wait(&house, SIGNING_KEY_SIGNS - MINUTE).await;
    let late = exchange(&house, &first).await;
    assert_eq!(key_of(&late), key_of(&first));

    wait(&house, 2 * MINUTE).await;
    let next = exchange(&house, &late).await;
    assert_ne!(key_of(&next), key_of(&first));
    let other = house.replica().await;
    for tokens in [&late, &next] {
        house.authenticate(secret(&tokens.access)).await.unwrap();
        authenticate(&other, secret(&tokens.access)).await.unwrap();
    }
    let retired: Vec<bool> = rows(&house).await.iter().map(|key| key.retired_at.is_some()).collect();
    assert_eq!(retired, [true, false]);

    wait(&house, SIGNING_KEY_SIGNS).await;
    exchange(&house, &next).await;
    let ids: Vec<String> = rows(&house).await.into_iter().map(|key| key.id).collect();
    assert_eq!(ids.len(), 2);
    assert!(!ids.contains(&key_of(&first)), "the key before the last is gone");
}

#[rstest]
#[tokio::test]
async fn what_was_retired_longer_ago_than_tokens_live_signs_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = House::on(engine).await;
    let person = house.person("jane").await;
    let tokens = house.pair(&person, Rule::Confirm).await;
    let retired_at = house.clock.now() - (ACCESS_TOKEN_LASTS + MINUTE);
    let old = rows(&house).await.remove(0);
    let next = SigningKey { id: "sig_next".to_owned(), created_at: retired_at, ..old.clone() };
    signing_keys::replace(&house.db, &old.id, &next, retired_at).await.unwrap();
    assert_eq!(old.id, key_of(&tokens));
    let other = house.replica().await;
    let refused = authenticate(&other, secret(&tokens.access)).await;
    assert!(matches!(refused, Err(AuthError::Unknown)), "{refused:?}");
}

#[rstest]
#[tokio::test]
async fn an_answer_that_was_lost_is_given_again_although_the_key_was_replaced_meanwhile(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = House::on(engine).await;
    let person = house.person("jane").await;
    let first = house.pair(&person, Rule::Confirm).await;
    let second = exchange(&house, &first).await;
    wait(&house, SIGNING_KEY_SIGNS - Duration::from_secs(10)).await;
    let lost = exchange(&house, &second).await;
    wait(&house, Duration::from_secs(20)).await;
    let again = exchange(&house, &second).await;
    assert_eq!(again.refresh.expose(), lost.refresh.expose());
    exchange(&house, &again).await;
}
