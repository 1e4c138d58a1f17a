//! A data key that stays open for a while: it seals bodies and makes keyed hashes.

use crate::Binding;
use crate::associated_data::length_prefix;
use crate::cipher::{self, Secret};
use crate::envelope::{FORMAT, strip_format};
use crate::error::{OpenError, OpenReason};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use std::sync::OnceLock;
use zeroize::Zeroizing;

/// Prints nothing of itself. It is cheap to use and not to be cached longer than needed.
pub struct DataKey {
    secret: Secret,
    /// Derived when they are needed: most uses need one of the two.
    sealing: OnceLock<Secret>,
    signing: OnceLock<Secret>,
}

impl DataKey {
    pub(crate) fn from_secret(secret: &Secret) -> Self {
        Self { secret: secret.clone(), sealing: OnceLock::new(), signing: OnceLock::new() }
    }

    /// Seals a body; it opens only with this key under the same binding.
    ///
    /// # Panics
    /// Beyond 64 GiB, far above what any door lets in.
    #[must_use]
    pub fn seal(&self, binding: &Binding<'_>, plain: &[u8]) -> Vec<u8> {
        let mut sealed = vec![FORMAT];
        let body = cipher::seal(self.sealing(), &binding.associated_data(FORMAT), plain)
            .expect("a body is below 64 GiB: the doors bound what they take");
        sealed.extend_from_slice(&body);
        sealed
    }

    /// Opens a body that [`DataKey::seal`] made.
    ///
    /// # Errors
    /// When it was changed, or sealed with another key or under another binding.
    pub fn open(&self, binding: &Binding<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let body = strip_format(sealed)?;
        cipher::open(self.sealing(), &binding.associated_data(FORMAT), body)
            .map_err(|_| OpenReason::SecretNotAuthentic.into())
    }

    /// HMAC-SHA-256 over the parts, each behind its length, so that moving a byte between parts changes it.
    #[must_use]
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = keyed(self.signing());
        for part in parts {
            mac.update(&length_prefix(part));
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl DataKey {
    fn sealing(&self) -> &Secret {
        self.sealing.get_or_init(|| derive(&self.secret, b"keyferry data key: sealing"))
    }

    fn signing(&self) -> &Secret {
        self.signing.get_or_init(|| derive(&self.secret, b"keyferry data key: signing"))
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(***)")
    }
}

/// One block of HKDF-Expand (RFC 5869) with SHA-256: the secret is uniform, so it needs no extraction.
fn derive(secret: &Secret, purpose: &[u8]) -> Secret {
    let mut mac = keyed(secret);
    mac.update(purpose);
    mac.update(&[1]);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

fn keyed(secret: &Secret) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret.as_slice()).expect("HMAC takes a key of any length")
}
