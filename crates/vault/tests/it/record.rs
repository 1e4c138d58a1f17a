//! A sealed record opens where it was sealed, and nowhere else.

use crate::{CREDENTIAL, vault, vault_of};
use keyferry_vault::{Binding, MasterKey, OpenReason, wrapped_by};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #[test]
    fn what_was_sealed_opens_again(
        plain in vec(any::<u8>(), 0..200),
        team in ".{0,12}",
        record in ".{0,12}",
        version: i64,
        slot in ".{0,12}",
    ) {
        let context = [("slot", slot.as_str())];
        let binding = Binding { kind: "credential", team: &team, record: &record, version, context: &context };
        let vault = vault();
        let sealed = vault.seal(&binding, &plain).unwrap();
        prop_assert_eq!(&*vault.open(&binding, &sealed).unwrap(), &plain);
    }

    #[test]
    fn a_record_with_one_bit_flipped_is_refused(
        plain in vec(any::<u8>(), 0..60),
        place: prop::sample::Index,
        bit in 0..8u8,
    ) {
        let vault = vault();
        let mut sealed = vault.seal(&CREDENTIAL, &plain).unwrap();
        let place = place.index(sealed.len());
        sealed[place] ^= 1 << bit;
        prop_assert!(vault.open(&CREDENTIAL, &sealed).is_err());
    }

    #[test]
    fn a_record_cut_short_or_lengthened_is_refused(length in 0..400usize) {
        let vault = vault();
        let mut sealed = vault.seal(&CREDENTIAL, b"a write key").unwrap();
        prop_assume!(length != sealed.len());
        sealed.resize(length, 0);
        prop_assert!(vault.open(&CREDENTIAL, &sealed).is_err());
    }

    #[test]
    fn anything_else_is_refused_without_a_panic(bytes in vec(any::<u8>(), 0..300), known_format: bool) {
        let mut bytes = bytes;
        if known_format && !bytes.is_empty() {
            bytes[0] = 1;
        }
        let vault = vault();
        prop_assert!(vault.open(&CREDENTIAL, &bytes).is_err());
        prop_assert!(vault.open_data_key(&CREDENTIAL, &bytes).is_err());
        prop_assert!(vault.rewrap("cred_1", &bytes).is_err());
        prop_assert!(wrapped_by(&bytes).is_err());
    }
}

#[test]
fn every_bit_of_a_record_counts() {
    let vault = vault();
    let sealed = vault.seal(&CREDENTIAL, b"a write key").unwrap();
    for place in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[place / 8] ^= 1 << (place % 8);
        assert!(vault.open(&CREDENTIAL, &changed).is_err(), "bit {place}");
    }
}

#[rstest::rstest]
#[case::kind(Binding { kind: "signing_key", ..CREDENTIAL })]
#[case::team(Binding { team: "team_b", ..CREDENTIAL })]
#[case::no_team(Binding { team: "", ..CREDENTIAL })]
#[case::another_row(Binding { record: "cred_2", ..CREDENTIAL })]
#[case::an_older_version(Binding { version: 2, ..CREDENTIAL })]
#[case::connection(Binding { context: &[("connection", "conn_2"), ("integration", "segment"), ("slot", "public_api")], ..CREDENTIAL })]
#[case::slot(Binding { context: &[("connection", "conn_1"), ("integration", "segment"), ("slot", "tracking")], ..CREDENTIAL })]
#[case::a_name(Binding { context: &[("connected", "conn_1"), ("integration", "segment"), ("slot", "public_api")], ..CREDENTIAL })]
#[case::less_context(Binding { context: &[("connection", "conn_1"), ("integration", "segment")], ..CREDENTIAL })]
#[case::no_context(Binding { context: &[], ..CREDENTIAL })]
#[case::a_byte_moved(Binding { team: "team_", record: "acred_1", ..CREDENTIAL })]
fn a_record_does_not_open_for(#[case] other: Binding<'static>) {
    let vault = vault();
    let sealed = vault.seal(&CREDENTIAL, b"a write key").unwrap();
    let error = vault.open(&other, &sealed).unwrap_err();
    assert!(matches!(error.reason(), OpenReason::WrapNotAuthentic(_) | OpenReason::SecretNotAuthentic));
}

#[test]
fn parts_of_two_records_do_not_make_a_third() {
    let vault = vault();
    let first = vault.seal(&CREDENTIAL, b"the old write key").unwrap();
    let second = vault.seal(&CREDENTIAL, b"the new write key").unwrap();
    // Head (version, master key id, wrap) of one, nonce and ciphertext of the other.
    let head = first.len() - (12 + b"the old write key".len() + 16);
    let mixed = [&first[..head], &second[head..]].concat();
    assert_eq!(vault.open(&CREDENTIAL, &mixed).unwrap_err().reason(), &OpenReason::SecretNotAuthentic);
}

#[test]
fn the_same_secret_sealed_twice_shares_nothing() {
    let vault = vault();
    let [first, second] = [(); 2].map(|()| vault.seal(&CREDENTIAL, &[7; 64]).unwrap());
    let named = 1 + wrapped_by(&first).unwrap().as_str().len();
    let equal = first[named..].iter().zip(&second[named..]).filter(|(a, b)| a == b).count();
    assert!(equal < 16, "{equal} of {} bytes are equal", first.len() - named);
    assert!(!first.windows(8).any(|window| window == [7; 8]));
}

#[test]
fn a_record_names_the_master_key_that_it_needs() {
    let (vault, [id]) = vault_of([MasterKey::generate()]);
    let sealed = vault.seal(&CREDENTIAL, b"a write key").unwrap();
    assert_eq!(wrapped_by(&sealed), Ok(id.clone()));

    let (stranger, _) = vault_of([MasterKey::generate()]);
    let error = stranger.open(&CREDENTIAL, &sealed).unwrap_err();
    assert_eq!(error.reason(), &OpenReason::UnknownKey(id));
}

#[test]
fn the_outside_learns_nothing_of_why_and_the_log_learns_it() {
    let (vault, _) = vault_of([MasterKey::generate()]);
    let (stranger, _) = vault_of([MasterKey::generate()]);
    let sealed = vault.seal(&CREDENTIAL, b"a write key").unwrap();
    let errors = [
        stranger.open(&CREDENTIAL, &sealed).unwrap_err(),
        vault.open(&Binding { team: "team_b", ..CREDENTIAL }, &sealed).unwrap_err(),
        vault.open(&CREDENTIAL, &sealed[..20]).unwrap_err(),
        vault.open(&CREDENTIAL, &[9, 9, 9]).unwrap_err(),
    ];
    for error in &errors {
        assert_eq!(error.to_string(), "a sealed record could not be opened");
        assert!(std::error::Error::source(error).is_none());
    }
    let reasons: std::collections::HashSet<_> =
        errors.iter().map(|error| error.reason().to_string()).collect();
    assert_eq!(reasons.len(), errors.len());
    assert!(format!("{:?}", errors[3]).contains("UnknownFormat(9)"));
}
