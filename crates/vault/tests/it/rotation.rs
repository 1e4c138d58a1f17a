//! Master keys change while the vault runs, and every record keeps opening.

use crate::{CREDENTIAL, twin_secret, vault_of};
use keyferry_core::MasterKeyId;
use keyferry_vault::{KeyRing, KeyRingError, MasterKey, OpenReason, wrapped_by};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #[test]
    fn rewrapping_keeps_it_opening_and_changes_only_the_wrap(plain in vec(any::<u8>(), 0..100)) {
        let (vault, [_, new]) = vault_of([MasterKey::generate(), MasterKey::generate()]);
        let sealed = vault.seal(&CREDENTIAL, &plain).unwrap();
        vault.activate(new.clone()).unwrap();
        let rewrapped = vault.rewrap(CREDENTIAL.record, &sealed).unwrap().unwrap();

        prop_assert_eq!(&*vault.open(&CREDENTIAL, &rewrapped).unwrap(), &plain);
        prop_assert_eq!(&*vault.open(&CREDENTIAL, &sealed).unwrap(), &plain);
        prop_assert_eq!(wrapped_by(&rewrapped).unwrap(), new);
        let body = sealed.len() - (12 + plain.len() + 16);
        prop_assert_eq!(&rewrapped[body..], &sealed[body..]);
        prop_assert_ne!(&rewrapped[..body], &sealed[..body]);
    }
}

#[test]
fn what_is_under_the_active_key_needs_no_rewrap() {
    let (vault, _) = vault_of([MasterKey::generate()]);
    let sealed = vault.seal(&CREDENTIAL, b"a write key").unwrap();
    assert_eq!(vault.rewrap(CREDENTIAL.record, &sealed), Ok(None));
}

#[test]
fn a_record_is_rewrapped_only_as_itself() {
    let (vault, [old, new]) = vault_of([MasterKey::generate(), MasterKey::generate()]);
    let sealed = vault.seal(&CREDENTIAL, b"a write key").unwrap();
    vault.activate(new).unwrap();
    let error = vault.rewrap("cred_2", &sealed).unwrap_err();
    assert_eq!(error.reason(), &OpenReason::WrapNotAuthentic(old));
}

#[test]
fn a_record_does_not_open_under_another_name_of_the_same_master_key() {
    let (one, other) = (MasterKeyId::new(), MasterKeyId::new());
    let keys = [&one, &other].map(|id| MasterKey::new(id.clone(), &twin_secret(5)).unwrap());
    let (vault, _) = vault_of(keys);
    let mut sealed = vault.seal(&CREDENTIAL, b"a write key").unwrap();
    sealed[1..=one.as_str().len()].copy_from_slice(other.as_str().as_bytes());
    assert_eq!(vault.open(&CREDENTIAL, &sealed).unwrap_err().reason(), &OpenReason::WrapNotAuthentic(other));
}

#[test]
fn every_clone_sees_the_new_ring_and_the_new_active_key() {
    let (old, new) = (MasterKeyId::new(), MasterKeyId::new());
    let key = |id: &MasterKeyId, seed| MasterKey::new(id.clone(), &twin_secret(seed)).unwrap();
    let (vault, _) = vault_of([key(&old, 1)]);
    let clone = vault.clone();
    let sealed = clone.seal(&CREDENTIAL, b"a write key").unwrap();

    vault.replace_ring(KeyRing::new("a test", [key(&old, 1), key(&new, 2)]).unwrap()).unwrap();
    vault.activate(new.clone()).unwrap();

    assert_eq!(clone.active(), new);
    assert_eq!(clone.key_ids(), [old, new.clone()]);
    assert_eq!(clone.open(&CREDENTIAL, &sealed).unwrap().as_slice(), b"a write key");
    assert_eq!(wrapped_by(&clone.seal(&CREDENTIAL, b"another").unwrap()), Ok(new));
}

#[test]
fn the_active_key_never_leaves_the_ring() {
    let (vault, [id]) = vault_of([MasterKey::generate()]);
    let refused = vault.replace_ring(KeyRing::new("a test", [MasterKey::generate()]).unwrap());
    assert!(matches!(refused, Err(KeyRingError::NotInRing { id: missing }) if missing == id));
    assert!(matches!(vault.activate(MasterKeyId::new()), Err(KeyRingError::NotInRing { .. })));

    assert_eq!(vault.active(), id);
    let sealed = vault.seal(&CREDENTIAL, b"a write key").unwrap();
    assert_eq!(vault.open(&CREDENTIAL, &sealed).unwrap().as_slice(), b"a write key");
}

#[test]
fn a_vault_starts_only_with_its_active_key() {
    let ring = KeyRing::new("a test", [MasterKey::generate()]).unwrap();
    let refused = keyferry_vault::Vault::new(ring, MasterKeyId::new());
    assert!(matches!(refused, Err(KeyRingError::NotInRing { .. })));
}
