//! An answer whose body has not been read yet.

use crate::BodyError;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use std::fmt;

/// Prints its status only.
pub struct Incoming {
    pub status: StatusCode,
    pub headers: HeaderMap,
    rest: reqwest::Response,
}

impl Incoming {
    pub(crate) fn new(mut response: reqwest::Response) -> Self {
        let headers = std::mem::take(response.headers_mut());
        Self { status: response.status(), headers, rest: response }
    }

    /// Reads the body to its end, within the time that the request had.
    ///
    /// # Errors
    /// [`BodyError::TooLong`] as soon as there are more than `limit` bytes; they are not kept.
    pub async fn body(mut self, limit: usize) -> Result<Bytes, BodyError> {
        let announced = self.rest.content_length().unwrap_or(0);
        let announced = usize::try_from(announced).unwrap_or(usize::MAX);
        if announced > limit {
            return Err(BodyError::TooLong { limit });
        }
        let mut body = BytesMut::with_capacity(announced);
        while let Some(chunk) = self.rest.chunk().await? {
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
        Ok(self.rest.chunk().await?)
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").field("status", &self.status).finish_non_exhaustive()
    }
}
