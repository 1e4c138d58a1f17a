//! An answer that passes piece by piece, with the injected secret masked wherever it stands.

use crate::needles::Needles;
use crate::scrub::Scrubber;
use bytes::Bytes;
use keyferry_core::{ErrorCode, Failure};
use keyferry_egress::{BodyError, Incoming};
use std::fmt;

/// The rest of an answer. It keeps the secret, to look for it, until it ends or is dropped.
pub struct Streamed {
    incoming: Incoming,
    /// The integration's name as people know it.
    name: String,
    /// `None` once everything was told.
    scrubber: Option<Scrubber<Needles>>,
    bytes: usize,
}

impl Streamed {
    pub(crate) fn new(incoming: Incoming, name: &str, scrubber: Scrubber<Needles>) -> Self {
        Self { incoming, name: name.to_owned(), scrubber: Some(scrubber), bytes: 0 }
    }

    /// The next piece, never an empty one; `None` at the end. It sets no limit of time: whoever asks has a clock.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        while let Some(scrubber) = &mut self.scrubber {
            let clean = match self.incoming.chunk().await {
                Ok(Some(chunk)) => {
                    self.bytes += chunk.len();
                    scrubber.push(&chunk)
                }
                Ok(None) => self.scrubber.take().map(Scrubber::finish).unwrap_or_default(),
                Err(error) => return Err(self.broken(error)),
            };
            if !clean.is_empty() {
                return Ok(Some(clean.into()));
            }
        }
        Ok(None)
    }

    /// How many bytes have come from the upstream so far.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn broken(&self, error: BodyError) -> Failure {
        let code = match error {
            BodyError::Timeout => ErrorCode::UpstreamTimeout,
            BodyError::Cut(_) | BodyError::TooLong { .. } => ErrorCode::UpstreamUnavailable,
        };
        Failure::new(code, format!("The answer of {} broke off.", self.name)).caused_by(error)
    }
}

impl fmt::Debug for Streamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streamed").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}
