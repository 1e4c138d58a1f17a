use crate::house::{CLIENT, ELSEWHERE, HOME, House, Person, RESOURCE, ip, starter};
use keyferry_core::{Actor, Role, Rule, SecretString};
use keyferry_identity::{Approval, Claim, DeviceAuthorization, PollError, ReviewError, Starter, TokenPair};
use keyferry_testkit::database::Engine;
use rstest::rstest;
use std::time::Duration;

const CONFIRM: Approval = Approval { rule: Rule::Confirm, from_elsewhere: false };

async fn start(house: &House) -> DeviceAuthorization {
    house.identity.pairings.authorize_device(&starter(HOME)).await.unwrap()
}

async fn poll(house: &House, code: &SecretString) -> Result<TokenPair, PollError> {
    house.identity.pairings.poll(code, CLIENT, RESOURCE).await
}

async fn approve(house: &House, person: &Person, code: &str) -> Result<(), ReviewError> {
    let pairings = &house.identity.pairings;
    pairings.approve(&person.principal, Claim::Code(code), ip(HOME), &CONFIRM).await.map(|_| ())
}

#[tokio::test]
async fn a_code_is_typed_approved_and_brings_tokens_once() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let started = start(&house).await;
    assert_eq!((started.expires_in, started.interval), (Duration::from_secs(600), Duration::from_secs(5)));
    assert!(matches!(poll(&house, &started.device_code).await, Err(PollError::AuthorizationPending)));

    let code = started.user_code.to_string();
    let waiting =
        house.identity.pairings.look(&person.principal, Claim::Code(&code), ip(HOME)).await.unwrap();
    assert_eq!((waiting.label.as_str(), waiting.client.as_str()), ("Jane’s laptop", CLIENT));
    assert_eq!((waiting.address.as_str(), waiting.same_network), (HOME, true));
    approve(&house, &person, &code.to_lowercase()).await.unwrap();
    assert!(matches!(approve(&house, &person, &code).await, Err(ReviewError::Decided)));

    let tokens = poll(&house, &started.device_code).await.unwrap();
    assert_eq!(tokens.expires_in, Duration::from_secs(600));
    let principal =
        house.authenticate(keyferry_core::ExposeSecret::expose_secret(&tokens.access)).await.unwrap();
    assert_eq!((&principal.user, &principal.team), (&person.principal.user, &person.principal.team));
    assert!(matches!(principal.actor, Actor::Device { rule: Rule::Confirm, .. }));
    assert!(matches!(poll(&house, &started.device_code).await, Err(PollError::InvalidGrant)));
}

#[rstest]
#[tokio::test]
async fn of_many_polls_at_once_one_gets_the_tokens(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = std::sync::Arc::new(House::on(engine).await);
    let person = house.person("jane").await;
    let started = start(&house).await;
    approve(&house, &person, &started.user_code.to_string()).await.unwrap();
    let mut polls = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (house, code) = (std::sync::Arc::clone(&house), started.device_code.clone());
        polls.spawn(async move { poll(&house, &code).await.is_ok() });
    }
    let served = polls.join_all().await.into_iter().filter(|served| *served).count();
    assert_eq!(served, 1);
    assert_eq!(house.identity.devices.list(&person.principal).await.unwrap().len(), 1);
}

#[tokio::test]
async fn polling_too_often_is_told_and_slows_the_device_down() {
    let house = House::new().await;
    let code = start(&house).await.device_code;
    assert!(matches!(poll(&house, &code).await, Err(PollError::AuthorizationPending)));
    house.wait(4);
    let Err(PollError::SlowDown { interval }) = poll(&house, &code).await else { panic!("4 s are too soon") };
    assert_eq!(interval, Duration::from_secs(10));
    house.wait(9);
    let Err(PollError::SlowDown { interval }) = poll(&house, &code).await else {
        panic!("9 s are too soon now")
    };
    assert_eq!(interval, Duration::from_secs(15));
    house.wait(15);
    assert!(matches!(poll(&house, &code).await, Err(PollError::AuthorizationPending)));
}

#[tokio::test]
async fn a_refused_device_is_told_so() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let started = start(&house).await;
    let code = started.user_code.to_string();
    house.identity.pairings.deny(&person.principal, Claim::Code(&code), ip(HOME)).await.unwrap();
    assert!(matches!(poll(&house, &started.device_code).await, Err(PollError::AccessDenied)));
    assert!(matches!(approve(&house, &person, &code).await, Err(ReviewError::Decided)));
}

#[tokio::test]
async fn after_ten_minutes_neither_code_is_taken() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (typed_late, polled_late) = (start(&house).await, start(&house).await);
    approve(&house, &person, &polled_late.user_code.to_string()).await.unwrap();
    house.wait(600);
    let late = approve(&house, &person, &typed_late.user_code.to_string()).await;
    assert!(matches!(late, Err(ReviewError::Unknown)));
    assert!(matches!(poll(&house, &typed_late.device_code).await, Err(PollError::ExpiredToken)));
    assert!(matches!(poll(&house, &polled_late.device_code).await, Err(PollError::ExpiredToken)));
}

#[tokio::test]
async fn a_device_code_is_good_for_the_client_that_began_only() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let started = start(&house).await;
    approve(&house, &person, &started.user_code.to_string()).await.unwrap();
    let pairings = &house.identity.pairings;
    let other = pairings.poll(&started.device_code, "another-client", RESOURCE).await;
    assert!(matches!(other, Err(PollError::InvalidGrant)));
    let made_up = pairings.poll(&"0".repeat(43).into(), CLIENT, RESOURCE).await;
    assert!(matches!(made_up, Err(PollError::InvalidGrant)));
}

#[tokio::test]
async fn a_device_in_another_network_is_approved_only_by_who_knows_it() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let started = house.identity.pairings.authorize_device(&starter(ELSEWHERE)).await.unwrap();
    let code = started.user_code.to_string();
    let (pairings, claim) = (&house.identity.pairings, Claim::Code(&code));
    let seen = pairings.look(&person.principal, claim, ip(HOME)).await.unwrap();
    assert_eq!((seen.address.as_str(), seen.same_network), (ELSEWHERE, false));
    assert!(matches!(approve(&house, &person, &code).await, Err(ReviewError::Elsewhere)));
    let knowing = Approval { from_elsewhere: true, ..CONFIRM };
    pairings.approve(&person.principal, claim, ip(HOME), &knowing).await.unwrap();
}

#[tokio::test]
async fn what_a_device_calls_itself_hides_nothing_from_the_person() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let label = format!("trusted\u{202e}gnihsihp\n{}", "x".repeat(200));
    let sly = Starter { label: Some(&label), client: CLIENT, address: ip(HOME) };
    let started = house.identity.pairings.authorize_device(&sly).await.unwrap();
    let code = started.user_code.to_string();
    let seen = house.identity.pairings.look(&person.principal, Claim::Code(&code), ip(HOME)).await.unwrap();
    assert!(seen.label.starts_with("trusted⟨U+202E⟩gnihsihp⟨U+000A⟩xxx"), "{}", seen.label);
    assert_eq!(seen.label.chars().count(), 80);
    approve(&house, &person, &code).await.unwrap();
    poll(&house, &started.device_code).await.unwrap();
    assert_eq!(house.identity.devices.list(&person.principal).await.unwrap()[0].label, seen.label);
}

#[tokio::test]
async fn a_viewer_can_not_let_devices_in() {
    let house = House::new().await;
    let (host, guest) = (house.person("jane").await, house.person("sam").await);
    let viewer = house.join(&host, &guest, Role::Viewer).await;
    let code = start(&house).await.user_code.to_string();
    let refused = house.identity.pairings.approve(&viewer, Claim::Code(&code), ip(HOME), &CONFIRM).await;
    assert!(matches!(refused, Err(ReviewError::Viewer)));
}
