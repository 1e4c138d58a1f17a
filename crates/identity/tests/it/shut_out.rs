//! What a person loses who is shut out.

use crate::house::{House, RESOURCE, secret};
use keyferry_core::{ConfirmationId, ConnectionId, Consent, Impact, Principal, Region, Rule, Timestamp};
use keyferry_identity::RefreshError;
use keyferry_store::connections::{self, NewConnection};
use keyferry_store::{Confirmation, ConfirmationStatus, confirmations};
use keyferry_testkit::database::Engine;
use rstest::rstest;
use std::time::Duration;

async fn connection(house: &House, person: &Principal) -> ConnectionId {
    let new = NewConnection {
        id: ConnectionId::new(),
        team: person.team.clone(),
        integration: "segment".to_owned(),
        owner: Some(person.user.clone()),
        label: "Segment".to_owned(),
        region: Region::new("us"),
        is_default: true,
        created_by: person.user.clone(),
        created_at: house.now(),
    };
    let mut tx = house.db.begin().await.unwrap();
    let made = connections::insert(&mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    made.id
}

fn confirmation(device: &Principal, connection: &ConnectionId, now: Timestamp) -> Confirmation {
    Confirmation {
        id: ConfirmationId::new(),
        team: device.team.clone(),
        device: device.device().unwrap().clone(),
        user: device.user.clone(),
        connection: connection.clone(),
        tool: "segment_track".to_owned(),
        impact: Impact::Write,
        digest: vec![7; 32],
        state_hash: None,
        needs: Consent::Preview,
        arguments: Vec::new(),
        shown: Vec::new(),
        object: None,
        status: ConfirmationStatus::Open,
        created_at: now,
        expires_at: now + Duration::from_secs(600),
        use_until: None,
        decided_by: None,
        decided_at: None,
        reason: None,
        used_by: None,
    }
}

#[rstest]
#[tokio::test]
async fn confirmations_approvals_and_refresh_tokens_are_void_and_stay_so(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = House::on(engine).await;
    let person = house.person("jane").await;
    let tokens = house.pair(&person, Rule::Confirm).await;
    let device = house.authenticate(secret(&tokens.access)).await.unwrap();
    let connection = connection(&house, &person.principal).await;
    let previewed = confirmation(&device, &connection, house.now());
    let pending = Confirmation {
        needs: Consent::Person,
        status: ConfirmationStatus::Pending,
        ..confirmation(&device, &connection, house.now())
    };
    let approved = Confirmation {
        status: ConfirmationStatus::Approved,
        decided_by: Some(person.principal.user.clone()),
        decided_at: Some(house.now()),
        use_until: Some(house.now() + Duration::from_secs(600)),
        ..pending.clone()
    };
    let approved = Confirmation { id: ConfirmationId::new(), ..approved };
    let all = [previewed, pending, approved];
    for one in &all {
        confirmations::insert(&house.db, one, 50, house.now()).await.unwrap();
    }

    let user = &person.principal.user;
    house.identity.accounts.disable(user).await.unwrap();
    house.identity.accounts.enable(user).await.unwrap();
    for one in &all {
        let found = confirmations::get(&house.db, &device.team, &one.device, &one.id).await.unwrap();
        assert_eq!(found.unwrap().status, ConfirmationStatus::Void, "{:?} was {:?}", one.id, one.status);
    }
    let again = house.identity.refresh_tokens.exchange(tokens.refresh.expose(), RESOURCE).await;
    assert!(matches!(again, Err(RefreshError::Invalid)), "{again:?}");
    assert!(house.identity.sessions.find(&person.cookie).await.is_err());
}
