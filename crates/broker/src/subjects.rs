//! People in the journal: only as keyed hashes.

use keyferry_vault::DataKey;

/// The hash by which a person's rows are found again. An id is trimmed and compared without regard to case, since
/// the same e-mail address comes in both.
#[must_use]
pub fn subject_hash(key: &DataKey, id: &str) -> [u8; 32] {
    key.mac(&[b"subject", id.trim().to_lowercase().as_bytes()])
}

/// What stands as a call's object when the object is a person.
pub(crate) fn person_object(key: &DataKey, id: &str) -> String {
    format!("person:{}", hex::encode(&subject_hash(key, id)[..16]))
}
