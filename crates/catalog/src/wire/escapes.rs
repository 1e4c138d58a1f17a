//! Percent-encoding, undone once and strictly.

/// The text behind an encoded one; `None` when an escape is broken or the bytes are no UTF-8.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = if *first == b'%' {
            let (digits, tail) = tail.split_at_checked(2)?;
            bytes.push(digit(digits[0])? << 4 | digit(digits[1])?);
            tail
        } else {
            bytes.push(*first);
            tail
        };
    }
    String::from_utf8(bytes).ok()
}

/// The same in a query, where `+` is a space.
pub(super) fn decoded_query(text: &str) -> Option<String> {
    decoded(&text.replace('+', " "))
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("a%2Fb%2f", Some("a/b/"))]
    #[case("%252e", Some("%2e"))]
    #[case("caf%C3%A9", Some("café"))]
    #[case("a+b", Some("a+b"))]
    #[case("%", None)]
    #[case("%2", None)]
    #[case("%+1", None)]
    #[case("%zz", None)]
    #[case("%ff", None)]
    fn an_escape_is_undone_once_or_refused(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(decoded(text).as_deref(), expected);
    }

    #[test]
    fn a_plus_is_a_space_in_a_query_only() {
        assert_eq!(decoded_query("a+b%2B").as_deref(), Some("a b+"));
    }
}
