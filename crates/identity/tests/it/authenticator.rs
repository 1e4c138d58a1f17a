use crate::house::{ELSEWHERE, House, Master, Person, RESOURCE, authenticate, ip, presented, secret};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyferry_core::{DeviceId, Rule};
use keyferry_identity::{
    AuthError, DeviceToken, Identity, NewDevice, Presented, WhoamiError, signing_key_opens,
};
use keyferry_store::system::SealedTable;
use keyferry_store::{members, system, users};
use keyferry_vault::{Binding, KeyRing};
use std::time::Duration;

async fn device(house: &House, person: &Person) -> (DeviceId, DeviceToken) {
    let new = NewDevice { label: "laptop", client: "curl", rule: Rule::Confirm, expires_at: None };
    let (device, token) = house.identity.devices.create(&person.principal, &new).await.unwrap();
    (device.id, token)
}

/// Another replica that has the token in its cache.
async fn warm_replica(house: &House, token: &str) -> Identity {
    let other = house.replica().await;
    authenticate(&other, token).await.unwrap();
    other
}

#[tokio::test]
async fn nothing_and_nonsense_are_nobody() {
    let house = House::new().await;
    let nothing = Presented { bearer: None, key: None, resource: RESOURCE, address: ip(ELSEWHERE) };
    assert!(matches!(house.identity.authenticator.device(&nothing).await, Err(AuthError::Missing)));
    let unknown = DeviceToken::new();
    for token in ["", "nonsense", "kfd_", "a.b.c", unknown.expose()] {
        assert!(matches!(house.authenticate(token).await, Err(AuthError::Unknown)), "{token}");
    }
}

#[tokio::test]
async fn a_wrong_key_header_is_refused_beside_a_right_bearer() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (_, token) = device(&house, &person).await;
    let wrong = DeviceToken::new();
    let authenticator = &house.identity.authenticator;
    let both = Presented { key: Some(wrong.expose()), ..presented(token.expose()) };
    assert!(matches!(authenticator.device(&both).await, Err(AuthError::Unknown)));
    let empty = Presented { key: Some(""), ..presented(token.expose()) };
    assert!(authenticator.device(&empty).await.is_err());
    let key_wins = Presented { key: Some(token.expose()), ..presented(wrong.expose()) };
    authenticator.device(&key_wins).await.unwrap();
}

#[tokio::test]
async fn a_mistyped_token_costs_no_look_up() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (_, token) = device(&house, &person).await;
    let mut mistyped = token.expose().to_owned();
    let last = if mistyped.ends_with('0') { "1" } else { "0" };
    mistyped.replace_range(mistyped.len() - 1.., last);
    house.db.close().await;
    assert!(matches!(house.authenticate(&mistyped).await, Err(AuthError::Unknown)));
    assert!(matches!(house.authenticate(token.expose()).await, Err(AuthError::Unavailable(_))));
}

#[tokio::test]
async fn a_revocation_holds_on_another_replica_once_it_has_read_of_it() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (id, token) = device(&house, &person).await;
    let other = warm_replica(&house, token.expose()).await;
    house.identity.devices.revoke(&person.principal, &id).await.unwrap();
    other.follower.catch_up().await.unwrap();
    assert!(authenticate(&other, token.expose()).await.is_err());
}

#[tokio::test]
async fn nobody_is_let_in_while_revocations_could_be_missed() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (_, token) = device(&house, &person).await;
    house.authenticate(token.expose()).await.unwrap();
    house.wait(10);
    assert!(matches!(house.authenticate(token.expose()).await, Err(AuthError::Unavailable(_))));
    house.identity.follower.catch_up().await.unwrap();
    house.authenticate(token.expose()).await.unwrap();
}

#[tokio::test]
async fn what_is_cached_serves_for_ten_seconds_while_the_store_is_away() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (_, token) = device(&house, &person).await;
    house.authenticate(token.expose()).await.unwrap();
    house.wait_following(9).await;
    house.db.close().await;
    house.authenticate(token.expose()).await.unwrap();
    house.wait(1);
    assert!(house.identity.follower.healthy(), "it is the cache that ends, not the follower's patience");
    assert!(matches!(house.authenticate(token.expose()).await, Err(AuthError::Unavailable(_))));
}

#[tokio::test]
async fn a_disabled_persons_devices_end_for_good() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (_, token) = device(&house, &person).await;
    let paired = house.pair(&person, Rule::Confirm).await;
    let tokens = [token.expose(), secret(&paired.access)];
    for token in tokens {
        house.authenticate(token).await.unwrap();
    }
    house.identity.accounts.disable(&person.principal.user).await.unwrap();
    for token in tokens {
        assert!(house.authenticate(token).await.is_err());
    }
    house.identity.accounts.enable(&person.principal.user).await.unwrap();
    for token in tokens {
        assert!(house.authenticate(token).await.is_err());
    }
}

#[tokio::test]
async fn a_person_who_is_shut_out_past_us_is_refused_all_the_same() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (_, token) = device(&house, &person).await;
    house.authenticate(token.expose()).await.unwrap();
    let mut tx = house.db.begin().await.unwrap();
    let (user, now) = (&person.principal.user, house.now());
    users::set_disabled(&mut tx, user, Some(now), now).await.unwrap();
    tx.commit().await.unwrap();
    house.identity.follower.catch_up().await.unwrap();
    assert!(matches!(house.authenticate(token.expose()).await, Err(AuthError::Person)));

    let mut tx = house.db.begin().await.unwrap();
    users::set_disabled(&mut tx, user, None, now).await.unwrap();
    members::remove(&mut tx, &person.principal.team, user, now).await.unwrap();
    tx.commit().await.unwrap();
    house.identity.follower.catch_up().await.unwrap();
    assert!(matches!(house.authenticate(token.expose()).await, Err(AuthError::Person)));
}

#[tokio::test]
async fn a_device_ends_when_it_was_to_end() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (id, token) = device(&house, &person).await;
    let ends = house.now() + Duration::from_secs(5);
    house.identity.devices.set_expiry(&person.principal, &id, Some(ends)).await.unwrap();
    house.authenticate(token.expose()).await.unwrap();
    house.wait(5);
    assert!(matches!(house.authenticate(token.expose()).await, Err(AuthError::Expired)), "cached or not");
}

#[tokio::test]
async fn use_is_noted_once_a_minute() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (id, token) = device(&house, &person).await;
    let began = house.now();
    let last_used = async || house.identity.devices.get(&person.principal, &id).await.unwrap().last_used_at;
    house.authenticate(token.expose()).await.unwrap();
    assert_eq!(last_used().await, Some(began));
    house.wait_following(59).await;
    house.authenticate(token.expose()).await.unwrap();
    assert_eq!(last_used().await, Some(began));
    house.wait_following(2).await;
    house.authenticate(token.expose()).await.unwrap();
    assert_eq!(last_used().await, Some(house.now()));
    let row = house.identity.devices.get(&person.principal, &id).await.unwrap();
    assert_eq!(row.last_address.as_deref(), Some("192.0.2.1"));
}

#[tokio::test]
async fn an_access_token_is_for_ten_minutes_and_one_resource() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let access = house.pair(&person, Rule::Confirm).await.access;
    let token = secret(&access);
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!((header.typ.as_deref(), header.alg), (Some("at+jwt"), jsonwebtoken::Algorithm::HS256));
    assert!(header.kid.is_some());

    house.authenticate(token).await.unwrap();
    let other_door = Presented { resource: "https://keyferry.example/mcp", ..presented(token) };
    let refused = house.identity.authenticator.device(&other_door).await;
    assert!(matches!(refused, Err(AuthError::OtherResource)));
    house.wait_following(599).await;
    house.authenticate(token).await.unwrap();
    house.wait(1);
    assert!(matches!(house.authenticate(token).await, Err(AuthError::Expired)));
}

#[tokio::test]
async fn an_access_token_of_one_replica_is_taken_by_another_and_by_a_later_start() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let early = house.replica().await;
    let access = house.pair(&person, Rule::Confirm).await.access;
    authenticate(&early, secret(&access)).await.unwrap();
    authenticate(&house.replica().await, secret(&access)).await.unwrap();
}

#[tokio::test]
async fn a_forged_access_token_is_nobody() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let access = house.pair(&person, Rule::Confirm).await.access;
    let token = secret(&access);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let claims = signed.split_once('.').unwrap().1;
    let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    let header = |json: String| URL_SAFE_NO_PAD.encode(json);

    let none = header(format!(r#"{{"typ":"at+jwt","alg":"none","kid":"{kid}"}}"#));
    let other_type = header(format!(r#"{{"typ":"JWT","alg":"HS256","kid":"{kid}"}}"#));
    let other_key = header(r#"{"typ":"at+jwt","alg":"HS256","kid":"sig_other"}"#.to_owned());
    let forged = [
        format!("{none}.{claims}."),
        format!("{other_type}.{claims}.{signature}"),
        format!("{other_key}.{claims}.{signature}"),
        format!("{signed}."),
        format!("{signed}.{}", signature.chars().rev().collect::<String>()),
        resigned(&kid, claims, "at+jwt", b"guessed"),
    ];
    for token in forged {
        assert!(matches!(house.authenticate(&token).await, Err(AuthError::Unknown)), "{token}");
    }
}

/// The same claims under the same key id, with a type and a signing key of one's choice.
fn resigned(kid: &str, claims: &str, typ: &str, key: &[u8]) -> String {
    let claims = URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
    header.typ = Some(typ.to_owned());
    header.kid = Some(kid.to_owned());
    jsonwebtoken::encode(&header, &claims, &jsonwebtoken::EncodingKey::from_secret(key)).unwrap()
}

#[tokio::test]
async fn a_jwt_of_another_type_is_nobody_even_when_we_signed_it() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let access = house.pair(&person, Rule::Confirm).await.access;
    let claims = secret(&access).split('.').nth(1).unwrap();
    let row = system::sealed_batch(&house.db, SealedTable::SigningKeys, "", 1).await.unwrap().remove(0);
    let context = [("purpose", "access-token")];
    let binding =
        Binding { kind: "signing_key", team: "", record: &row.record, version: 0, context: &context };
    let key = house.vault.open(&binding, &row.sealed).unwrap();
    house.authenticate(&resigned(&row.record, claims, "at+jwt", &key)).await.unwrap();
    let other = resigned(&row.record, claims, "JWT", &key);
    assert!(matches!(house.authenticate(&other).await, Err(AuthError::Unknown)));
}

#[tokio::test]
async fn a_signing_key_that_was_moved_to_another_purpose_does_not_open() {
    let house = House::new().await;
    let person = house.person("jane").await;
    house.pair(&person, Rule::Confirm).await;
    let mut row = system::sealed_batch(&house.db, SealedTable::SigningKeys, "", 1).await.unwrap().remove(0);
    signing_key_opens(&house.vault, &row).unwrap();
    row.purpose = Some("refresh-token".to_owned());
    assert!(signing_key_opens(&house.vault, &row).is_err());
}

#[tokio::test]
async fn a_device_knows_whose_it_is_and_what_it_may_do() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let (id, token) = device(&house, &person).await;
    let principal = house.authenticate(token.expose()).await.unwrap();
    let known = house.identity.whoami(&principal).await.unwrap();
    assert_eq!((&known.device.id, known.device.rule), (&id, Rule::Confirm));
    assert_eq!((known.user.email.as_str(), known.team.name.as_str()), ("jane@example.com", "jane’s team"));
    assert!(known.narrower.is_empty());
    let in_a_browser = house.identity.whoami(&person.principal).await;
    assert!(matches!(in_a_browser, Err(WhoamiError::NoDevice)));
}

#[tokio::test]
async fn rotating_the_master_key_changes_no_token() {
    let house = House::new().await;
    let person = house.person("jane").await;
    let access = house.pair(&person, Rule::Confirm).await.access;
    house.authenticate(secret(&access)).await.unwrap();

    // The old key is gone from the ring while the sealed row is still cached as the old key wrapped it.
    let new = Master::random();
    house.vault.replace_ring(KeyRing::new("the test", [house.master.key(), new.key()]).unwrap()).unwrap();
    house.vault.activate(new.id.clone()).unwrap();
    let rows = system::sealed_batch(&house.db, SealedTable::SigningKeys, "", 10).await.unwrap();
    for row in &rows {
        let rewrapped =
            house.vault.rewrap(&row.record, &row.sealed).unwrap().expect("it was under the old key");
        let table = SealedTable::SigningKeys;
        assert!(system::replace_sealed(&house.db, table, row, &new.id, &rewrapped).await.unwrap());
    }
    house.vault.replace_ring(KeyRing::new("the test", [new.key()]).unwrap()).unwrap();
    house.authenticate(secret(&access)).await.unwrap();
}
