use crate::house::{ELSEWHERE, HOME, House, Person, RESOURCE, ip, secret, starter};
use keyferry_core::{Actor, Rule};
use keyferry_identity::{
    Approval, AuthError, Claim, ClawLinkError, HermesError, HermesSession, HermesStart, HermesStartError,
    HermesState, ReviewError, StartError,
};
use keyferry_testkit::database::Engine;
use rstest::rstest;

const TRUSTED: Approval = Approval { rule: Rule::Trusted, from_elsewhere: true };

async fn try_start(house: &House, from: &str) -> Result<HermesStart, HermesStartError> {
    house.identity.pairings.start_hermes(&starter(from)).await
}

/// Starts within the person's window.
async fn start(house: &House, person: &Person) -> HermesStart {
    house.identity.pairings.open_window(&person.principal).await.unwrap();
    try_start(house, ELSEWHERE).await.unwrap()
}

async fn approve(house: &House, person: &Person, started: &HermesStart) -> Result<(), ReviewError> {
    let claim = Claim::Link(secret(&started.link_token));
    house.identity.pairings.approve(&person.principal, claim, ip(HOME), &TRUSTED).await.map(|_| ())
}

async fn poll(house: &House, started: &HermesStart) -> HermesSession {
    house.identity.pairings.poll_hermes(secret(&started.session_id), ip(ELSEWHERE)).await.unwrap()
}

async fn consume(house: &House, started: &HermesStart) -> Result<HermesState, HermesError> {
    let session = secret(&started.session_id);
    house.identity.pairings.consume_hermes(session, ip(ELSEWHERE)).await.map(|session| session.state)
}

#[rstest]
#[tokio::test]
async fn from_the_link_to_a_device_that_starts_read_only(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = House::on(engine).await;
    let person = house.person("jane").await;
    let started = start(&house, &person).await;
    assert!(secret(&started.session_id).starts_with("hbs_"));
    assert_eq!(started.state, HermesState::PendingApproval);
    let waiting = poll(&house, &started).await;
    assert_eq!((waiting.state, waiting.token.is_some()), (HermesState::PendingApproval, false));
    assert!(matches!(consume(&house, &started).await, Err(HermesError::NotIssued)));

    approve(&house, &person, &started).await.unwrap();
    assert!(matches!(consume(&house, &started).await, Err(HermesError::NotIssued)));
    let lost = poll(&house, &started).await;
    assert_eq!(lost.state, HermesState::Approved);
    let lost = lost.token.unwrap();
    let kept = poll(&house, &started).await.token.unwrap();
    assert!(matches!(house.authenticate(lost.expose()).await, Err(AuthError::Unknown)), "one key, told once");
    let principal = house.authenticate(kept.expose()).await.unwrap();
    let Actor::Device { rule, .. } = principal.actor else { panic!("a device token is a device") };
    assert_eq!(rule, Rule::ReadOnly, "whatever rule was chosen");
    let used = poll(&house, &started).await;
    assert_eq!((used.state, used.token.is_some()), (HermesState::Consumed, false), "the key has arrived");
    assert!(used.given_again, "and it was not the first");
    house.authenticate(kept.expose()).await.unwrap();

    assert_eq!(consume(&house, &started).await.unwrap(), HermesState::Consumed);
    assert_eq!(consume(&house, &started).await.unwrap(), HermesState::Consumed);
    let over = poll(&house, &started).await;
    assert_eq!((over.state, over.token.is_some()), (HermesState::Consumed, false));
    house.wait_following(24 * 60 * 60).await;
    house.authenticate(kept.expose()).await.unwrap();
    assert_eq!(house.identity.devices.list(&person.principal).await.unwrap().len(), 1);
}

#[rstest]
#[tokio::test]
async fn of_many_polls_each_has_a_key_and_one_of_them_is_good(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = House::on(engine).await;
    let person = house.person("jane").await;
    let started = start(&house, &person).await;
    approve(&house, &person, &started).await.unwrap();
    let poll = || poll(&house, &started);
    let (a, b, c, d) = tokio::join!(poll(), poll(), poll(), poll());
    let mut good = 0;
    for polled in [a, b, c, d] {
        assert_eq!(polled.state, HermesState::Approved);
        let token = polled.token.expect("approved comes with a key");
        good += usize::from(house.authenticate(token.expose()).await.is_ok());
    }
    assert_eq!(good, 1);
    assert_eq!(house.identity.devices.list(&person.principal).await.unwrap().len(), 1);
}

#[rstest]
#[tokio::test]
async fn a_key_is_not_replaced_once_consume_has_answered(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = House::on(engine).await;
    let person = house.person("jane").await;
    let started = start(&house, &person).await;
    approve(&house, &person, &started).await.unwrap();
    let first = poll(&house, &started).await.token.unwrap();
    let poll = || poll(&house, &started);
    let (consumed, a, b, c) = tokio::join!(consume(&house, &started), poll(), poll(), poll());
    assert_eq!(consumed.unwrap(), HermesState::Consumed);
    let given = [a, b, c].into_iter().filter_map(|polled| {
        assert_eq!(polled.token.is_some(), polled.state == HermesState::Approved);
        polled.token
    });
    let mut good = 0;
    for token in given.chain([first]) {
        good += usize::from(house.authenticate(token.expose()).await.is_ok());
    }
    assert_eq!(good, 1, "the last that was given");
    assert_eq!(poll().await.state, HermesState::Consumed);
}

#[tokio::test]
async fn it_needs_the_same_window_as_the_other_flow_without_a_code() {
    let house = House::new().await;
    let (opener, victim) = (house.person("sam").await, house.person("jane").await);
    assert!(matches!(try_start(&house, ELSEWHERE).await, Err(HermesStartError::Start(StartError::Closed))));
    let started = start(&house, &opener).await;
    assert!(matches!(approve(&house, &victim, &started).await, Err(ReviewError::WindowClosed)));
    house.wait(601);
    assert!(matches!(approve(&house, &opener, &started).await, Err(ReviewError::WindowClosed)));
}

#[tokio::test]
async fn who_has_the_link_or_asks_from_elsewhere_has_no_token() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let started = start(&house, &person).await;
    approve(&house, &person, &started).await.unwrap();
    let (session, link) = (secret(&started.session_id), secret(&started.link_token));
    let pairings = &house.identity.pairings;
    for guess in [link, &format!("hbs_{link}"), session.trim_start_matches("hbs_"), "", "hbs_"] {
        let asked = pairings.poll_hermes(guess, ip(ELSEWHERE)).await;
        assert!(matches!(asked, Err(HermesError::NotFound)), "{guess}");
        let asked = pairings.consume_hermes(guess, ip(ELSEWHERE)).await;
        assert!(matches!(asked, Err(HermesError::NotFound)), "{guess}");
    }
    for (session, from) in [(session, HOME), (session, "2001:db8::1")] {
        assert!(matches!(pairings.poll_hermes(session, ip(from)).await, Err(HermesError::Elsewhere)));
        assert!(matches!(pairings.consume_hermes(session, ip(from)).await, Err(HermesError::Elsewhere)));
    }
    assert!(house.identity.devices.list(&person.principal).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_doors_of_the_other_flows_do_not_open_it() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let started = start(&house, &person).await;
    approve(&house, &person, &started).await.unwrap();
    let (session, link) = (secret(&started.session_id), secret(&started.link_token));
    let pairings = &house.identity.pairings;
    assert!(matches!(pairings.clawlink_session(link).await, Err(ClawLinkError::NotFound)));
    assert!(matches!(pairings.exchange_clawlink(link, session).await, Err(ClawLinkError::NotFound)));
    let as_device_code = pairings.poll(&started.session_id, crate::house::CLIENT, RESOURCE).await;
    assert!(matches!(as_device_code, Err(keyferry_identity::PollError::InvalidGrant)));
}

#[tokio::test]
async fn a_token_that_is_never_confirmed_ends_with_the_pairing() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let started = start(&house, &person).await;
    approve(&house, &person, &started).await.unwrap();
    let token = poll(&house, &started).await.token.unwrap();
    house.wait_following(15 * 60).await;
    assert!(matches!(house.authenticate(token.expose()).await, Err(AuthError::Expired)));
    let over = poll(&house, &started).await;
    assert_eq!((over.state, over.token.is_some()), (HermesState::Expired, false));
    assert_eq!(consume(&house, &started).await.unwrap(), HermesState::Expired);
}

#[tokio::test]
async fn a_refused_device_and_one_that_was_revoked_are_told_so() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let refused = start(&house, &person).await;
    let link = Claim::Link(secret(&refused.link_token));
    house.identity.pairings.deny(&person.principal, link, ip(HOME)).await.unwrap();
    assert_eq!(poll(&house, &refused).await.state, HermesState::Rejected);

    let started = start(&house, &person).await;
    approve(&house, &person, &started).await.unwrap();
    poll(&house, &started).await.token.unwrap();
    let device = house.identity.devices.list(&person.principal).await.unwrap().remove(0);
    house.identity.devices.revoke(&person.principal, &device.id).await.unwrap();
    let asked = poll(&house, &started).await;
    assert_eq!((asked.state, asked.token.is_some()), (HermesState::Rejected, false));
}

#[tokio::test]
async fn a_network_starts_twenty_an_hour() {
    let house = House::new().await;
    let person = house.person("jane").await;
    for start in 0..20 {
        house.identity.pairings.open_window(&person.principal).await.unwrap();
        try_start(&house, &format!("2001:db8:1:1::{start}")).await.unwrap();
        // None of them is open any more when the last begins.
        house.wait(120);
    }
    house.identity.pairings.open_window(&person.principal).await.unwrap();
    let Err(HermesStartError::TooOften(wait)) = try_start(&house, "2001:db8:1:1:ffff::1").await else {
        panic!("a twenty-first start")
    };
    assert_eq!(wait.as_secs(), 20 * 60, "until the first of them is an hour old");
    try_start(&house, "2001:db8:1:2::1").await.unwrap();
    house.wait(wait.as_secs() + 1);
    house.identity.pairings.open_window(&person.principal).await.unwrap();
    try_start(&house, "2001:db8:1:1:ffff::1").await.unwrap();
}

#[rstest]
#[tokio::test]
async fn what_somebody_approved_ends_when_they_are_shut_out(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = House::on(engine).await;
    let person = house.person("jane").await;
    let started = start(&house, &person).await;
    approve(&house, &person, &started).await.unwrap();
    house.identity.accounts.disable(&person.principal.user).await.unwrap();
    house.identity.accounts.enable(&person.principal.user).await.unwrap();
    let polled = poll(&house, &started).await;
    assert_eq!((polled.state, polled.token.is_some()), (HermesState::Rejected, false));
}
