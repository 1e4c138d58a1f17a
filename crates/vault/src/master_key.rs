//! A master key: the key encryption key that wraps the data key of every record.

use crate::cipher::{self, KEY_BYTES, Secret};
use crate::error::KeyRingError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyferry_core::MasterKeyId;
use std::collections::HashSet;
use std::fmt;
use zeroize::Zeroizing;

/// Of 32 random bytes about 30 differ; fewer than this happens once in 10¹⁰ keys.
const FEWEST_DISTINCT_BYTES: usize = 16;

/// Prints its id only.
pub struct MasterKey {
    pub id: MasterKeyId,
    secret: Secret,
}

impl MasterKey {
    /// A new key of the operating system's randomness.
    #[must_use]
    pub fn generate() -> Self {
        let secret = std::iter::repeat_with(cipher::random_secret)
            .find(|secret| weakness(secret.as_slice()).is_none())
            .expect("an endless row of random secrets has a strong one");
        Self { id: MasterKeyId::new(), secret }
    }

    /// A key that was made before.
    ///
    /// # Errors
    /// [`KeyRingError::Weak`] when the secret is not 32 bytes or does not look random.
    pub fn new(id: MasterKeyId, secret: &[u8]) -> Result<Self, KeyRingError> {
        if let Some(why) = weakness(secret) {
            return Err(KeyRingError::Weak { id, why });
        }
        let mut key = Self { id, secret: Secret::default() };
        key.secret.copy_from_slice(secret);
        Ok(key)
    }

    /// A key as key files and environments spell it; `origin` and `place` say where, for the error.
    pub(crate) fn decode(id: &str, secret: &str, origin: &str, place: &str) -> Result<Self, KeyRingError> {
        let malformed =
            |what| KeyRingError::Malformed { origin: origin.to_owned(), place: place.to_owned(), what };
        let id = id.parse().map_err(|_| malformed("the id is not one of a master key"))?;
        let secret = STANDARD.decode(secret.trim()).map_err(|_| malformed("the secret is not base64"))?;
        Self::new(id, &Zeroizing::new(secret))
    }

    /// The secret as key files and environments spell it.
    pub(crate) fn encode(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.secret.as_slice()))
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What tells that a secret was not drawn at random, in words that a person can act on.
fn weakness(secret: &[u8]) -> Option<&'static str> {
    let steps = || secret.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]));
    let distinct = secret.iter().collect::<HashSet<_>>().len();
    if secret.len() < KEY_BYTES {
        Some("it is shorter than 32 bytes")
    } else if secret.len() > KEY_BYTES {
        Some("it is longer than 32 bytes")
    } else if distinct == 1 {
        Some("all its bytes are equal")
    } else if steps().all(|step| Some(step) == steps().next()) {
        Some("its bytes count up or down")
    } else if secret.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        Some("it is typed text, not random bytes")
    } else if distinct < FEWEST_DISTINCT_BYTES {
        Some("its bytes repeat")
    } else {
        None
    }
}
