//! Where master keys come from.

use crate::{KeyRing, KeyRingError};

/// A source of master keys: a file, the environment, a key service. `serve` asks it at start and every 30 s.
pub trait KeyProvider: Send + Sync {
    /// Reads all keys anew.
    ///
    /// # Errors
    /// When the keys can't be read or one of them must not be used; says what mends it.
    fn load(&self) -> Result<KeyRing, KeyRingError>;

    /// Where the keys come from, to be put into a sentence: `key file /etc/keyferry/keys.toml`.
    fn describe(&self) -> String;
}
