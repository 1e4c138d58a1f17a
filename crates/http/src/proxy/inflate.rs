//! Unpacks a body, within limits: a few bytes must not become many.

use flate2::bufread::GzDecoder;
use keyferry_core::{ErrorCode, Failure};
use std::io::Read;

/// How many bytes one packed byte may become. Gzip makes up to 1,032 of one; honest batches of events, a hundred.
const RATIO: usize = 256;
/// Bytes at a time.
const STEP: usize = 16 * 1024;

/// # Errors
/// `payload_too_large` when it is more than `limit` bytes or grows beyond reason, `invalid_arguments` when it is not
/// one gzip member and nothing else.
pub(super) fn inflated(packed: &[u8], limit: usize) -> Result<Vec<u8>, Failure> {
    let most = limit.min(packed.len().saturating_mul(RATIO));
    let mut decoder = GzDecoder::new(packed);
    let mut plain = Vec::new();
    loop {
        let read = (&mut decoder).take(STEP as u64).read_to_end(&mut plain).map_err(|_| broken())?;
        if plain.len() > most {
            let message =
                format!("The body is larger than {most} bytes when it is unpacked; nothing was sent.");
            return Err(Failure::new(ErrorCode::PayloadTooLarge, message).hint("Send less at once."));
        }
        if read == 0 {
            break;
        }
    }
    if decoder.into_inner().is_empty() { Ok(plain) } else { Err(broken()) }
}

fn broken() -> Failure {
    Failure::new(ErrorCode::InvalidArguments, "The body says that it is gzip, and is not; nothing was sent.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn packed(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn code(bytes: &[u8]) -> ErrorCode {
        inflated(bytes, 1000).unwrap_err().code
    }

    #[test]
    fn what_was_packed_comes_out_up_to_the_limit() {
        let random: Vec<u8> = (0..1000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert_eq!(inflated(&packed(&random), 1000).unwrap(), random);
        assert_eq!(code(&packed(&[b"x".as_slice(), &random].concat())), ErrorCode::PayloadTooLarge);
    }

    #[test]
    fn what_grows_beyond_reason_is_stopped_before_the_limit() {
        let bomb = packed(&vec![0; 400_000]);
        assert!(bomb.len() * RATIO < 400_000);
        assert_eq!(inflated(&bomb, 512_000).unwrap_err().code, ErrorCode::PayloadTooLarge);
    }

    #[test]
    fn a_broken_a_cut_and_a_longer_one_are_none() {
        let whole = packed(b"{\"a\":1}");
        assert_eq!(code(b"{}"), ErrorCode::InvalidArguments);
        assert_eq!(code(&whole[..whole.len() - 1]), ErrorCode::InvalidArguments);
        assert_eq!(code(&[whole.as_slice(), b"x"].concat()), ErrorCode::InvalidArguments);
        assert_eq!(code(&[whole.as_slice(), &whole].concat()), ErrorCode::InvalidArguments);
    }
}
