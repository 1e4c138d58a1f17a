//! PKCE (RFC 7636), by S256 alone: `plain` would let whoever sees the request use the code.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// The only method that is taken.
const METHOD: &str = "S256";
/// 32 bytes in base64.
const LENGTH: usize = 43;
/// What RFC 7636 allows a verifier, in characters.
const VERIFIER: std::ops::RangeInclusive<usize> = 43..=128;

/// The SHA-256 of a verifier that only the program knows, in base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge(String);

impl Challenge {
    /// A challenge by a named method; nothing when the method is another than S256, or absent, which means `plain`.
    #[must_use]
    pub fn parse(challenge: &str, method: Option<&str>) -> Option<Self> {
        let is_hash = challenge.len() == LENGTH && URL_SAFE_NO_PAD.decode(challenge).is_ok();
        (is_hash && method == Some(METHOD)).then(|| Self(challenge.to_owned()))
    }

    pub(super) fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Both sides are hashes of what only one knows: comparing them tells nobody anything by the time it takes.
    pub(super) fn is_answered_by(&self, verifier: &str) -> bool {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        VERIFIER.contains(&verifier.len())
            && verifier.bytes().all(unreserved)
            && URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) == self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_standards_own_example_is_answered() {
        let challenge = Challenge::parse(CHALLENGE, Some("S256")).unwrap();
        assert!(challenge.is_answered_by(VERIFIER));
        assert!(!challenge.is_answered_by(CHALLENGE));
    }

    #[test]
    fn no_other_method_and_no_other_form_is_a_challenge() {
        for method in [None, Some(""), Some("plain"), Some("s256"), Some("S256 ")] {
            assert_eq!(Challenge::parse(CHALLENGE, method), None, "{method:?}");
        }
        let long = format!("{CHALLENGE}A");
        for text in ["", VERIFIER.trim_end_matches('k'), long.as_str(), &CHALLENGE.replace('-', "+")] {
            assert_eq!(Challenge::parse(text, Some("S256")), None, "{text}");
        }
    }

    #[test]
    fn a_verifier_that_the_standard_forbids_answers_nothing() {
        for verifier in ["", "short", &"a".repeat(129), &format!("{} ", "a".repeat(43))] {
            let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
            assert!(!Challenge(hash).is_answered_by(verifier), "{verifier}");
        }
    }

    proptest! {
        #[test]
        fn only_its_own_verifier_answers(own in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{43,128}") {
            let challenge = Challenge(URL_SAFE_NO_PAD.encode(Sha256::digest(own.as_bytes())));
            prop_assert!(challenge.is_answered_by(&own));
            prop_assert_eq!(challenge.is_answered_by(&other), own == other);
        }
    }
}
