//! A stream with what was already read of it before it again.
//!
//! What was read and what has come since are told in one read: HTTP/1 doubles its buffer when the beginning of a
//! request comes in two, and keeps the larger one for as long as the connection is there.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

#[derive(Debug)]
pub(crate) struct Resumed<S> {
    said: Vec<u8>,
    stream: S,
}

impl<S> Resumed<S> {
    pub(crate) fn new(said: Vec<u8>, stream: S) -> Self {
        Self { said, stream }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Resumed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        read: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.said.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, read);
        }
        let told = self.said.len().min(read.remaining());
        read.put_slice(&self.said[..told]);
        self.said.drain(..told);
        if !self.said.is_empty() || read.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        self.said = Vec::new();
        match Pin::new(&mut self.stream).poll_read(cx, read) {
            Poll::Ready(come) => Poll::Ready(come),
            Poll::Pending => Poll::Ready(Ok(())),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Resumed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn what_was_said_and_what_has_come_since_are_one_read() {
        let (mut client, server) = tokio::io::duplex(64);
        client.write_all(b"llo").await.unwrap();
        let mut resumed = Resumed::new(b"he".to_vec(), server);
        let mut read = [0; 64];
        assert_eq!(resumed.read(&mut read).await.unwrap(), 5);
        assert_eq!(&read[..5], b"hello");
        drop(client);
        assert_eq!(resumed.read(&mut read).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn nothing_is_waited_for_while_there_is_something_to_tell() {
        let (_client, server) = tokio::io::duplex(64);
        let mut resumed = Resumed::new(b"hello".to_vec(), server);
        let mut read = [0; 2];
        let mut told = Vec::new();
        for _ in 0..3 {
            let length = resumed.read(&mut read).await.unwrap();
            told.extend_from_slice(&read[..length]);
        }
        assert_eq!(told, b"hello");
    }
}
