//! Master keys from a TOML file that only its owner may read.

use crate::private_file;
use crate::{KeyProvider, KeyRing, KeyRingError, MasterKey};
use keyferry_core::MasterKeyId;
use serde::Deserialize;
use std::path::PathBuf;
use zeroize::Zeroizing;

const HEADING: &str = "\
# The master keys of a Keyferry. Who reads this file and the database can read every secret in it;
# who loses this file loses them all. Keep a copy of it, away from the database and its backups.
";

/// A file of `[[key]]` tables with `id` and `secret`. It is refused when anybody but its owner may read it.
#[derive(Debug, Clone)]
pub struct KeyFile(pub PathBuf);

impl KeyFile {
    /// The text of a key file with one new key, for whoever brings it to its place by other means.
    #[must_use]
    pub fn new_text() -> Zeroizing<String> {
        append("", HEADING, &MasterKey::generate())
    }

    /// Makes the file, and the folders above it, with one new key.
    ///
    /// # Errors
    /// [`KeyRingError::Exists`] when it is there already, which leaves it as it is.
    pub fn create(&self) -> Result<MasterKeyId, KeyRingError> {
        let key = MasterKey::generate();
        private_file::create(&self.0, &append("", HEADING, &key))?;
        Ok(key.id)
    }

    /// Adds a new key, to a file without any too. The file is replaced in one step: a reader sees it with the key or
    /// without, never half.
    ///
    /// # Errors
    /// When the file can't be read as a key file or holds a key that must not be used, or [`KeyRingError::Busy`] when another command is changing it.
    pub fn add(&self) -> Result<MasterKeyId, KeyRingError> {
        let key = MasterKey::generate();
        private_file::replace(&self.0, |text| {
            match self.parse(text) {
                Ok(_) | Err(KeyRingError::Empty { .. }) => {}
                Err(error) => return Err(error),
            }
            let heading = if text.trim().is_empty() { HEADING } else { "" };
            let text = append(text, heading, &key);
            self.parse(&text)?;
            Ok(text)
        })?;
        Ok(key.id)
    }

    fn parse(&self, text: &str) -> Result<KeyRing, KeyRingError> {
        let origin = self.describe();
        // The reader's own message quotes the line, and the line may hold a secret: tell the number only.
        let file: Contents = toml::from_str(text).map_err(|error| KeyRingError::Malformed {
            origin: origin.clone(),
            place: error.span().map_or("as a whole".to_owned(), |at| line(text, at.start)),
            what: "this is not what a key file holds, `[[key]]` tables with `id` and `secret`",
        })?;
        let keys = file.key.iter().enumerate().map(|(index, entry)| {
            MasterKey::decode(&entry.id, &entry.secret.0, &origin, &format!("key {}", index + 1))
        });
        KeyRing::new(&origin, keys.collect::<Result<Vec<_>, _>>()?)
    }
}

impl KeyProvider for KeyFile {
    fn load(&self) -> Result<KeyRing, KeyRingError> {
        self.parse(&private_file::read(&self.0)?)
    }

    fn describe(&self) -> String {
        format!("the key file {}", self.0.display())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    #[serde(default)]
    key: Vec<KeyTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyTable {
    id: String,
    secret: SecretText,
}

#[derive(Deserialize)]
#[serde(from = "String")]
struct SecretText(Zeroizing<String>);

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

/// `text`, then `heading`, then the key: what a person wrote into the file stays as it is.
fn append(text: &str, heading: &str, key: &MasterKey) -> Zeroizing<String> {
    let secret = key.encode();
    let parts = [text, heading, "\n[[key]]\nid = \"", key.id.as_str(), "\"\nsecret = \"", &secret, "\"\n"];
    let mut joined = Zeroizing::new(String::with_capacity(parts.iter().map(|part| part.len()).sum()));
    parts.iter().for_each(|part| joined.push_str(part));
    joined
}

fn line(text: &str, offset: usize) -> String {
    let before = text.as_bytes().iter().take(offset);
    format!("line {}", 1 + before.filter(|byte| **byte == b'\n').count())
}
