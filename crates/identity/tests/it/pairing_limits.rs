use crate::house::{HOME, House, Person, ip, starter};
use keyferry_core::Rule;
use keyferry_identity::{Approval, Claim, ReviewError, StartError, Waiting};
use keyferry_testkit::database::Engine;
use rstest::rstest;
use std::sync::Arc;
use std::time::Duration;

async fn type_code(house: &House, person: &Person, code: &str, from: &str) -> Result<Waiting, ReviewError> {
    house.identity.pairings.look(&person.principal, Claim::Code(code), ip(from)).await
}

async fn right_code(house: &House) -> String {
    house.identity.pairings.authorize_device(&starter("203.0.113.200")).await.unwrap().user_code.to_string()
}

#[tokio::test]
async fn a_network_has_twenty_pairings_open_at_a_time() {
    let house = House::new().await;
    for host in 0..20 {
        let from = format!("2001:db8:1:1::{host}");
        house.identity.pairings.authorize_device(&starter(&from)).await.unwrap();
    }
    let more = house.identity.pairings.authorize_device(&starter("2001:db8:1:1:ffff::1")).await;
    assert!(matches!(more, Err(StartError::TooMany)));
    house.identity.pairings.authorize_device(&starter("2001:db8:1:2::1")).await.unwrap();
    house.wait(600);
    house.identity.pairings.authorize_device(&starter("2001:db8:1:1:ffff::1")).await.unwrap();
}

#[tokio::test]
async fn finished_pairings_make_room() {
    let house = House::new().await;
    let person = house.person("jane").await;
    for _ in 0..21 {
        house.pair(&person, Rule::ReadOnly).await;
    }
    assert_eq!(house.identity.devices.list(&person.principal).await.unwrap().len(), 21);
}

#[tokio::test]
async fn the_gateway_has_a_thousand_pairings_open_at_a_time() {
    let house = House::new().await;
    for number in 0..1_000 {
        let from = format!("10.0.{}.{}", number / 250, number % 250);
        house.identity.pairings.authorize_device(&starter(&from)).await.unwrap();
    }
    let more = house.identity.pairings.authorize_device(&starter(HOME)).await;
    assert!(matches!(more, Err(StartError::TooMany)));
}

#[rstest]
#[tokio::test]
async fn starts_at_the_same_time_do_not_pass_the_limit(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = Arc::new(House::on(engine).await);
    let mut starts = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let house = Arc::clone(&house);
        starts.spawn(async move { house.identity.pairings.authorize_device(&starter(HOME)).await.is_ok() });
    }
    assert_eq!(starts.join_all().await.into_iter().filter(|began| *began).count(), 20);
}

#[tokio::test]
async fn an_account_types_five_wrong_codes_in_ten_minutes_from_wherever() {
    let house = House::new().await;
    let (person, other) = (house.person("jane").await, house.person("sam").await);
    let right = right_code(&house).await;
    for guess in 0..5 {
        let from = format!("203.0.113.{guess}");
        assert!(matches!(type_code(&house, &person, "BCDF-GHJK", &from).await, Err(ReviewError::Unknown)));
    }
    let sixth = type_code(&house, &person, &right, HOME).await;
    let Err(ReviewError::TooMany(wait)) = sixth else { panic!("{sixth:?}") };
    assert_eq!(wait, Duration::from_secs(600));
    type_code(&house, &other, &right, HOME).await.unwrap();
    house.wait(601);
    let right = right_code(&house).await;
    type_code(&house, &person, &right, HOME).await.unwrap();
}

#[tokio::test]
async fn a_network_types_twenty_wrong_codes_in_ten_minutes_on_whatever_accounts() {
    let house = House::new().await;
    let right = right_code(&house).await;
    for account in 0..4 {
        let person = house.person(&format!("person{account}")).await;
        for host in 0..5 {
            let from = format!("2001:db8:1:1::{host}");
            assert!(matches!(type_code(&house, &person, "no code", &from).await, Err(ReviewError::Unknown)));
        }
    }
    let fifth = house.person("jane").await;
    let there = type_code(&house, &fifth, &right, "2001:db8:1:1:ffff::1").await;
    assert!(matches!(there, Err(ReviewError::TooMany(_))));
    type_code(&house, &fifth, &right, "2001:db8:1:2::1").await.unwrap();
}

#[tokio::test]
async fn wrong_codes_count_for_decisions_as_for_looks() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let right = right_code(&house).await;
    let approval = Approval { rule: Rule::Confirm, from_elsewhere: true };
    let pairings = &house.identity.pairings;
    for _ in 0..3 {
        let wrong = Claim::Code("BCDF-GHJK");
        assert!(pairings.approve(&person.principal, wrong, ip(HOME), &approval).await.is_err());
        assert!(pairings.deny(&person.principal, wrong, ip(HOME)).await.is_err());
    }
    let refused = pairings.approve(&person.principal, Claim::Code(&right), ip(HOME), &approval).await;
    assert!(matches!(refused, Err(ReviewError::TooMany(_))));
}

#[tokio::test]
async fn right_codes_are_not_counted() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let right = right_code(&house).await;
    for _ in 0..10 {
        type_code(&house, &person, &right, HOME).await.unwrap();
    }
}

#[tokio::test]
async fn another_replica_counts_on_and_a_restart_forgets_nothing() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let other = house.replica().await;
    for guess in 0..5 {
        let pairings = if guess % 2 == 0 { &house.identity.pairings } else { &other.pairings };
        assert!(pairings.look(&person.principal, Claim::Code("BCDF-GHJK"), ip(HOME)).await.is_err());
    }
    let right = right_code(&house).await;
    let restarted = house.replica().await;
    let sixth = restarted.pairings.look(&person.principal, Claim::Code(&right), ip(HOME)).await;
    assert!(matches!(sixth, Err(ReviewError::TooMany(_))));
}

#[rstest]
#[tokio::test]
async fn guesses_at_the_same_time_are_counted_before_they_are_checked(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = Arc::new(House::on(engine).await);
    let person = Arc::new(house.person("jane").await);
    let mut guesses = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (house, person) = (Arc::clone(&house), Arc::clone(&person));
        guesses.spawn(async move { type_code(&house, &person, "BCDF-GHJK", HOME).await });
    }
    let verdicts = guesses.join_all().await;
    let checked = verdicts.iter().filter(|verdict| matches!(verdict, Err(ReviewError::Unknown))).count();
    assert!(checked <= 5, "{checked} of 50 guesses were checked");
}
