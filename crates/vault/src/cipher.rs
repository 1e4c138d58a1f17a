//! AES-256-GCM and randomness: the only file that touches a cipher. A box is nonce, ciphertext, tag.

use crate::associated_data::AssociatedData;
use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};
use rand::TryRng;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

pub(crate) const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
/// How much longer a box is than what is in it.
pub(crate) const BOX_OVERHEAD: usize = NONCE_BYTES + TAG_BYTES;

pub(crate) type Secret = Zeroizing<[u8; KEY_BYTES]>;

/// The text is longer than AES-GCM may encrypt under one nonce (64 GiB).
#[derive(Debug)]
pub(crate) struct TooLong;

/// Key, nonce, associated data and ciphertext do not belong together.
#[derive(Debug)]
pub(crate) struct NotAuthentic;

pub(crate) fn random_secret() -> Secret {
    let mut secret = Secret::default();
    fill_random(secret.as_mut_slice());
    secret
}

/// Seals under a fresh random nonce.
pub(crate) fn seal(key: &Secret, data: &AssociatedData, plain: &[u8]) -> Result<Vec<u8>, TooLong> {
    let mut nonce = [0; NONCE_BYTES];
    fill_random(&mut nonce);
    // Room for all of it at once: growing would leave a copy of the secret in freed memory.
    let mut sealed = Vec::with_capacity(plain.len() + BOX_OVERHEAD);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plain);
    let tag = Aes256Gcm::new((&**key).into())
        .encrypt_inout_detached((&nonce).into(), data.as_bytes(), (&mut sealed[NONCE_BYTES..]).into())
        .map_err(|_| TooLong)?;
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

pub(crate) fn open(
    key: &Secret,
    data: &AssociatedData,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, NotAuthentic> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(NotAuthentic)?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG_BYTES>().ok_or(NotAuthentic)?;
    let mut plain = Zeroizing::new(ciphertext.to_vec());
    Aes256Gcm::new((&**key).into())
        .decrypt_inout_detached(nonce.into(), data.as_bytes(), plain.as_mut_slice().into(), tag.into())
        .map_err(|_| NotAuthentic)?;
    Ok(plain)
}

fn fill_random(bytes: &mut [u8]) {
    SysRng
        .try_fill_bytes(bytes)
        .expect("the operating system gives randomness: no key can be made without it");
}
