//! A request on its way out.

use bytes::Bytes;
use http::{HeaderMap, Method};
use std::fmt;
use std::time::Duration;
use url::Url;

/// Prints neither headers nor body, and of the URL the host only.
pub struct Outgoing {
    /// On whose behalf: decides which allow rules count.
    pub integration: String,
    pub method: Method,
    pub url: Url,
    /// Headers that carry a secret are to be marked sensitive.
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
    /// How long all of it may take, from resolving the name to the last byte of the answer.
    pub timeout: Duration,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("integration", &self.integration)
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
