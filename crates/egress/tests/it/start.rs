//! What is told at start.

use crate::{egress, rule, settings};
use keyferry_egress::{AllowRule, Egress, EgressError, EgressSettings};
use std::path::PathBuf;

#[test]
fn every_rule_is_warned_of() {
    let rules = vec![rule("localhost", 9001, "127.0.0.0/8"), rule("[::1]", 9002, "::1/128")];
    assert_eq!(
        egress(rules).warnings(),
        [
            "egress.allow opens the address filter: segment → localhost:9001 in 127.0.0.0/8",
            "egress.allow opens the address filter: segment → [::1]:9002 in ::1/128",
        ]
    );
    assert!(egress(vec![]).warnings().is_empty());
}

#[rstest::rstest]
#[case(rule("metadata.internal", 80, "169.254.169.254/32"))]
#[case(rule("metadata.internal", 80, "fd00:ec2::254/128"))]
#[case(rule("metadata.internal", 80, "0.0.0.0/32"))]
#[case(rule("not a host", 80, "10.0.0.0/8"))]
#[case(rule("", 80, "10.0.0.0/8"))]
#[case(rule("::1", 80, "::1/128"))]
fn a_rule_that_can_never_hold_is_an_error_that_names_it(#[case] rule: AllowRule) {
    let told = rule.to_string();
    let error = Egress::new(settings(vec![rule])).err().unwrap();
    assert!(matches!(error, EgressError::Rule { .. }), "{error:?}");
    assert!(error.to_string().contains(&told), "{error}");
}

#[test]
fn an_extra_authority_that_is_not_one_is_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    let broken = folder.path().join("broken.pem");
    std::fs::write(&broken, "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n").unwrap();
    for path in [PathBuf::from("/nowhere/ca.pem"), empty, broken] {
        let error =
            Egress::new(EgressSettings { extra_ca: Some(path.clone()), ..settings(vec![]) }).err().unwrap();
        assert!(error.to_string().contains(&*path.to_string_lossy()), "{path:?}: {error}");
    }
}
