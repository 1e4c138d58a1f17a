//! The code that a person types: 8 letters of a 20-letter alphabet, shown as `XXXX-XXXX`.

use crate::secret::hash;
use rand::RngExt;
use std::fmt;

/// Consonants only (RFC 8628, section 6.1): no words appear, and no digit is taken for a letter.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

/// A code of the right form, without the dash.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    /// 20^8 possibilities, about 2^34.6: enough for ten minutes and a handful of guesses.
    pub(crate) fn new() -> Self {
        let mut rng = rand::rng();
        Self((0..LENGTH).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())])).collect())
    }

    /// Reads what a person typed: any case, with or without dashes and spaces. `None` when it can't be a code.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let letters: String = typed
            .chars()
            .filter(|character| !matches!(character, '-' | '–' | ' '))
            .map(|character| character.to_ascii_uppercase())
            .take(LENGTH + 1)
            .collect();
        let well_formed = letters.len() == LENGTH && letters.bytes().all(|letter| ALPHABET.contains(&letter));
        well_formed.then_some(Self(letters))
    }

    pub(crate) fn hash(&self) -> Vec<u8> {
        hash(&self.0)
    }
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(LENGTH / 2);
        write!(f, "{first}-{second}")
    }
}

/// A code opens a pairing while it is open, so it doesn't belong in a log.
impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_code_is_shown_in_two_groups_and_read_however_it_is_typed() {
        let code = UserCode::new();
        let shown = code.to_string();
        assert_eq!(shown.len(), 9);
        assert_eq!(&shown[4..5], "-");
        for typed in [shown.clone(), shown.to_lowercase(), shown.replace('-', ""), format!(" {shown} ")] {
            assert_eq!(UserCode::parse(&typed), Some(code.clone()), "{typed}");
        }
    }

    #[test]
    fn vowels_digits_and_other_lengths_are_no_code() {
        for typed in ["", "BCDF-GHJ", "BCDF-GHJKL", "ABCD-BCDF", "BCDF-GHJ1", "BCDF-GHJß"] {
            assert_eq!(UserCode::parse(typed), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_a_code_that_shows_itself_or_none(typed in "\\PC{0,20}|[b-zB-Z –-]{6,12}") {
            if let Some(code) = UserCode::parse(&typed) {
                prop_assert_eq!(UserCode::parse(&code.to_string()), Some(code));
            }
        }
    }
}
