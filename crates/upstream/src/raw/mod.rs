//! A JSON body that passes as it came: nothing of it is parsed into a tree and nothing is written anew but the values
//! that name an account.

mod literal;
mod number;
mod places;
mod replace;
mod scan;

use keyferry_catalog::Pattern;
use std::fmt;
use zeroize::Zeroizing;

/// Why bytes are not taken for JSON. It names a place, never what stands there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotJson {
    #[error("it is not UTF-8")]
    NotUtf8,
    #[error("it stops being JSON at byte {0}")]
    At(usize),
    #[error("it is nested deeper than {} levels", scan::DEEPEST)]
    TooDeep,
}

/// One JSON text. It prints its length only.
pub struct RawBody(String);

impl RawBody {
    /// # Errors
    /// When the bytes are anything but one JSON text of at most 64 levels with numbers that a double can hold.
    pub fn read(bytes: Vec<u8>) -> Result<Self, NotJson> {
        let text = String::from_utf8(bytes).map_err(|_| NotJson::NotUtf8)?;
        scan::check(&text)?;
        Ok(Self(text))
    }

    /// Bytes of it.
    #[must_use]
    pub fn length(&self) -> usize {
        self.0.len()
    }

    /// The texts that stand under `field` in the root itself: what a client gives in the place of a key. One that is
    /// no text is an empty one.
    #[must_use]
    pub fn keys(&self, field: &str) -> Vec<Zeroizing<String>> {
        replace::root_values(&self.0, field)
    }

    /// The same JSON with `secret` wherever a key stands under `field`, however the name is spelled or repeated: at
    /// the root, and in the items of lists there and of lists in those items. Everything else stays byte for byte.
    pub(crate) fn with_key(&self, field: &str, secret: &str) -> Zeroizing<Vec<u8>> {
        replace::with(&self.0, field, secret)
    }

    /// The same JSON as the journal keeps it: `***` in the place of keys, and halves of characters, which not every
    /// reader of JSON takes, made whole.
    #[must_use]
    pub fn masked(&self, field: &str) -> Vec<u8> {
        replace::masked(&self.0, field)
    }

    /// Every text and number that stands where one of the patterns says, in the order of the body. A name that is
    /// repeated counts each time.
    #[must_use]
    pub fn texts_at(&self, patterns: &[&Pattern]) -> Vec<String> {
        places::texts_at(&self.0, patterns)
    }
}

impl fmt::Debug for RawBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawBody({} bytes)", self.0.len())
    }
}
