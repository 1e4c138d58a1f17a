//! The vault through its public functions.

#![expect(clippy::unwrap_used, reason = "a helper that can't do its part fails the test")]

mod data_key;
mod format;
mod key_environment;
mod key_file;
mod key_ring;
mod record;
mod rotation;

use keyferry_core::MasterKeyId;
use keyferry_vault::{Binding, KeyRing, MasterKey, Vault};

/// A vault with one fresh key.
fn vault() -> Vault {
    vault_of([MasterKey::generate()]).0
}

/// A vault with these keys, the first of them active, and their ids.
fn vault_of<const N: usize>(keys: [MasterKey; N]) -> (Vault, [MasterKeyId; N]) {
    let ids = keys.each_ref().map(|key| key.id.clone());
    (Vault::new(KeyRing::new("a test", keys).unwrap(), ids[0].clone()).unwrap(), ids)
}

const CREDENTIAL: Binding<'static> = Binding {
    kind: "credential",
    team: "team_a",
    record: "cred_1",
    version: 3,
    context: &[("connection", "conn_1"), ("integration", "segment"), ("slot", "public_api")],
};

/// The same strong secret for the same seed: for tests that need one key in two rings.
fn twin_secret(seed: u8) -> Vec<u8> {
    (0..32u8).map(|index| index.wrapping_mul(37).wrapping_add(seed) ^ (index << 3)).collect()
}
