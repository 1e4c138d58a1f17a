//! Which passwords are taken. No list of breached ones is asked: length and variety decide, and the person's own
//! words don't count.

use keyferry_core::{ExposeSecret, SecretString};

/// The shortest password, in characters.
pub const SHORTEST_PASSWORD: usize = 12;
/// The longest, in characters: what a person or a password manager needs, and not what exhausts a server.
pub const LONGEST_PASSWORD: usize = 256;
/// Fewer different characters than this are a pattern.
const FEWEST_DIFFERENT: usize = 5;
/// What must be left when the words that anybody would try first are taken out, in characters.
const FEWEST_OWN: usize = 8;
/// Words that anybody would try first, besides the person's own.
const COMMON_WORDS: [&str; 6] = ["keyferry", "segment", "password", "passwort", "welcome", "qwerty"];
/// Rows of a keyboard; a walk along one is no secret.
const KEYBOARD_ROWS: [&str; 4] = ["qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890"];

/// Why a password is not taken; the sentence is for the person who chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    #[error("Choose a password of at least {SHORTEST_PASSWORD} characters; a few unrelated words do well.")]
    TooShort,
    #[error("Choose a password of at most {LONGEST_PASSWORD} characters.")]
    TooLong,
    #[error("This password repeats itself or follows a row; choose a few unrelated words instead.")]
    Pattern,
    #[error(
        "This password is mostly your own name, address or a common word; choose something less expected."
    )]
    Guessable,
}

/// Checks a new password. `about` is what is publicly known of the person: e-mail address and name.
///
/// # Errors
/// The first rule that the password breaks.
pub fn check_strength(password: &SecretString, about: &[&str]) -> Result<(), WeakPassword> {
    let lower = password.expose_secret().to_lowercase();
    let characters: Vec<char> = lower.chars().collect();
    if password.expose_secret().chars().count() > LONGEST_PASSWORD {
        return Err(WeakPassword::TooLong);
    }
    if characters.len() < SHORTEST_PASSWORD {
        return Err(WeakPassword::TooShort);
    }
    if few_different(&characters) || repeats(&characters) || follows_a_row(&characters) {
        return Err(WeakPassword::Pattern);
    }
    if without_known_words(&lower, about).chars().count() < FEWEST_OWN {
        return Err(WeakPassword::Guessable);
    }
    Ok(())
}

fn few_different(characters: &[char]) -> bool {
    let mut different = characters.to_vec();
    different.sort_unstable();
    different.dedup();
    different.len() < FEWEST_DIFFERENT
}

/// Whether it is one short piece over and over: `abc1abc1abc1`.
fn repeats(characters: &[char]) -> bool {
    (1..=characters.len() / 2).any(|length| {
        let piece = &characters[..length];
        characters.chunks(length).all(|chunk| piece.starts_with(chunk))
    })
}

/// Whether at least two thirds of the steps go to a neighbour in the alphabet, the digits or on the keyboard.
fn follows_a_row(characters: &[char]) -> bool {
    let steps = characters.windows(2).filter(|pair| neighbours(pair[0], pair[1])).count();
    steps * 3 >= (characters.len() - 1) * 2
}

fn neighbours(one: char, other: char) -> bool {
    let in_code = u32::from(one).abs_diff(u32::from(other)) <= 1;
    let on_keyboard = KEYBOARD_ROWS.iter().any(|row| match (row.find(one), row.find(other)) {
        (Some(here), Some(there)) => here.abs_diff(there) == 1,
        _ => false,
    });
    in_code || on_keyboard
}

/// What is left of the password without the words of four letters and more that stand in `about` or are common.
fn without_known_words(lower: &str, about: &[&str]) -> String {
    let about = about.iter().map(|text| text.to_lowercase()).collect::<Vec<_>>();
    let own = about.iter().flat_map(|text| text.split(|character: char| !character.is_alphanumeric()));
    let mut words: Vec<&str> = own.filter(|word| word.chars().count() >= 4).chain(COMMON_WORDS).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.iter().fold(lower.to_owned(), |left, word| left.replace(word, ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::short("Tr0ub4dor&3", Err(WeakPassword::TooShort))]
    #[case::one_letter("aaaaaaaaaaaaaaaa", Err(WeakPassword::Pattern))]
    #[case::repeated("xk3qvxk3qvxk3qv", Err(WeakPassword::Pattern))]
    #[case::digits("1234567890123", Err(WeakPassword::Pattern))]
    #[case::keyboard("qwertyuiopasdf", Err(WeakPassword::Pattern))]
    #[case::own_name("jane.doe-example1", Err(WeakPassword::Guessable))]
    #[case::common("KeyferryPassword1", Err(WeakPassword::Guessable))]
    #[case::words("correct horse battery", Ok(()))]
    #[case::random("zT5r!9wQm2Lk", Ok(()))]
    #[case::other_script("мой дом стоит у реки", Ok(()))]
    fn the_rule(#[case] password: &str, #[case] verdict: Result<(), WeakPassword>) {
        assert_eq!(check_strength(&password.into(), &["jane.doe@example.com", "Jane Doe"]), verdict);
    }

    #[test]
    fn a_password_has_an_end() {
        let long: String = ('a'..='z').cycle().step_by(7).take(LONGEST_PASSWORD + 1).collect();
        assert_eq!(check_strength(&long.into(), &[]), Err(WeakPassword::TooLong));
    }
}
