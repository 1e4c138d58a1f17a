//! An answer whose body has not been read yet.

use crate::BodyError;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{self, Body};
use std::fmt;
use tokio::time::{Instant, timeout_at};

/// Prints its status only.
pub struct Incoming {
    pub status: StatusCode,
    pub headers: HeaderMap,
    rest: body::Incoming,
    /// When the request's time is over; `None` where the reader keeps a clock.
    until: Option<Instant>,
}

impl Incoming {
    pub(crate) fn new(response: Response<body::Incoming>, until: Option<Instant>) -> Self {
        let (head, rest) = response.into_parts();
        Self { status: head.status, headers: head.headers, rest, until }
    }

    /// How many bytes the body has, where the answer said so.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.rest.size_hint().exact()
    }

    /// Reads the body to its end, within the time that the request had.
    ///
    /// # Errors
    /// [`BodyError::TooLong`] as soon as there are more than `limit` bytes; they are not kept.
    pub async fn body(mut self, limit: usize) -> Result<Bytes, BodyError> {
        let announced = usize::try_from(self.rest.size_hint().lower()).unwrap_or(usize::MAX);
        if announced > limit {
            return Err(BodyError::TooLong { limit });
        }
        let first = self.chunk().await?.unwrap_or_default();
        if first.len() > limit {
            return Err(BodyError::TooLong { limit });
        }
        // What came in one piece is not copied.
        if self.rest.is_end_stream() {
            return Ok(first);
        }
        let mut body = BytesMut::with_capacity(announced.max(first.len()));
        body.extend_from_slice(&first);
        while let Some(chunk) = self.chunk().await? {
            if chunk.len() > limit - body.len() {
                return Err(BodyError::TooLong { limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// When the connection breaks, or the time that the request had is over.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, BodyError> {
        match self.until {
            Some(until) => timeout_at(until, data(&mut self.rest)).await.unwrap_or(Err(BodyError::Timeout)),
            None => data(&mut self.rest).await,
        }
    }
}

/// The next piece that is none of trailers.
async fn data(body: &mut body::Incoming) -> Result<Option<Bytes>, BodyError> {
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").field("status", &self.status).finish_non_exhaustive()
    }
}
