//! The sealed record: version byte, master key id, wrapped data key, then the box with the secret.

use crate::associated_data::AssociatedData;
use crate::cipher::{BOX_OVERHEAD, KEY_BYTES, Secret};
use crate::error::{OpenError, OpenReason};
use crate::{MasterKey, cipher};
use keyferry_core::MasterKeyId;

/// The format of records and of their associated data.
pub(crate) const FORMAT: u8 = 1;
/// `mk_` and 32 hexadecimal digits.
const KEY_ID_BYTES: usize = MasterKeyId::PREFIX.len() + 1 + 32;
const WRAP_BYTES: usize = KEY_BYTES + BOX_OVERHEAD;

/// A record taken apart; nothing in it has been authenticated.
pub(crate) struct Envelope<'a> {
    pub(crate) key_id: MasterKeyId,
    pub(crate) wrap: &'a [u8; WRAP_BYTES],
    pub(crate) sealed: &'a [u8],
}

impl<'a> Envelope<'a> {
    pub(crate) fn parse(record: &'a [u8]) -> Result<Self, OpenError> {
        let rest = strip_format(record)?;
        let (key_id, rest) = rest.split_first_chunk::<KEY_ID_BYTES>().ok_or(OpenReason::Truncated)?;
        let (wrap, sealed) = rest.split_first_chunk::<WRAP_BYTES>().ok_or(OpenReason::Truncated)?;
        if sealed.len() < BOX_OVERHEAD {
            return Err(OpenReason::Truncated.into());
        }
        let key_id = std::str::from_utf8(key_id)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or(OpenReason::MalformedKeyId)?;
        Ok(Self { key_id, wrap, sealed })
    }

    /// The data key, when `master` is the key that wrapped it for this record.
    pub(crate) fn unwrap(&self, master: &MasterKey, record: &str) -> Result<Secret, OpenError> {
        let opened = cipher::open(master.secret(), &wrap_data(record, &master.id), self.wrap)
            .map_err(|_| OpenReason::WrapNotAuthentic(self.key_id.clone()))?;
        let mut data_key = Secret::default();
        data_key.copy_from_slice(&opened);
        Ok(data_key)
    }
}

/// Puts a record together: the data key wrapped by `master`, before the box that it sealed.
pub(crate) fn join(
    master: &MasterKey,
    record: &str,
    data_key: &Secret,
    sealed: &[u8],
) -> Result<Vec<u8>, cipher::TooLong> {
    let wrap = cipher::seal(master.secret(), &wrap_data(record, &master.id), data_key.as_slice())?;
    let mut joined = Vec::with_capacity(1 + KEY_ID_BYTES + WRAP_BYTES + sealed.len());
    joined.push(FORMAT);
    joined.extend_from_slice(master.id.as_str().as_bytes());
    joined.extend_from_slice(&wrap);
    joined.extend_from_slice(sealed);
    Ok(joined)
}

/// Which master key a sealed record needs, without opening it.
///
/// # Errors
/// When the bytes are not a record of this format.
pub fn wrapped_by(sealed: &[u8]) -> Result<MasterKeyId, OpenError> {
    Envelope::parse(sealed).map(|envelope| envelope.key_id)
}

/// What follows the version byte.
pub(crate) fn strip_format(record: &[u8]) -> Result<&[u8], OpenError> {
    match record.split_first() {
        Some((&FORMAT, rest)) => Ok(rest),
        Some((&other, _)) => Err(OpenReason::UnknownFormat(other).into()),
        None => Err(OpenReason::Truncated.into()),
    }
}

fn wrap_data(record: &str, master: &MasterKeyId) -> AssociatedData {
    AssociatedData::default().part(&[FORMAT]).part(record.as_bytes()).part(master.as_str().as_bytes())
}
