//! What can go wrong: one error for sealing, one for opening, one for getting keys.

use keyferry_core::MasterKeyId;
use std::io;
use std::path::PathBuf;

/// Why nothing was sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("the text is longer than 64 GiB, the most that AES-GCM seals at once")]
    TooLong,
}

impl From<crate::cipher::TooLong> for SealError {
    fn from(_: crate::cipher::TooLong) -> Self {
        Self::TooLong
    }
}

/// A sealed record did not open. It reads the same whatever happened, since a caller who could tell the cases apart
/// could use us to find out about a record; [`OpenError::reason`] is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a sealed record could not be opened")]
pub struct OpenError(OpenReason);

impl OpenError {
    /// What happened, for the log: names ids and never a secret.
    #[must_use]
    pub fn reason(&self) -> &OpenReason {
        &self.0
    }
}

impl From<OpenReason> for OpenError {
    fn from(reason: OpenReason) -> Self {
        Self(reason)
    }
}

/// Why a sealed record did not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenReason {
    #[error("the record ends before its parts do")]
    Truncated,
    #[error("the record is of format {0}, which this version does not know")]
    UnknownFormat(u8),
    #[error("the record names no master key")]
    MalformedKeyId,
    #[error("the record needs master key {0}, which is not in the key ring")]
    UnknownKey(MasterKeyId),
    #[error(
        "the data key does not open under master key {0}: the record was changed or belongs to another row"
    )]
    WrapNotAuthentic(MasterKeyId),
    #[error("the secret does not open under its data key: the record was changed or belongs to another row")]
    SecretNotAuthentic,
    #[error("the record opens, but what it holds is not a data key")]
    NotADataKey,
}

/// Why there is no usable key ring. Each one names where the keys come from and what mends it.
#[derive(Debug, thiserror::Error)]
pub enum KeyRingError {
    #[error("{origin} holds no master key; make one with `keyferry key add`")]
    Empty { origin: String },

    #[error("master key {id} stands in the ring twice; remove one of the two")]
    Duplicate { id: MasterKeyId },

    #[error(
        "master key {id} is weak: {why}; nothing was sealed under it, so take it out of where the keys come from \
         (of a key file its [[key]] table), then make one with `keyferry key add`"
    )]
    Weak { id: MasterKeyId, why: &'static str },

    #[error(
        "master key {id} is not in the key ring; put it back where the keys come from, or activate one that is there"
    )]
    NotInRing { id: MasterKeyId },

    #[error(
        "{origin}, {place}: {what}; each key is an id (`mk_` and 32 hexadecimal digits) and 32 bytes of base64"
    )]
    Malformed { origin: String, place: String, what: &'static str },

    #[error("there is no key file at {}; make one with `keyferry key add`, or put the one back that was there", .path.display())]
    Missing { path: PathBuf },

    #[error(
        "others may read the key file {path} (mode {mode:03o}); close it with `chmod 600 {path}`",
        path = .path.display()
    )]
    Exposed { path: PathBuf, mode: u32 },

    #[error("{} is not a file, so it can't hold keys; name a file instead", .path.display())]
    NotAFile { path: PathBuf },

    #[error("the key file {} is there already; add a key to it with `keyferry key add`", .path.display())]
    Exists { path: PathBuf },

    #[error(
        "{} is there: another command is changing the key file, or one was interrupted; when none runs, remove it",
        .path.display()
    )]
    Busy { path: PathBuf },

    #[error("could not {doing} {}: {source}; check the path and who may write there", .path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
}
