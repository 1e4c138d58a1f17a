//! The vault: seals under the active master key, opens under any key of the ring.

use crate::cipher::{self, KEY_BYTES, Secret};
use crate::envelope::{self, Envelope, FORMAT};
use crate::error::{KeyRingError, OpenError, OpenReason, SealError};
use crate::{Binding, DataKey, KeyRing, MasterKey};
use arc_swap::ArcSwap;
use keyferry_core::MasterKeyId;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// Cheap to clone; every clone sees the same ring and the same active key, which change while it runs.
#[derive(Clone)]
pub struct Vault(Arc<Shared>);

struct Shared {
    held: ArcSwap<Held>,
    /// Held by whoever changes `held`, so that of two changes neither undoes the other.
    changing: Mutex<()>,
}

/// The active key is always in the ring.
struct Held {
    ring: Arc<KeyRing>,
    active: MasterKeyId,
}

impl Vault {
    /// A vault that seals under `active`.
    ///
    /// # Errors
    /// [`KeyRingError::NotInRing`] when the ring has no such key.
    pub fn new(ring: KeyRing, active: MasterKeyId) -> Result<Self, KeyRingError> {
        let held = ArcSwap::from_pointee(Held::new(Arc::new(ring), active)?);
        Ok(Self(Arc::new(Shared { held, changing: Mutex::new(()) })))
    }

    /// Takes another ring, read anew from where the keys come from.
    ///
    /// # Errors
    /// [`KeyRingError::NotInRing`] when the active key is not in it; the old ring stays.
    pub fn replace_ring(&self, ring: KeyRing) -> Result<(), KeyRingError> {
        self.change(|held| Held::new(Arc::new(ring), held.active.clone()))
    }

    /// Seals under another key of the ring from now on.
    ///
    /// # Errors
    /// [`KeyRingError::NotInRing`] when the ring has no such key; the old one stays active.
    pub fn activate(&self, id: MasterKeyId) -> Result<(), KeyRingError> {
        self.change(|held| Held::new(Arc::clone(&held.ring), id))
    }

    /// The key that wraps what is sealed now.
    #[must_use]
    pub fn active(&self) -> MasterKeyId {
        self.0.held.load().active.clone()
    }

    /// Every key that this process can open with, oldest first.
    #[must_use]
    pub fn key_ids(&self) -> Vec<MasterKeyId> {
        self.0.held.load().ring.ids()
    }

    /// Seals a secret for one row, under a data key of its own.
    ///
    /// # Errors
    /// Beyond 64 GiB.
    pub fn seal(&self, binding: &Binding<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let data_key = cipher::random_secret();
        let sealed = cipher::seal(&data_key, &binding.associated_data(FORMAT), plain)?;
        let held = self.0.held.load();
        Ok(envelope::join(held.active_key(), binding.record, &data_key, &sealed)?)
    }

    /// Opens what [`Vault::seal`] made for the same row.
    ///
    /// # Errors
    /// When the record was changed, belongs to another row, or needs a master key that is not here.
    pub fn open(&self, binding: &Binding<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let envelope = Envelope::parse(sealed)?;
        let data_key = self.0.held.load().unwrap(&envelope, binding.record)?;
        cipher::open(&data_key, &binding.associated_data(FORMAT), envelope.sealed)
            .map_err(|_| OpenReason::SecretNotAuthentic.into())
    }

    /// The same record with its data key wrapped by the active key, or `None` when it is already. The secret is not
    /// opened, and its ciphertext stays byte for byte.
    ///
    /// # Errors
    /// When the wrap was changed, belongs to another record, or needs a master key that is not here.
    pub fn rewrap(&self, record: &str, sealed: &[u8]) -> Result<Option<Vec<u8>>, OpenError> {
        let envelope = Envelope::parse(sealed)?;
        let held = self.0.held.load();
        if envelope.key_id == held.active {
            return Ok(None);
        }
        let data_key = held.unwrap(&envelope, record)?;
        let joined = envelope::join(held.active_key(), record, &data_key, envelope.sealed)
            .expect("a data key of 32 bytes is below the cipher's limit");
        Ok(Some(joined))
    }

    /// Makes a data key and the sealed record that keeps it.
    ///
    /// # Errors
    /// As [`Vault::seal`].
    pub fn new_data_key(&self, binding: &Binding<'_>) -> Result<(Vec<u8>, DataKey), SealError> {
        let secret = cipher::random_secret();
        Ok((self.seal(binding, secret.as_slice())?, DataKey::from_secret(&secret)))
    }

    /// Opens the record of a data key.
    ///
    /// # Errors
    /// As [`Vault::open`], and when the record holds something else.
    pub fn open_data_key(&self, binding: &Binding<'_>, sealed: &[u8]) -> Result<DataKey, OpenError> {
        let opened = self.open(binding, sealed)?;
        if opened.len() != KEY_BYTES {
            return Err(OpenReason::NotADataKey.into());
        }
        let mut secret = Secret::default();
        secret.copy_from_slice(&opened);
        Ok(DataKey::from_secret(&secret))
    }

    fn change(&self, next: impl FnOnce(&Held) -> Result<Held, KeyRingError>) -> Result<(), KeyRingError> {
        // The lock guards no data, so a panic while it was held broke nothing.
        let _changing = self.0.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let next = next(&self.0.held.load())?;
        self.0.held.store(Arc::new(next));
        Ok(())
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("active", &self.active()).field("keys", &self.key_ids()).finish()
    }
}

impl Held {
    fn new(ring: Arc<KeyRing>, active: MasterKeyId) -> Result<Self, KeyRingError> {
        if ring.contains(&active) {
            Ok(Self { ring, active })
        } else {
            Err(KeyRingError::NotInRing { id: active })
        }
    }

    fn active_key(&self) -> &MasterKey {
        self.ring.get(&self.active).expect("the active key is in the ring: `new` checked it")
    }

    fn unwrap(&self, envelope: &Envelope<'_>, record: &str) -> Result<Secret, OpenError> {
        let master =
            self.ring.get(&envelope.key_id).ok_or_else(|| OpenReason::UnknownKey(envelope.key_id.clone()))?;
        envelope.unwrap(master, record)
    }
}
