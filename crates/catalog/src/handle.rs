//! What a handle looks like: a name for a secret, which an agent may hold instead of the secret.

/// What every handle begins with.
pub const HANDLE_PREFIX: &str = "kfs_";

/// How many lower-case hexadecimal digits follow.
const DIGITS: usize = 32;
/// So many letters and digits after the prefix are no chance any more: it was meant as a handle.
const MEANT: usize = 16;

/// Whether a text has the form of a handle.
#[must_use]
pub fn is_handle(text: &str) -> bool {
    let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.strip_prefix(HANDLE_PREFIX)
        .is_some_and(|digits| digits.len() == DIGITS && digits.bytes().all(lower_hex))
}

/// Whether a text is a handle, or one that was cut or changed. The latter must not be taken for a secret and sent.
pub(crate) fn resembles_handle(text: &str) -> bool {
    text.strip_prefix(HANDLE_PREFIX)
        .is_some_and(|rest| rest.len() >= MEANT && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("kfs_5e0c7a91d24fb83660ad19f7c2b8e435", true, true)]
    #[case::cut("kfs_5e0c7a91d24fb83660ad19f7c2b8e43", false, true)]
    #[case::longer("kfs_5e0c7a91d24fb83660ad19f7c2b8e4350", false, true)]
    #[case::capitals("kfs_5E0C7A91D24FB83660AD19F7C2B8E435", false, true)]
    #[case::another_word("kfs_settings", false, false)]
    #[case::not_at_the_start("x kfs_5e0c7a91d24fb83660ad19f7c2b8e435", false, false)]
    fn a_handle_is_told_from_what_resembles_one(
        #[case] text: &str,
        #[case] is: bool,
        #[case] resembles: bool,
    ) {
        assert_eq!((is_handle(text), resembles_handle(text)), (is, resembles));
    }
}
