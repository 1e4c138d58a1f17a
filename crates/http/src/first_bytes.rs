//! The first bytes of a connection, by which HTTP/1.1 and HTTP/2 are told apart. They are read here, since whoever
//! serves the connection has no clock before it knows which of both it serves.

use std::io;
use tokio::io::{AsyncRead, AsyncReadExt};

/// What a client that speaks HTTP/2 says first (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What a client said first; no more of it than is needed to know what it speaks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FirstBytes(pub(crate) Vec<u8>);

impl FirstBytes {
    /// Waits until it is known what the client speaks.
    ///
    /// # Errors
    /// The connection's; and when it ends before anything is known.
    pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Self> {
        let mut said = Vec::with_capacity(PREFACE.len());
        while said.len() < PREFACE.len() && PREFACE.starts_with(&said) {
            let missing = PREFACE.len() - said.len();
            if (&mut *stream).take(missing as u64).read_buf(&mut said).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(Self(said))
    }

    pub(crate) fn is_http2(&self) -> bool {
        self.0 == PREFACE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn said(parts: &[&[u8]]) -> io::Result<FirstBytes> {
        let mut line = line(parts);
        FirstBytes::read(&mut line).await
    }

    /// A line on which each part arrives by itself.
    fn line(parts: &[&[u8]]) -> impl AsyncRead + Unpin + use<> {
        let mut whole: Box<dyn AsyncRead + Unpin> = Box::new(tokio::io::empty());
        for part in parts.iter().rev() {
            whole = Box::new(io::Cursor::new(part.to_vec()).chain(whole));
        }
        whole
    }

    #[tokio::test]
    async fn the_whole_preface_is_http_2_and_the_first_other_byte_is_not() {
        assert!(said(&[b"PRI * HTTP/2.0\r\n", b"\r\nSM\r\n\r\n", b"frames"]).await.unwrap().is_http2());
        for parts in [&[b"GET / HTTP/1.1".as_slice()] as &[&[u8]], &[b"P", b"OST /"], &[b"\0"]] {
            let said = said(parts).await.unwrap();
            assert!(!said.is_http2());
            assert!(parts.concat().starts_with(&said.0), "{said:?}");
        }
    }

    #[tokio::test]
    async fn a_line_that_ends_before_says_nothing() {
        for parts in [&[] as &[&[u8]], &[b"PRI * HTTP/2.0\r\n"]] {
            assert_eq!(said(parts).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        }
    }
}
