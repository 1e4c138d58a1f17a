//! The master keys that this process has.

use crate::MasterKey;
use crate::error::KeyRingError;
use keyferry_core::MasterKeyId;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// A set of strong master keys, never empty.
#[derive(Debug)]
pub struct KeyRing(BTreeMap<MasterKeyId, MasterKey>);

impl KeyRing {
    /// A ring of these keys; `origin` says where they come from, for the error.
    ///
    /// # Errors
    /// When there is none, or when two have the same id.
    pub fn new(origin: &str, keys: impl IntoIterator<Item = MasterKey>) -> Result<Self, KeyRingError> {
        let mut ring = BTreeMap::new();
        for key in keys {
            match ring.entry(key.id.clone()) {
                Entry::Vacant(place) => _ = place.insert(key),
                Entry::Occupied(_) => return Err(KeyRingError::Duplicate { id: key.id }),
            }
        }
        if ring.is_empty() {
            return Err(KeyRingError::Empty { origin: origin.to_owned() });
        }
        Ok(Self(ring))
    }

    /// The ids, oldest first.
    #[must_use]
    pub fn ids(&self) -> Vec<MasterKeyId> {
        self.0.keys().cloned().collect()
    }

    #[must_use]
    pub fn contains(&self, id: &MasterKeyId) -> bool {
        self.0.contains_key(id)
    }

    pub(crate) fn get(&self, id: &MasterKeyId) -> Option<&MasterKey> {
        self.0.get(id)
    }
}
