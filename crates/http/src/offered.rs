//! An answer on HTTP/2, with an eye on whether the client wants more of it. There each stream has a window of its own:
//! a client may keep one shut while the line is free.

use crate::unread::Wait;
use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};

/// So much is offered at a time: what was taken over is out of sight.
const PIECE: usize = 16 * 1024;

/// Waits from when it has something to offer until it is asked for more.
#[derive(Debug)]
pub(crate) struct Offered {
    body: Body,
    /// Of a piece that was too large to be offered at once.
    rest: Bytes,
    wait: Wait,
}

impl Offered {
    pub(crate) fn new(body: Body, wait: Wait) -> Self {
        wait.begins();
        Self { body, rest: Bytes::new(), wait }
    }

    fn piece(&mut self, mut bytes: Bytes) -> Frame<Bytes> {
        self.rest = bytes.split_off(bytes.len().min(PIECE));
        Frame::data(bytes)
    }
}

impl HttpBody for Offered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.wait.ends();
        if !self.rest.is_empty() {
            let rest = std::mem::take(&mut self.rest);
            self.wait.begins();
            return Poll::Ready(Some(Ok(self.piece(rest))));
        }
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = polled {
            self.wait.begins();
            let offered = frame.into_data().map_or_else(|other| other, |bytes| self.piece(bytes));
            return Poll::Ready(Some(Ok(offered)));
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (mut hint, rest) = (self.body.size_hint(), self.rest.len() as u64);
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(hint.lower() + rest);
        hint
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unread::Unread;
    use futures::{FutureExt, StreamExt, stream};
    use http_body_util::BodyExt;
    use std::sync::Arc;
    use std::time::Duration;

    #[tokio::test]
    async fn it_waits_for_the_client_and_not_for_what_is_still_to_be_said() {
        let unread = Arc::new(Unread::default());
        let is_waiting = || unread.for_longer_than(Duration::ZERO).now_or_never().is_some();
        let said = stream::iter([Ok::<_, axum::Error>("once")]).chain(stream::pending());
        let mut offered = Offered::new(Body::from_stream(said), unread.wait());
        assert!(is_waiting(), "nobody has asked for any of it");
        offered.frame().await.unwrap().unwrap();
        assert!(is_waiting(), "nobody has asked for more");
        assert!(offered.frame().now_or_never().is_none());
        assert!(!is_waiting(), "there is nothing to take");
    }

    #[tokio::test]
    async fn what_is_large_is_offered_in_pieces_and_comes_out_whole() {
        let whole: Vec<u8> = (0..PIECE * 2 + 1).map(|number| (number % 251) as u8).collect();
        let unread = Arc::new(Unread::default());
        let mut offered = Offered::new(Body::from(whole.clone()), unread.wait());
        assert_eq!(offered.size_hint().exact(), Some(whole.len() as u64));
        let mut taken = Vec::new();
        while let Some(frame) = offered.frame().await {
            let piece = frame.unwrap().into_data().unwrap();
            assert!(piece.len() <= PIECE);
            taken.extend_from_slice(&piece);
            assert_eq!(offered.size_hint().exact(), Some((whole.len() - taken.len()) as u64));
        }
        assert_eq!(taken, whole);
        assert!(offered.is_end_stream());
    }
}
