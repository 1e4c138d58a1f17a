//! What the operator decides about outgoing requests.

use ipnet::IpNet;
use serde::Deserialize;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Clone)]
pub struct EgressSettings {
    /// Exceptions to the filter.
    pub allow: Vec<AllowRule>,
    /// A PEM file of certificate authorities to trust besides the system's.
    pub extra_ca: Option<PathBuf>,
    /// How long resolving, connecting and the TLS handshake may take together. Below the timeouts of requests: one
    /// that is up before this one is over can't tell that nothing was sent.
    pub connect_timeout: Duration,
}

/// Lets one integration reach one host and port at addresses that the filter refuses otherwise. While a rule names a
/// host and port, the integration reaches them in the rule's network only.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowRule {
    pub integration: String,
    /// A name or an address, as in a URL.
    pub host: String,
    pub port: u16,
    /// Where the host may be.
    pub network: IpNet,
}

impl fmt::Display for AllowRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {}:{} in {}", self.integration, self.host, self.port, self.network)
    }
}
