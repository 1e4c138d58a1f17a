//! The code flow, and what an attacker would do with each of its parts.

use crate::house::{HOME, House, Person, authenticate, ip, presented, secret};
use keyferry_core::{Actor, Role, Rule, SecretString};
use keyferry_identity::{
    AllowError, Asked, AskedWrong, AuthError, GrantError, Presented, RedeemError, Redemption, RefreshError,
    RegisterError, Registration, TokenPair,
};
use keyferry_testkit::database::Engine;
use rstest::rstest;
use std::sync::Arc;

const MCP: &str = "https://keyferry.example/mcp";
const API: &str = "https://keyferry.example/api";
const BACK: &str = "http://127.0.0.1:4000/cb";
// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn register(house: &House, redirects: &[&str]) -> Result<String, RegisterError> {
    let redirects: Vec<String> = redirects.iter().map(ToString::to_string).collect();
    let asked = Registration { name: Some("An editor"), redirect_uris: &redirects, address: ip(HOME) };
    house.identity.oauth.register(&asked).await.map(|client| client.id)
}

fn asked(client: &str) -> Asked<'_> {
    Asked {
        client_id: client,
        redirect_uri: BACK,
        code_challenge: CHALLENGE,
        code_challenge_method: Some("S256"),
        resource: MCP,
    }
}

/// A client, and a code that the person gave it.
async fn code(house: &House, person: &Person) -> (String, SecretString) {
    let client = register(house, &["http://127.0.0.1/cb"]).await.unwrap();
    let wish = house.identity.oauth.wish(&asked(&client)).await.unwrap();
    let code = house.identity.oauth.allow(&person.principal, &wish, Rule::Confirm).await.unwrap();
    (client, code)
}

struct Shown<'a> {
    client: &'a str,
    back: &'a str,
    verifier: &'a str,
    resource: Option<&'a str>,
}

fn right(client: &str) -> Shown<'_> {
    Shown { client, back: BACK, verifier: VERIFIER, resource: Some(MCP) }
}

async fn redeem(house: &House, code: &SecretString, shown: Shown<'_>) -> Result<TokenPair, RedeemError> {
    let redemption = Redemption {
        code,
        client_id: shown.client,
        redirect_uri: shown.back,
        verifier: &shown.verifier.into(),
        resource: shown.resource,
    };
    house.identity.oauth.redeem(&redemption).await
}

fn at<'a>(resource: &'a str, tokens: &'a TokenPair) -> Presented<'a> {
    Presented { resource, ..presented(secret(&tokens.access)) }
}

#[tokio::test]
async fn a_code_brings_a_device_with_the_chosen_rule_for_the_one_resource() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (client, code) = code(&house, &person).await;
    let tokens = redeem(&house, &code, right(&client)).await.unwrap();
    let principal = house.identity.authenticator.device(&at(MCP, &tokens)).await.unwrap();
    assert_eq!((&principal.user, &principal.team), (&person.principal.user, &person.principal.team));
    assert!(matches!(principal.actor, Actor::Device { rule: Rule::Confirm, .. }));
    let devices = house.identity.devices.list(&person.principal).await.unwrap();
    assert_eq!((devices.len(), devices[0].label.as_str()), (1, "An editor"));
    assert!(matches!(
        house.identity.authenticator.device(&at(API, &tokens)).await,
        Err(AuthError::OtherResource)
    ));
}

#[tokio::test]
async fn a_code_is_worth_nothing_to_whoever_lacks_any_part() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (client, code) = code(&house, &person).await;
    let other = register(&house, &["http://127.0.0.1/cb"]).await.unwrap();
    let wrong = [
        Shown { client: &other, ..right(&client) },
        Shown { back: "http://127.0.0.1:4001/cb", ..right(&client) },
        Shown { verifier: CHALLENGE, ..right(&client) },
        Shown { verifier: "", ..right(&client) },
    ];
    for shown in wrong {
        assert!(matches!(redeem(&house, &code, shown).await, Err(RedeemError::Invalid)));
    }
    let elsewhere = Shown { resource: Some(API), ..right(&client) };
    assert!(matches!(redeem(&house, &code, elsewhere).await, Err(RedeemError::OtherResource)));
    assert!(matches!(redeem(&house, &"x".into(), right(&client)).await, Err(RedeemError::Invalid)));
    // None of that spoiled it for its owner.
    assert!(redeem(&house, &code, Shown { resource: None, ..right(&client) }).await.is_ok());
}

#[tokio::test]
async fn a_code_that_is_used_again_ends_what_it_brought() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (client, code) = code(&house, &person).await;
    let tokens = redeem(&house, &code, right(&client)).await.unwrap();
    // Without the verifier nobody learns or ends anything by it.
    let blind = Shown { verifier: CHALLENGE, ..right(&client) };
    assert!(matches!(redeem(&house, &code, blind).await, Err(RedeemError::Invalid)));
    assert!(house.identity.authenticator.device(&at(MCP, &tokens)).await.is_ok());
    // Also long after it expired.
    house.wait_following(3600).await;
    assert!(matches!(redeem(&house, &code, right(&client)).await, Err(RedeemError::Reused)));
    let refreshed = house.identity.oauth.refresh(&refresh_token(&tokens), None, None, API).await;
    assert!(matches!(refreshed, Err(GrantError::Refresh(RefreshError::Invalid))));
    assert!(house.identity.devices.list(&person.principal).await.unwrap()[0].revoked_at.is_some());
}

#[rstest]
#[tokio::test]
async fn of_many_at_once_at_most_one_is_served(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let house = Arc::new(House::on(engine).await);
    let person = house.person("jane").await;
    let (client, code) = code(&house, &person).await;
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (house, client, code) = (Arc::clone(&house), client.clone(), code.clone());
        all.spawn(async move { redeem(&house, &code, right(&client)).await.is_ok() });
    }
    let served = all.join_all().await.into_iter().filter(|served| *served).count();
    assert_eq!(served, 1);
    let devices = house.identity.devices.list(&person.principal).await.unwrap();
    assert_eq!(devices.len(), 1);
    assert!(devices[0].revoked_at.is_some(), "the others had code and verifier too");
}

#[tokio::test]
async fn a_code_lasts_a_minute_and_hangs_on_the_person() {
    let house = House::new().await;
    let (person, host) = (house.person("jane").await, house.person("host").await);
    let (client, late) = code(&house, &person).await;
    house.wait_following(60).await;
    assert!(matches!(redeem(&house, &late, right(&client)).await, Err(RedeemError::Invalid)));

    let guest = house.join(&host, &person, Role::Member).await;
    let wish = house.identity.oauth.wish(&asked(&client)).await.unwrap();
    let code = house.identity.oauth.allow(&guest, &wish, Rule::Trusted).await.unwrap();
    house.identity.members.set_role(&host.principal, &guest.user, Role::Viewer).await.unwrap();
    assert!(matches!(redeem(&house, &code, right(&client)).await, Err(RedeemError::Person)));
    let viewer = keyferry_core::Principal { role: Role::Viewer, ..guest };
    let refused = house.identity.oauth.allow(&viewer, &wish, Rule::Confirm).await;
    assert!(matches!(refused, Err(AllowError::Viewer)));
}

#[tokio::test]
async fn a_wish_names_a_registered_client_its_address_and_a_challenge_by_s256() {
    let house = House::new().await;
    let client = register(&house, &["http://127.0.0.1/cb", "https://editor.example/cb"]).await.unwrap();
    let wish = async |asked: Asked<'_>| house.identity.oauth.wish(&asked).await;
    assert!(wish(asked(&client)).await.is_ok());
    assert!(wish(Asked { redirect_uri: "https://editor.example/cb", ..asked(&client) }).await.is_ok());
    assert!(matches!(wish(asked("client_nobody")).await, Err(AskedWrong::Client)));
    for redirect_uri in ["https://evil.example/cb", "https://editor.example/cb/", "http://localhost:1/cb", ""]
    {
        assert!(matches!(wish(Asked { redirect_uri, ..asked(&client) }).await, Err(AskedWrong::Redirect)));
    }
    for code_challenge_method in [None, Some("plain")] {
        let downgraded = Asked { code_challenge_method, ..asked(&client) };
        assert!(matches!(wish(downgraded).await, Err(AskedWrong::Challenge)));
    }
    let none = Asked { code_challenge: "", ..asked(&client) };
    assert!(matches!(wish(none).await, Err(AskedWrong::Challenge)));
}

#[tokio::test]
async fn registering_is_limited_and_what_nobody_uses_ends_after_a_day() {
    let house = House::new().await;
    assert!(matches!(register(&house, &[]).await, Err(RegisterError::Redirects)));
    assert!(matches!(register(&house, &[BACK; 11]).await, Err(RegisterError::Redirects)));
    assert!(matches!(register(&house, &["javascript:alert(1)"]).await, Err(RegisterError::Unfit(_))));
    let client = register(&house, &[BACK]).await.unwrap();
    for _ in 1..20 {
        register(&house, &[BACK]).await.unwrap();
    }
    assert!(matches!(register(&house, &[BACK]).await, Err(RegisterError::TooMany)));
    house.wait_following(60 * 60).await;
    assert!(register(&house, &[BACK]).await.is_ok(), "those of before keep nobody out");
    assert!(house.identity.oauth.wish(&asked(&client)).await.is_ok());
    house.wait_following(23 * 60 * 60).await;
    assert!(matches!(house.identity.oauth.wish(&asked(&client)).await, Err(AskedWrong::Client)));
}

#[tokio::test]
async fn a_refresh_token_stays_with_its_client_and_its_resource() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (client, code) = code(&house, &person).await;
    let tokens = redeem(&house, &code, right(&client)).await.unwrap();
    let oauth = &house.identity.oauth;
    let token = refresh_token(&tokens);
    let stolen = oauth.refresh(&token, Some("client_other"), Some(MCP), API).await;
    assert!(matches!(stolen, Err(GrantError::OtherClient)));
    let widened = oauth.refresh(&token, Some(&client), Some(API), API).await;
    assert!(matches!(widened, Err(GrantError::OtherResource)));
    // Where none is named, it is still the one of the code.
    let next = oauth.refresh(&token, Some(&client), None, API).await.unwrap();
    assert!(house.identity.authenticator.device(&at(MCP, &next)).await.is_ok());
    assert!(house.identity.authenticator.device(&at(API, &next)).await.is_err());

    let paired = house.pair(&person, Rule::Confirm).await;
    let either = oauth.refresh(&refresh_token(&paired), None, Some(MCP), API).await.unwrap();
    assert!(house.identity.authenticator.device(&at(MCP, &either)).await.is_ok());
    let plain = oauth.refresh(&refresh_token(&either), None, None, API).await.unwrap();
    assert!(authenticate(&house.identity, secret(&plain.access)).await.is_ok());
}

fn refresh_token(tokens: &TokenPair) -> SecretString {
    tokens.refresh.expose().into()
}
