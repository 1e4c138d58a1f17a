use crate::world::{MINUTE, START, World, hundred};
use keyferry_core::{PairingId, Rule};
use keyferry_store::pairings::{PairingApproval, PairingCaps};
use keyferry_store::{Admission, Pairing, PairingFlow, PairingStatus, pairings};
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;

const CAPS: PairingCaps = PairingCaps { network: 20, gateway: 1000 };

fn pairing(n: usize) -> Pairing {
    let hash = |kind: u8| [&[kind][..], &n.to_be_bytes()].concat();
    Pairing {
        id: PairingId::new(),
        flow: PairingFlow::ClawLink,
        poll_hash: hash(1),
        link_token_hash: Some(hash(2)),
        user_code_hash: Some(hash(3)),
        label: "laptop".to_owned(),
        client: "openclaw".to_owned(),
        address: "2001:db8::1".to_owned(),
        network: "2001:db8::/64".to_owned(),
        status: PairingStatus::Pending,
        team: None,
        user: None,
        device: None,
        rule: None,
        interval_s: 5,
        last_poll_at: None,
        created_at: START,
        expires_at: START + 10 * MINUTE,
    }
}

#[rstest]
#[tokio::test]
async fn a_pairing_is_found_by_each_of_its_secrets(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, pairing) = (&world.db, pairing(1));
    assert_eq!(pairings::insert(db, &pairing, CAPS, START).await.unwrap(), Admission::Admitted);
    let expected = Some(pairing.clone());
    let code = pairing.user_code_hash.as_deref().unwrap();
    assert_eq!(pairings::by_poll_hash(db, &pairing.poll_hash).await.unwrap(), expected);
    assert_eq!(pairings::by_poll_hash(db, &pairing.poll_hash).await.unwrap(), expected);
    assert_eq!(
        pairings::by_link_token_hash(db, pairing.link_token_hash.as_deref().unwrap()).await.unwrap(),
        expected
    );
    assert_eq!(pairings::by_user_code_hash(db, code, START).await.unwrap(), expected);
    assert_eq!(pairings::by_user_code_hash(db, code, pairing.expires_at).await.unwrap(), None);
    assert_eq!(pairings::by_poll_hash(db, code).await.unwrap(), None);
}

#[rstest]
#[tokio::test]
async fn a_pairing_goes_through_its_states_once(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (db, pairing) = (&world.db, pairing(1));
    pairings::insert(db, &pairing, CAPS, START).await.unwrap();
    let id = &pairing.id;
    let approval = PairingApproval { team: &world.team, user: &world.user, rule: Rule::ReadOnly };
    let mut tx = db.begin().await.unwrap();
    assert!(!pairings::issue(&mut tx, id, &world.device, START).await.unwrap(), "nobody approved it");
    assert!(!pairings::approve(&mut tx, id, &approval, pairing.expires_at).await.unwrap(), "too late");
    assert!(pairings::approve(&mut tx, id, &approval, START).await.unwrap());
    assert!(!pairings::approve(&mut tx, id, &approval, START).await.unwrap());
    let denied = pairings::advance(&mut tx, id, PairingStatus::Pending, PairingStatus::Denied, START).await;
    assert!(!denied.unwrap());
    assert!(pairings::issue(&mut tx, id, &world.device, START).await.unwrap());
    assert!(!pairings::issue(&mut tx, id, &world.device, START).await.unwrap());
    let paired = pairings::advance(&mut tx, id, PairingStatus::Issued, PairingStatus::Paired, START).await;
    assert!(paired.unwrap());
    tx.commit().await.unwrap();
    pairings::note_poll(db, id, START + MINUTE, 10).await.unwrap();
    let found = pairings::by_poll_hash(db, &pairing.poll_hash).await.unwrap().unwrap();
    assert_eq!(
        (found.status, found.device, found.rule),
        (PairingStatus::Paired, Some(world.device), Some(Rule::ReadOnly))
    );
    assert_eq!((found.interval_s, found.last_poll_at), (10, Some(START + MINUTE)));
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_starts_at_once_stay_under_the_cap(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let admitted = hundred(|n| {
        let db = world.db.clone();
        async move { pairings::insert(&db, &pairing(n), CAPS, START).await.unwrap() }
    })
    .await;
    assert_eq!(admitted.iter().filter(|a| **a == Admission::Admitted).count(), 20);
    let elsewhere = Pairing { network: "192.0.2.1".to_owned(), ..pairing(200) };
    let full = PairingCaps { network: 20, gateway: 20 };
    assert_eq!(pairings::insert(&world.db, &elsewhere, full, START).await.unwrap(), Admission::Full);
    assert_eq!(pairings::insert(&world.db, &elsewhere, CAPS, START).await.unwrap(), Admission::Admitted);
    let later = START + 10 * MINUTE;
    let late = Pairing { expires_at: later + MINUTE, ..pairing(201) };
    assert_eq!(
        pairings::insert(&world.db, &late, full, later).await.unwrap(),
        Admission::Admitted,
        "all are over"
    );
}
