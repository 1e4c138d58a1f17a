//! Random secrets and what the store keeps of them.
//!
//! Every secret that the gateway hands out has 256 random bits, so that a plain SHA-256 of it can be stored and
//! looked up: there is nothing to guess, and a thief of the database can't turn a hash back into the secret.

use keyferry_core::SecretString;
use rand::RngExt;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The symbols of our tokens: no punctuation, so that a double click selects the whole of it.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Length of 32 bytes in base 62: 62^43 is the first power above 2^256.
pub(crate) const SECRET_LENGTH: usize = 43;

/// 32 random bytes as 43 base62 characters; stands unescaped in a path, a cookie and a header.
pub(crate) fn random_secret() -> SecretString {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    rand::rng().fill(&mut bytes[..]);
    secret_of(*bytes)
}

/// 32 bytes that nobody can guess, spelled as [`random_secret`] spells its own.
pub(crate) fn secret_of(bytes: [u8; 32]) -> SecretString {
    SecretString::from(base62(&bytes))
}

/// The SHA-256 of a secret: what the store keeps of it.
pub(crate) fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// Whether a character is one of ours.
pub(crate) fn is_base62(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// A number below 62^6 as six base62 characters, the most significant first.
pub(crate) fn base62_of_u32(mut number: u32) -> String {
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(number % 62) as usize];
        number /= 62;
    }
    digits.iter().map(|&byte| char::from(byte)).collect()
}

/// A 256-bit big-endian number in base 62, by long division, always 43 characters.
fn base62(bytes: &[u8; 32]) -> String {
    let mut number = Zeroizing::new(*bytes);
    let mut digits = Zeroizing::new([b'0'; SECRET_LENGTH]);
    for digit in digits.iter_mut().rev() {
        let mut remainder = 0_u32;
        for byte in number.iter_mut() {
            let value = remainder * 256 + u32::from(*byte);
            *byte = (value / 62) as u8;
            remainder = value % 62;
        }
        *digit = BASE62[remainder as usize];
    }
    digits.iter().map(|&byte| char::from(byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyferry_core::ExposeSecret;

    #[test]
    fn the_ends_of_the_range_fill_43_characters() {
        assert_eq!(base62(&[0; 32]), "0".repeat(43));
        let highest = base62(&[0xff; 32]);
        // 2^256 - 1 in base 62, computed elsewhere.
        assert_eq!(highest, "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1");
        let mut one = [0; 32];
        one[31] = 62;
        assert_eq!(base62(&one), format!("{}10", "0".repeat(41)));
    }

    #[test]
    fn two_secrets_differ() {
        assert_ne!(random_secret().expose_secret(), random_secret().expose_secret());
    }

    #[test]
    fn a_number_is_six_characters() {
        assert_eq!(base62_of_u32(0), "000000");
        assert_eq!(base62_of_u32(61), "00000z");
        assert_eq!(base62_of_u32(u32::MAX), "4gfFC3");
    }
}
