//! The proxy: programs that speak an upstream's own language, with the gateway's token where the upstream wants its
//! key. It is the one flow with another face: the same tools, connections, rules, journal and redaction.
//!
//! What differs: no preview stands between the request and the send, so that changes need a device that is trusted or
//! was granted the API, and what has high impact is never sent from here; a request is sent once, since such programs
//! have a retry policy of their own; and the answer is the upstream's own bytes.

mod change;
mod pages;
mod permission;
mod plan;
mod read;
mod request;
mod send;
mod stream;
mod told;

pub use pages::ProxiedApi;
pub use request::{ProxyBody, ProxyRequest, Target};
pub use stream::{BrokenOff, ProxyStream};

use crate::view::Meta;
use bytes::Bytes;
use http::HeaderMap;

/// What the upstream answered, as it may be shown.
#[derive(Debug)]
pub struct ProxyAnswer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: AnswerBody,
    pub meta: Meta,
}

#[derive(Debug)]
pub enum AnswerBody {
    Whole(Bytes),
    Streamed(ProxyStream),
}
