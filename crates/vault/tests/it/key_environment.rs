//! Master keys out of an environment variable's value.

use crate::twin_secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyferry_core::MasterKeyId;
use keyferry_vault::{KeyEnvironment, KeyProvider, KeyRingError};

fn entry(id: &MasterKeyId, seed: u8) -> String {
    format!("{id}:{}", STANDARD.encode(twin_secret(seed)))
}

fn load(value: &str) -> Result<Vec<MasterKeyId>, KeyRingError> {
    KeyEnvironment(value.to_owned().into()).load().map(|ring| ring.ids())
}

#[test]
fn keys_stand_behind_one_another() {
    let (one, two) = (MasterKeyId::new(), MasterKeyId::new());
    assert_eq!(load(&entry(&one, 1)).unwrap(), std::slice::from_ref(&one));
    assert_eq!(load(&format!(" {} ,\n{},", entry(&one, 1), entry(&two, 2))).unwrap(), [one, two]);
}

#[rstest::rstest]
#[case::nothing("", "holds no master key")]
#[case::no_colon("mk_0123", "key 1: there is no colon")]
#[case::no_id("c2VjcmV0:c2VjcmV0", "key 1: the id is not one of a master key")]
#[case::no_base64("mk_0123456789abcdef0123456789abcdef:s%e%c%r", "key 1: the secret is not base64")]
#[case::short("mk_0123456789abcdef0123456789abcdef:c2VjcmV0", "shorter than 32 bytes")]
fn a_bad_value_is_told_without_quoting_it(#[case] value: &str, #[case] told: &str) {
    let error = load(value).unwrap_err().to_string();
    assert!(error.contains(told), "{error}");
    assert!(!error.contains("c2VjcmV0") && !error.contains("s%e%c%r"), "{error}");
}

#[test]
fn the_value_is_never_printed() {
    let environment = KeyEnvironment("mk_1:c2VjcmV0".to_owned().into());
    let shown = format!("{environment:?} {}", environment.describe());
    assert!(!shown.contains("c2VjcmV0"), "{shown}");
}
