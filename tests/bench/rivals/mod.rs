//! Others that stand between a client and an upstream and put a key into each request. They are told one key for all;
//! what a gateway does besides (whose key, may they, the record of it) they do not do.

use crate::world::{PUBLIC_API_KEY, Upstream};
use keyferry_testkit::Daemon;
use tokio::process::Command;

/// One that injects a static key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rival {
    Nginx,
    Haproxy,
    Envoy,
}

impl Rival {
    pub(crate) const ALL: [Self; 3] = [Self::Nginx, Self::Haproxy, Self::Envoy];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Haproxy => "HAProxy",
            Self::Envoy => "Envoy",
        }
    }

    fn configuration(self) -> (&'static str, &'static str) {
        match self {
            Self::Nginx => ("nginx.conf", include_str!("nginx.conf")),
            Self::Haproxy => ("haproxy.cfg", include_str!("haproxy.cfg")),
            Self::Envoy => ("envoy.yaml", include_str!("envoy.yaml")),
        }
    }

    pub(crate) async fn start(self, upstream: &Upstream) -> Daemon {
        let address = upstream.address();
        let (whole, ip, port) = (address.to_string(), address.ip().to_string(), address.port().to_string());
        let words = [
            ("@KEY@", PUBLIC_API_KEY),
            ("@UPSTREAM@", whole.as_str()),
            ("@UPSTREAM_IP@", ip.as_str()),
            ("@UPSTREAM_PORT@", port.as_str()),
        ];
        let (name, text) = self.configuration();
        Daemon::start(name, text, &words, |file, folder| {
            let mut command = Command::new(self.name().to_lowercase());
            match self {
                Self::Nginx => command.arg("-c").arg(file).arg("-p").arg(folder).args(["-e", "stderr"]),
                Self::Haproxy => command.arg("-db").arg("-f").arg(file),
                Self::Envoy => command.arg("--config-path").arg(file).args([
                    "--concurrency",
                    "1",
                    "--use-dynamic-base-id",
                    "--log-level",
                    "error",
                ]),
            };
            command
        })
        .await
    }
}
