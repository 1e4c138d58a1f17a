//! The numbers of a JSON text.

/// Digits beyond this may be more than a double holds, whatever stands behind them.
const SURELY_FINITE: usize = 300;

/// How long the number is that the text begins with; `None` also for one that no double holds.
pub(super) fn length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let mut at = sign + digits(&bytes[sign..])?;
    if at > sign + 1 && bytes[sign] == b'0' {
        return None;
    }
    if bytes.get(at) == Some(&b'.') {
        at += 1 + digits(&bytes[at + 1..])?;
    }
    let has_exponent = matches!(bytes.get(at), Some(b'e' | b'E'));
    if has_exponent {
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        at += digits(&bytes[at..])?;
    }
    let finite = (!has_exponent && at < SURELY_FINITE) || text[..at].parse::<f64>().is_ok_and(f64::is_finite);
    finite.then_some(at)
}

/// How many digits these bytes begin with; at least one.
fn digits(bytes: &[u8]) -> Option<usize> {
    let count = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("0", Some(1))]
    #[case("-0.50,", Some(5))]
    #[case("12e+3]", Some(5))]
    #[case("1E-2}", Some(4))]
    #[case("01", None)]
    #[case("-", None)]
    #[case(".5", None)]
    #[case("1.", None)]
    #[case("1e", None)]
    #[case("+1", None)]
    #[case("1e999", None)]
    #[case("NaN", None)]
    fn a_number_is_as_rfc_8259_has_it(#[case] text: &str, #[case] expected: Option<usize>) {
        assert_eq!(length(text), expected);
    }
}
