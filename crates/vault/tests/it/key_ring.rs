//! Only strong master keys get into a ring.

use crate::twin_secret;
use keyferry_core::MasterKeyId;
use keyferry_vault::{KeyRing, KeyRingError, MasterKey};

#[rstest::rstest]
#[case::empty(vec![], "shorter than 32 bytes")]
#[case::short(twin_secret(1)[..31].to_vec(), "shorter than 32 bytes")]
#[case::long([twin_secret(1), vec![0]].concat(), "longer than 32 bytes")]
#[case::all_zero(vec![0; 32], "all its bytes are equal")]
#[case::all_equal(vec![0xa7; 32], "all its bytes are equal")]
#[case::counting((1..33).collect(), "count up or down")]
#[case::counting_down_by_nine((0..32u8).map(|i| 200u8.wrapping_sub(i.wrapping_mul(9))).collect(), "count up or down")]
#[case::typed(b"correct horse battery staple 123".to_vec(), "typed text")]
#[case::a_piece_twice([&twin_secret(3)[..14], &twin_secret(3)[..14], &[0; 4]].concat(), "its bytes repeat")]
fn a_weak_secret_is_refused(#[case] secret: Vec<u8>, #[case] why: &str) {
    let id = MasterKeyId::new();
    let error = MasterKey::new(id.clone(), &secret).unwrap_err();
    assert!(matches!(error, KeyRingError::Weak { .. }));
    let text = error.to_string();
    assert!(text.contains(why) && text.contains(id.as_str()) && text.contains("keyferry key add"), "{text}");
}

#[test]
fn a_ring_has_at_least_one_key_and_none_twice() {
    assert!(matches!(KeyRing::new("a test", []), Err(KeyRingError::Empty { .. })));

    let id = MasterKeyId::new();
    let keys = [1, 2].map(|seed| MasterKey::new(id.clone(), &twin_secret(seed)).unwrap());
    assert!(
        matches!(KeyRing::new("a test", keys), Err(KeyRingError::Duplicate { id: twice }) if twice == id)
    );
}

#[test]
fn keys_and_rings_print_ids_only() {
    let secret = twin_secret(9);
    let key = MasterKey::new(MasterKeyId::new(), &secret).unwrap();
    let shown = format!("{:?} {:?}", MasterKey::generate(), KeyRing::new("a test", [key]).unwrap());
    assert!(shown.contains("mk_"));
    assert!(!shown.contains(&format!("{}, {}", secret[0], secret[1])), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}
