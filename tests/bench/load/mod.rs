//! Load: wrk with one thread, sending requests that were written out before, byte for byte.

mod requests;

pub(crate) use requests::{Request, Requests};

use std::net::SocketAddr;
use std::time::Duration;
use tokio::process::Command;

const SCRIPT: &str = include_str!("wrk.lua");

/// How hard, and how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) connections: usize,
    pub(crate) seconds: u64,
}

/// What a load came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ran {
    pub(crate) requests: u64,
    pub(crate) took: Duration,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// Answers that are no success, and connections that broke or waited for two seconds.
    pub(crate) errors: u64,
}

impl Load {
    /// # Panics
    /// When wrk does not do it.
    pub(crate) async fn on(self, server: SocketAddr, requests: &Requests) -> Ran {
        let script = requests.folder().join("wrk.lua");
        std::fs::write(&script, SCRIPT).expect("a script");
        let mut wrk = Command::new("wrk");
        wrk.args(["--threads", "1", "--timeout", "2s"])
            .args(["--connections", &self.connections.to_string()])
            .args(["--duration", &format!("{}s", self.seconds)])
            .arg("--script")
            .arg(script)
            .arg(format!("http://{server}/"))
            .arg("--")
            .arg(requests.file());
        let output = wrk.output().await.expect("wrk runs");
        let said = String::from_utf8_lossy(&output.stdout);
        read(&said).unwrap_or_else(|| panic!("wrk: {said}{}", String::from_utf8_lossy(&output.stderr)))
    }
}

/// The line that the script writes: requests, then microseconds, then errors.
fn read(said: &str) -> Option<Ran> {
    let line = said.lines().find_map(|line| line.strip_prefix("measured "))?;
    let numbers: Vec<u64> = line.split(' ').map_while(|number| number.parse().ok()).collect();
    let [requests, took, p50, p99, errors] = numbers[..] else { return None };
    let [took, p50, p99] = [took, p50, p99].map(Duration::from_micros);
    Some(Ran { requests, took, p50, p99, errors })
}
