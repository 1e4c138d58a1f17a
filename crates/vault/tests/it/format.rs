//! Records of format 1 as they lie in databases: whatever changes in here, they must keep opening.

use crate::{CREDENTIAL, twin_secret, vault_of};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyferry_vault::{MasterKey, Vault};

const SECRET: &str = "AW1rXzAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmwcxkjUrZvRHZPF8GuFj4/exs35yyeH/U3EfI3EVChCD80jyANO/WRtO1\
                      8J6mdlCBuAIjg1st2Wp0Md5p1MQ7EE7rPB0C+JyqOLymX62i3mpPV0nV9haS3Hl76NgJWQV+LqaY";
const DATA_KEY: &str = "AW1rXzAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmR6xtYdJxqE8fmcAu4Dex+mZGIWEFvpwnWRwUF5eK/847Tp3UJ+NmBYXb\
                        ViWQHNrixo/qYPpPPbd+1PYWTJA3kd59BKuL90yAAl4QxoZTjCFamsKTzFMn3izNZuT7DHBfkO0EHQUKbXZpRax6v2nKEP/tikKPtZI+";
const BODY: &str = "AYcE7yrvVP4oeallJc0SSN/9fbguURKzQdBeMD/r3LkB/USv7jI=";
const MAC: &str = "2hSGus/L7uOIkRg3Vvu4ivPc4a/H4z8Y+YPb8Ue1XNA=";

fn vault() -> Vault {
    let id = "mk_0123456789abcdef0123456789abcdef".parse().unwrap();
    vault_of([MasterKey::new(id, &twin_secret(7)).unwrap()]).0
}

fn bytes(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap()
}

#[test]
fn a_secret_sealed_long_ago_opens() {
    assert_eq!(vault().open(&CREDENTIAL, &bytes(SECRET)).unwrap().as_slice(), b"a write key");
}

#[test]
fn a_data_key_made_long_ago_opens_its_bodies_and_makes_the_same_hashes() {
    let key = vault().open_data_key(&CREDENTIAL, &bytes(DATA_KEY)).unwrap();
    assert_eq!(key.open(&CREDENTIAL, &bytes(BODY)).unwrap().as_slice(), b"arguments");
    assert_eq!(key.mac(&[b"user", b"42"]).as_slice(), bytes(MAC));
}
