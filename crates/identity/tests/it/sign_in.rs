use crate::house::{ELSEWHERE, HOME, House, PASSWORD, browser};
use keyferry_identity::{Account, FreshenError, NewAccount, SignInError};
use keyferry_testkit::database::Engine;
use rstest::rstest;
use std::time::Duration;

async fn jane(house: &House) -> Account {
    let new = NewAccount { email: "jane@example.com", name: "Jane", password: &PASSWORD.into() };
    house.identity.accounts.create(&new).await.unwrap()
}

async fn attempt(house: &House, email: &str, password: &str, from: &str) -> Result<(), SignInError> {
    house.identity.sign_in.with_password(email, &password.into(), &browser(from)).await.map(|_| ())
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_look_the_same() {
    let house = House::new().await;
    jane(&house).await;
    attempt(&house, " Jane@Example.com ", PASSWORD, HOME).await.unwrap();
    for (email, password) in [("jane@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("", PASSWORD)]
    {
        assert!(matches!(attempt(&house, email, password, HOME).await, Err(SignInError::Wrong)), "{email}");
    }
}

#[tokio::test]
async fn an_account_takes_ten_wrong_passwords_in_ten_minutes_from_one_network() {
    let house = House::new().await;
    jane(&house).await;
    for _ in 0..10 {
        assert!(matches!(attempt(&house, "jane@example.com", "wrong", HOME).await, Err(SignInError::Wrong)));
        house.wait(10);
    }
    let locked = attempt(&house, "jane@example.com", PASSWORD, HOME).await;
    let Err(SignInError::TooMany(wait)) = locked else {
        panic!("the right password came too late: {locked:?}")
    };
    assert_eq!(wait, Duration::from_secs(500), "the first of the wrong ones is 100 s old");
    house.wait(501);
    attempt(&house, "jane@example.com", PASSWORD, HOME).await.unwrap();
}

#[tokio::test]
async fn a_stranger_elsewhere_does_not_keep_the_owner_out() {
    let house = House::new().await;
    jane(&house).await;
    let session = house.signed_in("jane@example.com").await;
    for _ in 0..10 {
        let wrong = attempt(&house, "jane@example.com", "wrong", ELSEWHERE).await;
        assert!(matches!(wrong, Err(SignInError::Wrong)));
    }
    let locked = attempt(&house, "jane@example.com", PASSWORD, ELSEWHERE).await;
    assert!(matches!(locked, Err(SignInError::TooMany(_))));
    attempt(&house, "jane@example.com", PASSWORD, HOME).await.unwrap();
    house.identity.sign_in.again(&house.session_of(&session).await, &PASSWORD.into()).await.unwrap();
}

#[tokio::test]
async fn an_account_takes_a_hundred_wrong_passwords_from_wherever_and_its_sessions_go_on() {
    let house = House::new().await;
    jane(&house).await;
    let session = house.signed_in("jane@example.com").await;
    for guess in 0..100 {
        let wrong = attempt(&house, "jane@example.com", "wrong", &format!("203.0.113.{guess}")).await;
        assert!(matches!(wrong, Err(SignInError::Wrong)), "{guess}: {wrong:?}");
    }
    let locked = attempt(&house, "jane@example.com", PASSWORD, HOME).await;
    assert!(matches!(locked, Err(SignInError::TooMany(_))));
    house.identity.sign_in.again(&house.session_of(&session).await, &PASSWORD.into()).await.unwrap();
}

#[tokio::test]
async fn a_session_takes_ten_wrong_passwords_whatever_others_took() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (one, other) = (house.session_of(&person).await, house.signed_in(&person.email).await);
    let other = house.session_of(&other).await;
    for _ in 0..10 {
        let wrong = house.identity.sign_in.again(&one, &"wrong".into()).await;
        assert!(matches!(wrong, Err(FreshenError::WrongPassword)));
    }
    let locked = house.identity.sign_in.again(&one, &PASSWORD.into()).await;
    assert!(matches!(locked, Err(FreshenError::TooMany(_))));
    house.identity.sign_in.again(&other, &PASSWORD.into()).await.unwrap();
}

#[tokio::test]
async fn a_network_takes_thirty_wrong_passwords_for_whomever() {
    let house = House::new().await;
    jane(&house).await;
    for guess in 0..30 {
        let (email, from) = (format!("guess{guess}@example.com"), format!("2001:db8:1:1::{guess}"));
        assert!(matches!(attempt(&house, &email, "wrong", &from).await, Err(SignInError::Wrong)));
    }
    let from_there = attempt(&house, "jane@example.com", PASSWORD, "2001:db8:1:1:ffff::1").await;
    assert!(matches!(from_there, Err(SignInError::TooMany(_))));
    attempt(&house, "jane@example.com", PASSWORD, "2001:db8:1:2::1").await.unwrap();
}

#[tokio::test]
async fn right_passwords_are_not_counted_and_refused_ones_do_not_lock_for_longer() {
    let house = House::new().await;
    jane(&house).await;
    for _ in 0..12 {
        attempt(&house, "jane@example.com", PASSWORD, ELSEWHERE).await.unwrap();
    }
    for _ in 0..10 {
        assert!(attempt(&house, "jane@example.com", "wrong", ELSEWHERE).await.is_err());
    }
    house.wait(590);
    assert!(matches!(
        attempt(&house, "jane@example.com", "wrong", ELSEWHERE).await,
        Err(SignInError::TooMany(_))
    ));
    house.wait(11);
    attempt(&house, "jane@example.com", PASSWORD, ELSEWHERE).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn guesses_at_the_same_time_are_counted_before_they_are_checked(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = House::on(engine).await;
    jane(&house).await;
    let house = std::sync::Arc::new(house);
    let mut guesses = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let house = std::sync::Arc::clone(&house);
        guesses.spawn(async move { attempt(&house, "jane@example.com", "wrong", HOME).await });
    }
    let verdicts = guesses.join_all().await;
    let checked = verdicts.iter().filter(|verdict| matches!(verdict, Err(SignInError::Wrong))).count();
    assert!(checked <= 10, "{checked} of 20 guesses were checked");
}

#[tokio::test]
async fn a_sign_in_link_works_once_and_not_for_long() {
    let house = House::new().await;
    let account = jane(&house).await;
    let sign_in = &house.identity.sign_in;
    let link = sign_in.link(&account.user, Duration::from_secs(60)).await.unwrap();
    let session = sign_in.with_link(&link, &browser(HOME)).await.unwrap();
    assert_eq!((&session.user, &session.team), (&account.user, &account.team));
    assert!(matches!(sign_in.with_link(&link, &browser(HOME)).await, Err(SignInError::Link)));

    let late = sign_in.link(&account.user, Duration::from_secs(60)).await.unwrap();
    house.wait(60);
    assert!(matches!(sign_in.with_link(&late, &browser(HOME)).await, Err(SignInError::Link)));
}

#[tokio::test]
async fn a_disabled_person_gets_in_by_no_way_until_enabled() {
    let house = House::new().await;
    let account = jane(&house).await;
    let link = house.identity.sign_in.link(&account.user, Duration::from_secs(60)).await.unwrap();
    let session = house.signed_in("jane@example.com").await;
    house.identity.accounts.disable(&account.user).await.unwrap();
    assert!(house.identity.sessions.find(&session.cookie).await.is_err());
    assert!(matches!(attempt(&house, "jane@example.com", PASSWORD, HOME).await, Err(SignInError::Wrong)));
    assert!(matches!(house.identity.sign_in.with_link(&link, &browser(HOME)).await, Err(SignInError::Link)));
    house.identity.accounts.enable(&account.user).await.unwrap();
    attempt(&house, "jane@example.com", PASSWORD, HOME).await.unwrap();
    assert!(house.identity.sessions.find(&session.cookie).await.is_err(), "the old session stays ended");
}

#[tokio::test]
async fn the_password_again_makes_the_session_fresh() {
    let house = House::new().await;
    let person = house.person("jane").await;
    assert!(house.session_of(&person).await.is_fresh(house.now()));
    house.wait(600);
    let stale = house.session_of(&person).await;
    assert!(!stale.is_fresh(house.now()));
    let wrong = house.identity.sign_in.again(&stale, &"wrong".into()).await;
    assert!(matches!(wrong, Err(FreshenError::WrongPassword)));
    assert!(!house.session_of(&person).await.is_fresh(house.now()));
    house.identity.sign_in.again(&stale, &PASSWORD.into()).await.unwrap();
    assert!(house.session_of(&person).await.is_fresh(house.now()));
}
