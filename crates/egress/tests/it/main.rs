//! The client against real sockets of this machine.

#![expect(clippy::unwrap_used, reason = "a helper that can't do its part fails the test")]

mod answers;
mod faults;
mod filter;
mod server;
mod start;
mod tls_server;

use http::{HeaderMap, Method};
use keyferry_egress::{AllowRule, Egress, EgressSettings, Outgoing};
use std::net::SocketAddr;
use std::time::Duration;

const SOON: Duration = Duration::from_millis(300);
/// Longer than any test takes: what runs into it hangs.
const LATE: Duration = Duration::from_secs(10);

fn egress(allow: Vec<AllowRule>) -> Egress {
    Egress::new(settings(allow)).unwrap()
}

fn settings(allow: Vec<AllowRule>) -> EgressSettings {
    EgressSettings { allow, extra_ca: None, connect_timeout: LATE }
}

fn rule(host: &str, port: u16, network: &str) -> AllowRule {
    AllowRule { integration: "segment".into(), host: host.into(), port, network: network.parse().unwrap() }
}

/// A client that may reach this server by its address.
fn egress_to(server: SocketAddr) -> Egress {
    egress(vec![rule("127.0.0.1", server.port(), "127.0.0.0/8")])
}

fn get(url: impl AsRef<str>) -> Outgoing {
    Outgoing {
        integration: "segment".into(),
        method: Method::GET,
        url: url.as_ref().parse().unwrap(),
        headers: HeaderMap::new(),
        body: None,
        timeout: LATE,
    }
}
