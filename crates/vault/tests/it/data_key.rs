//! Data keys: kept as sealed records, used for bodies and keyed hashes.

use crate::{CREDENTIAL, vault};
use keyferry_vault::{Binding, OpenReason};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::HashSet;

const BODY_KEY: Binding<'static> = Binding {
    kind: "team_key",
    team: "team_a",
    record: "tkey_1",
    version: 0,
    context: &[("purpose", "body")],
};

proptest! {
    #[test]
    fn a_body_opens_with_the_key_from_its_record(plain in vec(any::<u8>(), 0..200)) {
        let vault = vault();
        let (record, key) = vault.new_data_key(&BODY_KEY).unwrap();
        let body = key.seal(&CREDENTIAL, &plain);
        let reopened = vault.open_data_key(&BODY_KEY, &record).unwrap();
        prop_assert_eq!(&*reopened.open(&CREDENTIAL, &body).unwrap(), &plain);
    }

    #[test]
    fn a_changed_body_is_refused_without_a_panic(place: prop::sample::Index, bit in 0..8u8, length in 0..80usize) {
        let (_, key) = vault().new_data_key(&BODY_KEY).unwrap();
        let body = key.seal(&CREDENTIAL, b"arguments");
        let mut flipped = body.clone();
        flipped[place.index(body.len())] ^= 1 << bit;
        prop_assert!(key.open(&CREDENTIAL, &flipped).is_err());
        let mut resized = body.clone();
        resized.resize(length, 0);
        prop_assert!(length == body.len() || key.open(&CREDENTIAL, &resized).is_err());
    }
}

#[test]
fn a_body_opens_neither_for_another_row_nor_with_another_key() {
    let vault = vault();
    let (_, key) = vault.new_data_key(&BODY_KEY).unwrap();
    let (_, other) = vault.new_data_key(&BODY_KEY).unwrap();
    let body = key.seal(&CREDENTIAL, b"arguments");
    for refused in
        [key.open(&Binding { record: "cred_2", ..CREDENTIAL }, &body), other.open(&CREDENTIAL, &body)]
    {
        assert_eq!(refused.unwrap_err().reason(), &OpenReason::SecretNotAuthentic);
    }
}

#[test]
fn a_record_of_another_team_is_no_key() {
    let vault = vault();
    let (record, _) = vault.new_data_key(&BODY_KEY).unwrap();
    assert!(vault.open_data_key(&Binding { team: "team_b", ..BODY_KEY }, &record).is_err());
}

#[test]
fn a_record_that_holds_no_key_is_not_one() {
    let vault = vault();
    let sealed = vault.seal(&CREDENTIAL, b"a write key").unwrap();
    let error = vault.open_data_key(&CREDENTIAL, &sealed).unwrap_err();
    assert_eq!(error.reason(), &OpenReason::NotADataKey);
}

#[test]
fn a_keyed_hash_depends_on_the_key_and_on_where_parts_end() {
    let vault = vault();
    let (record, key) = vault.new_data_key(&BODY_KEY).unwrap();
    let (_, other) = vault.new_data_key(&BODY_KEY).unwrap();
    let hashes = [
        key.mac(&[b"user", b"42"]),
        key.mac(&[b"use", b"r42"]),
        key.mac(&[b"user42"]),
        key.mac(&[b"user", b"42", b""]),
        key.mac(&[]),
        other.mac(&[b"user", b"42"]),
    ];
    assert_eq!(hashes.iter().collect::<HashSet<_>>().len(), hashes.len());
    let reopened = vault.open_data_key(&BODY_KEY, &record).unwrap();
    assert_eq!(reopened.mac(&[b"user", b"42"]), hashes[0]);
}

#[test]
fn a_data_key_prints_nothing_of_itself() {
    let (_, key) = vault().new_data_key(&BODY_KEY).unwrap();
    assert_eq!(format!("{key:?}"), "DataKey(***)");
}
