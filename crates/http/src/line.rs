//! A connection's bytes, with an eye on whether the client takes what is written.

use crate::unread::Wait;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Notes when nothing more can be written, and when some of it was taken again.
#[derive(Debug)]
pub(crate) struct Line<S> {
    stream: S,
    wait: Wait,
}

impl<S> Line<S> {
    pub(crate) fn new(stream: S, wait: Wait) -> Self {
        Self { stream, wait }
    }

    fn noted<T>(&self, written: Poll<T>) -> Poll<T> {
        if written.is_pending() {
            self.wait.begins();
        } else {
            self.wait.ends();
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Line<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        read: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Line<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.noted(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.noted(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.noted(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let ended = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.noted(ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unread::Unread;
    use futures::FutureExt;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn it_waits_while_the_other_end_takes_nothing_and_no_longer() {
        let unread = Arc::new(Unread::default());
        let is_waiting = || unread.for_longer_than(Duration::ZERO).now_or_never().is_some();
        let (near, mut far) = tokio::io::duplex(4);
        let mut line = Line::new(near, unread.wait());
        line.write_all(b"abcd").await.unwrap();
        assert!(!is_waiting(), "there was room for all of it");
        assert!(line.write(b"e").now_or_never().is_none());
        assert!(is_waiting());
        far.read_exact(&mut [0; 4]).await.unwrap();
        line.write_all(b"e").await.unwrap();
        assert!(!is_waiting());
    }
}
