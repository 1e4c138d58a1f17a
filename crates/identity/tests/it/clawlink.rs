use crate::house::{ELSEWHERE, HOME, House, Person, ip, secret};
use keyferry_core::{Actor, Role, Rule};
use keyferry_identity::{
    Approval, AuthError, Claim, ClawLinkError, ClawLinkStart, ClawLinkState, Exchanged, ReviewError,
    StartError, Starter, WindowError,
};
use keyferry_testkit::database::Engine;
use rstest::rstest;
use std::time::Duration;

const TRUSTED: Approval = Approval { rule: Rule::Trusted, from_elsewhere: true };

async fn try_start(house: &House) -> Result<ClawLinkStart, StartError> {
    let starter = Starter { label: None, client: "openclaw", address: ip(ELSEWHERE) };
    house.identity.pairings.start_clawlink(&starter).await
}

/// Starts within the person's window.
async fn start(house: &House, person: &Person) -> ClawLinkStart {
    house.identity.pairings.open_window(&person.principal).await.unwrap();
    try_start(house).await.unwrap()
}

async fn approve(house: &House, person: &Person, started: &ClawLinkStart) -> Result<(), ReviewError> {
    let claim = Claim::Link(secret(&started.session_token));
    house.identity.pairings.approve(&person.principal, claim, ip(HOME), &TRUSTED).await.map(|_| ())
}

async fn exchange(house: &House, started: &ClawLinkStart) -> Result<Exchanged, ClawLinkError> {
    let (token, verifier) = (secret(&started.session_token), secret(&started.verifier));
    house.identity.pairings.exchange_clawlink(token, verifier).await
}

async fn finalize(house: &House, started: &ClawLinkStart) -> Result<ClawLinkState, ClawLinkError> {
    let (token, verifier) = (secret(&started.session_token), secret(&started.verifier));
    house.identity.pairings.finalize_clawlink(token, verifier).await.map(|session| session.state)
}

async fn state(house: &House, started: &ClawLinkStart) -> ClawLinkState {
    house.identity.pairings.clawlink_session(secret(&started.session_token)).await.unwrap().state
}

#[rstest]
#[tokio::test]
async fn from_the_link_to_a_device_that_starts_read_only(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = House::on(engine).await;
    let person = house.person("jane").await;
    let started = start(&house, &person).await;
    assert_eq!(started.interval, Duration::from_secs(3));
    assert_eq!(started.session.label, "openclaw device");
    assert_eq!(started.session.display_code.len(), 8);
    assert_eq!(started.session.approved_user_hint, None);
    assert_eq!(state(&house, &started).await, ClawLinkState::AwaitingBrowser);
    assert!(matches!(exchange(&house, &started).await, Err(ClawLinkError::NotApproved)));

    approve(&house, &person, &started).await.unwrap();
    assert_eq!(state(&house, &started).await, ClawLinkState::ReadyForDevice);
    assert!(matches!(finalize(&house, &started).await, Err(ClawLinkError::NotIssued)));

    let exchanged = exchange(&house, &started).await.unwrap();
    assert_eq!(exchanged.session.state, ClawLinkState::AwaitingLocalSave);
    assert_eq!(exchanged.session.display_code, started.session.display_code);
    assert_eq!(exchanged.session.approved_user_hint.as_deref(), Some("j•••@example.com"));
    let principal = house.authenticate(exchanged.token.expose()).await.unwrap();
    let Actor::Device { id, rule, .. } = principal.actor else { panic!("a device token is a device") };
    assert_eq!((id, rule), (exchanged.device, Rule::ReadOnly), "whatever rule was chosen");

    assert_eq!(finalize(&house, &started).await.unwrap(), ClawLinkState::Paired);
    assert_eq!(finalize(&house, &started).await.unwrap(), ClawLinkState::Paired);
    assert!(
        matches!(exchange(&house, &started).await, Err(ClawLinkError::Complete)),
        "the key is given once"
    );
    house.wait_following(24 * 60 * 60).await;
    house.authenticate(exchanged.token.expose()).await.unwrap();
}

#[tokio::test]
async fn it_is_off_until_somebody_opens_a_window_and_after_it_closed() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let pairings = &house.identity.pairings;
    assert!(matches!(try_start(&house).await, Err(StartError::Closed)));
    let closes_at = pairings.open_window(&person.principal).await.unwrap();
    assert_eq!(closes_at, house.now() + Duration::from_secs(600));
    assert_eq!(pairings.window(&person.principal).await.unwrap(), Some(closes_at));
    house.wait(599);
    try_start(&house).await.unwrap();
    house.wait(1);
    assert!(matches!(try_start(&house).await, Err(StartError::Closed)));

    pairings.open_window(&person.principal).await.unwrap();
    assert!(pairings.close_window(&person.principal).await.unwrap());
    assert!(matches!(try_start(&house).await, Err(StartError::Closed)));
}

#[tokio::test]
async fn somebody_elses_window_lets_nobody_approve() {
    let house = House::new().await;
    let (opener, victim) = (house.person("sam").await, house.person("jane").await);
    let started = start(&house, &opener).await;
    assert!(matches!(approve(&house, &victim, &started).await, Err(ReviewError::WindowClosed)));
    let link = Claim::Link(secret(&started.session_token));
    let looked = house.identity.pairings.look(&victim.principal, link, ip(HOME)).await;
    assert!(matches!(looked, Err(ReviewError::WindowClosed)));
    house.wait(601);
    assert!(matches!(approve(&house, &opener, &started).await, Err(ReviewError::WindowClosed)));
}

#[tokio::test]
async fn a_viewer_opens_no_window() {
    let house = House::new().await;
    let (host, guest) = (house.person("jane").await, house.person("sam").await);
    let viewer = house.join(&host, &guest, Role::Viewer).await;
    assert!(matches!(house.identity.pairings.open_window(&viewer).await, Err(WindowError::Viewer)));
}

#[tokio::test]
async fn who_has_the_link_has_no_token() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let started = start(&house, &person).await;
    let token = secret(&started.session_token);
    assert_ne!(token, secret(&started.verifier));
    approve(&house, &person, &started).await.unwrap();
    let pairings = &house.identity.pairings;
    for guess in [token, "", "0"] {
        assert!(matches!(pairings.exchange_clawlink(token, guess).await, Err(ClawLinkError::Verifier)));
        assert!(matches!(pairings.finalize_clawlink(token, guess).await, Err(ClawLinkError::Verifier)));
    }
    let swapped = pairings.exchange_clawlink(secret(&started.verifier), token).await;
    assert!(matches!(swapped, Err(ClawLinkError::NotFound)));
}

#[tokio::test]
async fn asking_again_before_it_is_saved_makes_a_new_token_and_ends_the_one_before() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let started = start(&house, &person).await;
    approve(&house, &person, &started).await.unwrap();
    let first = exchange(&house, &started).await.unwrap();
    house.authenticate(first.token.expose()).await.unwrap();
    let second = exchange(&house, &started).await.unwrap();
    assert_eq!(first.device, second.device);
    assert!(matches!(house.authenticate(first.token.expose()).await, Err(AuthError::Unknown)));
    house.authenticate(second.token.expose()).await.unwrap();
    assert_eq!(house.identity.devices.list(&person.principal).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_token_that_is_never_confirmed_ends_with_the_pairing() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let started = start(&house, &person).await;
    approve(&house, &person, &started).await.unwrap();
    let exchanged = exchange(&house, &started).await.unwrap();
    house.authenticate(exchanged.token.expose()).await.unwrap();
    house.wait_following(15 * 60).await;
    assert!(matches!(house.authenticate(exchanged.token.expose()).await, Err(AuthError::Expired)));
    assert_eq!(state(&house, &started).await, ClawLinkState::Expired);
    assert!(matches!(finalize(&house, &started).await, Err(ClawLinkError::Expired)));
    assert!(matches!(exchange(&house, &started).await, Err(ClawLinkError::Expired)));
}

#[tokio::test]
async fn a_refused_device_is_told_so() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let started = start(&house, &person).await;
    let link = Claim::Link(secret(&started.session_token));
    house.identity.pairings.deny(&person.principal, link, ip(HOME)).await.unwrap();
    assert_eq!(state(&house, &started).await, ClawLinkState::Failed);
    assert!(matches!(exchange(&house, &started).await, Err(ClawLinkError::Denied)));
}

#[tokio::test]
async fn a_link_is_not_a_code_nor_the_other_way_round() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let started = start(&house, &person).await;
    let pairings = &house.identity.pairings;
    let as_code = Claim::Code(&started.session.display_code);
    assert!(matches!(pairings.look(&person.principal, as_code, ip(HOME)).await, Err(ReviewError::Unknown)));
    let verifier_as_device_code = pairings.poll(&started.verifier, "openclaw", crate::house::RESOURCE).await;
    assert!(verifier_as_device_code.is_err());
    approve(&house, &person, &started).await.unwrap();
    let approved = pairings.poll(&started.verifier, "openclaw", crate::house::RESOURCE).await;
    assert!(matches!(approved, Err(keyferry_identity::PollError::InvalidGrant)));
}
