//! What can go wrong: at start, in sending, in reading the answer.

use crate::connector::ConnectTimedOut;
use hyper_util::client::legacy;
use keyferry_core::Cause;
use std::error::Error as StdError;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;

/// Why there is no client. Each one names what mends it.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    #[error("egress.allow, `{rule}`: {why}")]
    Rule { rule: String, why: &'static str },

    #[error("egress.extra_ca: {path}: {why}; name a PEM file with at least one certificate", path = .path.display())]
    ExtraCa { path: PathBuf, why: String },

    #[error(
        "no TLS client can be made; install the system's certificate authorities (package `ca-certificates`)"
    )]
    Tls(#[source] Cause),
}

/// Why the filter did not let a request out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("only https is called")]
    Scheme,
    #[error("plain http is sent only where a rule of `egress.allow` allows nothing but loopback")]
    PlainHttp,
    #[error("the URL carries a user name or a password")]
    UserInfo,
    #[error("the URL or a header can't be written into a request")]
    Malformed,
    #[error("{address} is {what}")]
    Address { address: IpAddr, what: &'static str },
    #[error("{address} lies outside the network that `egress.allow` names")]
    OutsideRule { address: IpAddr },
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    #[error("the gateway does not call {host}: {why}")]
    Refused { host: String, why: Refusal },
    /// The name did not resolve, nobody listens, or the TLS handshake failed.
    #[error("could not connect")]
    Connect(#[source] Cause),
    #[error("connecting took too long")]
    ConnectTimeout,
    #[error("no answer came in time")]
    Timeout,
    #[error("the connection broke before the answer came")]
    Cut(#[source] Cause),
}

impl SendError {
    /// Whether it is certain that not a byte of the request left us. Otherwise it may have arrived.
    #[must_use]
    pub fn nothing_sent(&self) -> bool {
        match self {
            Self::Refused { .. } | Self::Connect(_) | Self::ConnectTimeout => true,
            Self::Timeout | Self::Cut(_) => false,
        }
    }

    pub(crate) fn from_client(host: &str, error: legacy::Error) -> Self {
        if let Some(refusal) = beneath::<Refusal>(&error) {
            return Self::Refused { host: host.to_owned(), why: refusal.clone() };
        }
        match (error.is_connect(), is_timeout(&error)) {
            (true, true) => Self::ConnectTimeout,
            (true, false) => Self::Connect(error.into()),
            (false, _) => Self::Cut(error.into()),
        }
    }
}

/// Why an answer could not be read to its end. The request has arrived.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error("the answer is longer than {limit} bytes")]
    TooLong { limit: usize },
    #[error("the answer did not end in time")]
    Timeout,
    #[error("the connection broke within the answer")]
    Cut(#[source] Cause),
}

impl From<hyper::Error> for BodyError {
    fn from(error: hyper::Error) -> Self {
        Self::Cut(error.into())
    }
}

fn is_timeout(error: &legacy::Error) -> bool {
    let by_tcp = || beneath::<io::Error>(error).is_some_and(|error| error.kind() == io::ErrorKind::TimedOut);
    beneath::<ConnectTimedOut>(error).is_some() || by_tcp()
}

/// What the connector said, from beneath the client's own errors.
fn beneath<T: StdError + 'static>(error: &legacy::Error) -> Option<&T> {
    std::iter::successors(error.source(), |&error| error.source()).find_map(|error| error.downcast_ref())
}
