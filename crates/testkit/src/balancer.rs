//! HAProxy with the configuration that the project ships.

use crate::daemon::Daemon;
use std::fmt::Write;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::process::Command;

const CONFIGURATION: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/haproxy.cfg"));
/// Nobody listens there: a gateway that is not ready.
const NOBODY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 1);

#[derive(Debug)]
pub struct Balancer(Daemon);

impl Balancer {
    /// Before two gateways, as it is shipped. Before more, they stand beneath those two; where there is one, the other is
    /// not ready.
    ///
    /// # Panics
    /// When HAProxy is not there, or does not take the configuration.
    pub async fn start(gateways: &[SocketAddr]) -> Self {
        let mut text = CONFIGURATION.to_owned();
        for gateway in gateways.iter().skip(2) {
            writeln!(text, "    server gateway-{} {gateway}", gateway.port()).expect("a text grows");
        }
        let named = |index: usize| gateways.get(index).copied().unwrap_or(NOBODY).to_string();
        let daemon = Daemon::start("haproxy.cfg", &text, &[("${LISTEN}", "@ADDRESS@")], |file, _| {
            let mut command = Command::new("haproxy");
            command.arg("-db").arg("-f").arg(file);
            command.env("GATEWAY_ONE", named(0)).env("GATEWAY_TWO", named(1));
            command
        });
        Self(daemon.await)
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// Without a slash at its end.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}", self.address())
    }
}
