use crate::house::{House, Person};
use keyferry_core::{Actor, DeviceId, Role, Rule, ShownTools};
use keyferry_identity::{AuthError, DeviceError, DeviceToken, NewDevice};
use keyferry_store::Narrowing;
use keyferry_testkit::database::Engine;
use rstest::rstest;

async fn device(house: &House, person: &Person, rule: Rule) -> (DeviceId, DeviceToken) {
    let new = NewDevice { label: "laptop", client: "curl", rule, expires_at: None };
    let (device, token) = house.identity.devices.create(&person.principal, &new).await.unwrap();
    (device.id, token)
}

async fn rule_of(house: &House, token: &DeviceToken) -> Rule {
    match house.authenticate(token.expose()).await.unwrap().actor {
        Actor::Device { rule, .. } => rule,
        Actor::Person { .. } => panic!("a device token is a device"),
    }
}

#[tokio::test]
async fn a_device_made_by_hand_acts_by_its_rule_from_the_next_call() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (id, token) = device(&house, &person, Rule::Confirm).await;
    assert_eq!(rule_of(&house, &token).await, Rule::Confirm);
    house.identity.devices.set_rule(&person.principal, &id, Rule::Trusted).await.unwrap();
    assert_eq!(rule_of(&house, &token).await, Rule::Trusted);
    house.identity.devices.set_rule(&person.principal, &id, Rule::ReadOnly).await.unwrap();
    assert_eq!(rule_of(&house, &token).await, Rule::ReadOnly);
}

#[rstest]
#[tokio::test]
async fn the_tools_chosen_for_a_device_come_with_its_next_request(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = House::on(engine).await;
    let person = house.person("jane").await;
    let (id, token) = device(&house, &person, Rule::Confirm).await;
    let shown = async || house.authenticate(token.expose()).await.unwrap().shown_tools().to_string();
    assert_eq!(shown().await, "");
    for chosen in ["segment_track,segment_list_sources", ""] {
        let tools = chosen.parse().unwrap();
        house.identity.devices.show_tools(&person.principal, &id, &tools).await.unwrap();
        assert_eq!(shown().await, chosen);
    }
}

#[tokio::test]
async fn a_revoked_device_is_refused_at_once_and_stays_so() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (id, token) = device(&house, &person, Rule::Confirm).await;
    house.authenticate(token.expose()).await.unwrap();
    let devices = &house.identity.devices;
    devices.revoke(&person.principal, &id).await.unwrap();
    assert!(house.authenticate(token.expose()).await.is_err());
    assert!(matches!(devices.revoke(&person.principal, &id).await, Err(DeviceError::NotFound)));
    assert!(matches!(devices.new_token(&person.principal, &id).await, Err(DeviceError::NotFound)));
    assert!(matches!(devices.rename(&person.principal, &id, "again").await, Err(DeviceError::NotFound)));
}

#[tokio::test]
async fn a_new_token_ends_every_token_of_before() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (id, old) = device(&house, &person, Rule::Confirm).await;
    house.authenticate(old.expose()).await.unwrap();
    let new = house.identity.devices.new_token(&person.principal, &id).await.unwrap();
    assert!(matches!(house.authenticate(old.expose()).await, Err(AuthError::Unknown)));
    house.authenticate(new.expose()).await.unwrap();
    let row = house.identity.devices.get(&person.principal, &id).await.unwrap();
    assert_eq!(row.token_last4.as_deref(), Some(&new.expose()[new.expose().len() - 4..]));
}

#[tokio::test]
async fn a_new_token_also_ends_the_tokens_of_a_pairing() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let tokens = house.pair(&person, Rule::Confirm).await;
    let access = crate::house::secret(&tokens.access);
    house.authenticate(access).await.unwrap();
    let id = house.identity.devices.list(&person.principal).await.unwrap()[0].id.clone();
    house.identity.devices.new_token(&person.principal, &id).await.unwrap();
    assert!(matches!(house.authenticate(access).await, Err(AuthError::Revoked)));
    let refreshed =
        house.identity.refresh_tokens.exchange(tokens.refresh.expose(), crate::house::RESOURCE).await;
    assert!(refreshed.is_err());
}

#[tokio::test]
async fn another_member_finds_no_device_and_a_manager_may_only_restrain_it() {
    let house = House::new().await;
    let (owner, guest) = (house.person("jane").await, house.person("sam").await);
    let member = house.join(&owner, &guest, Role::Member).await;
    let stranger = house.person("mallory").await.principal;
    let devices = &house.identity.devices;

    let (of_owner, _) = device(&house, &owner, Rule::Confirm).await;
    for nobody in [&member, &stranger] {
        assert!(devices.list(nobody).await.unwrap().is_empty());
        assert!(matches!(devices.get(nobody, &of_owner).await, Err(DeviceError::NotFound)));
        assert!(matches!(devices.revoke(nobody, &of_owner).await, Err(DeviceError::NotFound)));
        assert!(matches!(devices.new_token(nobody, &of_owner).await, Err(DeviceError::NotFound)));
        assert!(matches!(
            devices.set_rule(nobody, &of_owner, Rule::ReadOnly).await,
            Err(DeviceError::NotFound)
        ));
    }

    let new = NewDevice { label: "agent", client: "curl", rule: Rule::Confirm, expires_at: None };
    let (of_member, _) = devices.create(&member, &new).await.unwrap();
    let (id, manager) = (&of_member.id, &owner.principal);
    assert_eq!(devices.list(manager).await.unwrap().len(), 2);
    assert!(matches!(devices.new_token(manager, id).await, Err(DeviceError::NotOwner)));
    assert!(matches!(devices.rename(manager, id, "mine").await, Err(DeviceError::NotOwner)));
    assert!(matches!(devices.narrow(manager, id, &[]).await, Err(DeviceError::NotOwner)));
    let none = ShownTools::default();
    assert!(matches!(devices.show_tools(manager, id, &none).await, Err(DeviceError::NotOwner)));
    assert!(matches!(devices.set_expiry(manager, id, None).await, Err(DeviceError::NotOwner)));
    assert!(matches!(devices.set_rule(manager, id, Rule::Trusted).await, Err(DeviceError::NotOwner)));
    devices.set_rule(manager, id, Rule::Approve).await.unwrap();
    devices.revoke(manager, id).await.unwrap();
}

#[tokio::test]
async fn narrower_rules_are_replaced_as_a_whole() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (id, _) = device(&house, &person, Rule::Confirm).await;
    let devices = &house.identity.devices;
    let no_deletes = Narrowing {
        integration: Some("segment".to_owned()),
        connection: None,
        tool: Some("segment_delete_source".to_owned()),
        rule: Rule::ReadOnly,
    };
    let narrowings = [no_deletes.clone()];
    devices.narrow(&person.principal, &id, &narrowings).await.unwrap();
    assert_eq!(devices.narrowings(&person.principal, &id).await.unwrap(), narrowings);
    let twice = [no_deletes.clone(), no_deletes];
    assert!(matches!(devices.narrow(&person.principal, &id, &twice).await, Err(DeviceError::SameTwice)));
    assert_eq!(devices.narrowings(&person.principal, &id).await.unwrap(), narrowings);
    devices.narrow(&person.principal, &id, &[]).await.unwrap();
    assert!(devices.narrowings(&person.principal, &id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_device_needs_a_name_and_a_person_who_may_connect() {
    let house = House::new().await;
    let (host, guest) = (house.person("jane").await, house.person("sam").await);
    let viewer = house.join(&host, &guest, Role::Viewer).await;
    let devices = &house.identity.devices;
    let new = |label| NewDevice { label, client: "curl", rule: Rule::Confirm, expires_at: None };
    assert!(matches!(devices.create(&host.principal, &new(" \n ")).await, Err(DeviceError::NoLabel)));
    assert!(matches!(devices.create(&viewer, &new("laptop")).await, Err(DeviceError::Viewer)));
}
