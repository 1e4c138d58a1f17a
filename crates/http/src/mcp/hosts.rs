//! Under which names this gateway may be asked. A page whose name was rebound to this machine asks under its own name,
//! or says in `Origin` where it comes from.

use rmcp::transport::streamable_http_server::StreamableHttpServerConfig;
use url::{Host, Url};

/// What a machine calls itself.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

/// The public name; where that is this machine's own, under any of its names and ports, as tunnels have theirs.
fn hosts(public_url: &Url) -> Vec<String> {
    let Some(host) = public_url.host() else { return Vec::new() };
    let is_loopback = match &host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(name) => *name == "localhost",
    };
    if is_loopback {
        return LOOPBACK.map(str::to_owned).to_vec();
    }
    // Whatever the port: a proxy may have one of its own, and it is the name that is rebound.
    vec![host.to_string()]
}

fn origins(public_url: &Url) -> Vec<String> {
    let (scheme, port) = (public_url.scheme(), public_url.port_or_known_default().unwrap_or_default());
    let host = public_url.host_str().unwrap_or_default();
    vec![format!("{scheme}://{host}:{port}")]
}

/// No sessions, JSON where nothing is to be told before the answer, and none but these names.
pub(super) fn config(public_url: &Url) -> StreamableHttpServerConfig {
    StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_allowed_hosts(hosts(public_url))
        .with_allowed_origins(origins(public_url))
        .enforce_origin_validation()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_gateway_has_one_name_and_a_local_one_those_of_its_machine() {
        let of = |url: &str| hosts(&url.parse().unwrap());
        assert_eq!(of("https://keys.example.com:8443/"), ["keys.example.com"]);
        assert_eq!(of("http://127.0.0.1:8474/"), LOOPBACK);
        assert_eq!(of("http://localhost:8474/"), LOOPBACK);
    }

    #[test]
    fn only_the_gateways_own_pages_are_pages_that_may_ask() {
        assert_eq!(origins(&"https://keys.example.com/".parse().unwrap()), ["https://keys.example.com:443"]);
        assert_eq!(origins(&"http://127.0.0.1:8474/".parse().unwrap()), ["http://127.0.0.1:8474"]);
    }
}
