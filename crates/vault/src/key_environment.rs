//! Master keys from the environment, for platforms that keep secrets there.

use crate::{KeyProvider, KeyRing, KeyRingError, MasterKey};
use keyferry_core::{ExposeSecret, SecretString};

/// The value of the variable: `mk_…:BASE64`, several of them separated by commas.
#[derive(Debug)]
pub struct KeyEnvironment(pub SecretString);

impl KeyProvider for KeyEnvironment {
    fn load(&self) -> Result<KeyRing, KeyRingError> {
        let origin = self.describe();
        let entries = self.0.expose_secret().split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let keys = entries.enumerate().map(|(index, entry)| decode(entry, index + 1, &origin));
        KeyRing::new(&origin, keys.collect::<Result<Vec<_>, _>>()?)
    }

    fn describe(&self) -> String {
        "the environment variable for master keys".to_owned()
    }
}

fn decode(entry: &str, number: usize, origin: &str) -> Result<MasterKey, KeyRingError> {
    let place = format!("key {number}");
    match entry.split_once(':') {
        Some((id, secret)) => MasterKey::decode(id, secret, origin, &place),
        None => Err(KeyRingError::Malformed {
            origin: origin.to_owned(),
            place,
            what: "there is no colon between id and secret",
        }),
    }
}
