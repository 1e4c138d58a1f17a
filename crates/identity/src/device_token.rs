//! Tokens with a recognizable prefix and a checksum: `kfd_` for a device's, `kfr_` for a refresh token.
//!
//! 43 base62 characters carry 32 random bytes, 6 more the CRC-32 of everything before them. So a secret scanner
//! recognizes one without asking us, and a mistyped or truncated one costs no look-up.

use crate::secret::{SECRET_LENGTH, base62_of_u32, hash, is_base62, random_secret};
use keyferry_core::{ExposeSecret, SecretString};
use std::marker::PhantomData;

const CHECKSUM_LENGTH: usize = 6;

/// What a token is for; its prefix says it.
pub trait TokenKind {
    const PREFIX: &'static str;
}

/// A device's own token, sent with each call.
#[derive(Debug)]
pub struct ForDevice;

/// Exchanged once for an access token and its successor.
#[derive(Debug)]
pub struct ForRefresh;

impl TokenKind for ForDevice {
    const PREFIX: &'static str = "kfd_";
}

impl TokenKind for ForRefresh {
    const PREFIX: &'static str = "kfr_";
}

pub type DeviceToken = Token<ForDevice>;
pub type RefreshToken = Token<ForRefresh>;

/// A token whose form and checksum are right. Whether it is anyone's, only the store can tell.
#[derive(Debug)]
pub struct Token<Kind> {
    secret: SecretString,
    kind: PhantomData<Kind>,
}

/// The text is not a token of this kind: mistyped, cut short, or something else altogether.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a token of this gateway: its form or its checksum is wrong")]
pub struct Malformed;

impl<Kind: TokenKind> Token<Kind> {
    /// A new random token.
    #[must_use]
    pub fn new() -> Self {
        Self::of(&random_secret())
    }

    /// The token around a secret of 43 base62 characters.
    pub(crate) fn of(secret: &SecretString) -> Self {
        let body = format!("{}{}", Kind::PREFIX, secret.expose_secret());
        let checksum = checksum(&body);
        Self { secret: SecretString::from(body + &checksum), kind: PhantomData }
    }

    /// Checks form and checksum.
    ///
    /// # Errors
    /// [`Malformed`] for anything that this gateway can't have made.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let random = text.strip_prefix(Kind::PREFIX).ok_or(Malformed)?;
        if random.len() != SECRET_LENGTH + CHECKSUM_LENGTH || !random.bytes().all(is_base62) {
            return Err(Malformed);
        }
        let (body, given) = text.split_at(text.len() - CHECKSUM_LENGTH);
        if checksum(body) != given {
            return Err(Malformed);
        }
        Ok(Self { secret: SecretString::from(text), kind: PhantomData })
    }

    /// The whole token, to be shown once.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.secret.expose_secret()
    }

    #[must_use]
    pub fn into_secret(self) -> SecretString {
        self.secret
    }

    /// The last four characters, by which a person recognizes it in a list.
    pub(crate) fn last4(&self) -> &str {
        let token = self.expose();
        &token[token.len() - 4..]
    }

    /// What the store keeps of it.
    pub(crate) fn hash(&self) -> Vec<u8> {
        hash(self.expose())
    }
}

impl<Kind: TokenKind> Default for Token<Kind> {
    fn default() -> Self {
        Self::new()
    }
}

fn checksum(body: &str) -> String {
    base62_of_u32(crc32fast::hash(body.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_new_token_has_the_documented_form() {
        let token = DeviceToken::new();
        assert_eq!(token.expose().len(), "kfd_".len() + 43 + 6);
        assert!(token.expose().starts_with("kfd_"));
        assert_eq!(DeviceToken::parse(token.expose()).unwrap().hash(), token.hash());
    }

    #[test]
    fn a_token_of_one_kind_is_not_one_of_another() {
        let other = DeviceToken::new().expose().replacen("kfd_", "kfr_", 1);
        assert_eq!(RefreshToken::parse(&other).err(), Some(Malformed));
    }

    #[test]
    fn debug_prints_no_token() {
        let token = DeviceToken::new();
        assert!(!format!("{token:?}").contains(&token.expose()[4..]));
    }

    proptest! {
        #[test]
        fn one_changed_character_is_noticed(at in 0_usize..53, to in "[0-9A-Za-z]") {
            let token = DeviceToken::new();
            let mut changed = token.expose().to_owned();
            changed.replace_range(at..=at, &to);
            prop_assume!(changed != token.expose());
            prop_assert!(DeviceToken::parse(&changed).is_err());
        }

        #[test]
        fn no_other_text_is_a_token(text in any::<String>()) {
            prop_assert!(DeviceToken::parse(&text).is_err());
        }

        #[test]
        fn a_shortened_token_is_none(length in 0_usize..53) {
            let token = DeviceToken::new();
            prop_assert!(DeviceToken::parse(&token.expose()[..length]).is_err());
        }
    }
}
