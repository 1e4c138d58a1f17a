//! `keyferry serve` as a process of its own, configured by its environment.

use crate::binary;
use crate::program::{Output, Program};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// What a gateway is started with. It can be started again with the same.
#[derive(Debug, Clone)]
pub struct ServeSettings {
    /// The folder in which it stands, and its HOME.
    pub home: PathBuf,
    pub data: PathBuf,
    pub key_file: PathBuf,
    /// `None`: SQLite in `data`.
    pub database: Option<String>,
    pub listen: SocketAddr,
    pub metrics: SocketAddr,
    pub log: String,
    /// Further variables, which win over the others.
    pub more: Vec<(String, String)>,
}

impl ServeSettings {
    /// On free ports, with the key file beside the data folder.
    #[must_use]
    pub fn new(home: &Path, data: &Path) -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            home: home.to_owned(),
            data: data.to_owned(),
            key_file: data.with_extension("key"),
            database: None,
            listen: free,
            metrics: free,
            log: "info".to_owned(),
            more: Vec::new(),
        }
    }

    /// Lets each API of Segment be the sandbox's.
    #[must_use]
    pub fn with_sandbox(mut self, sandbox: SocketAddr) -> Self {
        for region in ["us", "eu"] {
            for api in ["public_api", "tracking", "profiles"] {
                let name =
                    format!("KEYFERRY_INTEGRATIONS__SEGMENT__SERVERS__{region}__{api}").to_ascii_uppercase();
                self.more.push((name, format!("http://{sandbox}/{region}/{api}")));
            }
        }
        let rule = format!("[{{integration=\"segment\",host=\"{sandbox}\",network=\"127.0.0.0/8\"}}]");
        self.more.push(("KEYFERRY_EGRESS__ALLOW".to_owned(), rule));
        self
    }

    /// The executable with this configuration; what it shall do is still to be said.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = binary::command(&self.home);
        command
            .env("KEYFERRY_DATA", &self.data)
            .env("KEYFERRY_KEYS__FILE", &self.key_file)
            .env("KEYFERRY_LISTEN", self.listen.to_string())
            .env("KEYFERRY_METRICS_LISTEN", self.metrics.to_string())
            .env("KEYFERRY_LOG", &self.log)
            .env("KEYFERRY_LOG_FORMAT", "json");
        if let Some(database) = &self.database {
            command.env("KEYFERRY_DATABASE", database);
        }
        command.envs(self.more.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs another command of the executable over the same database and keys: `["key", "list"]`.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        Program::run(self.command().args(arguments)).await
    }
}

/// A gateway that serves.
#[derive(Debug)]
pub struct Gateway {
    program: Program,
    pub address: SocketAddr,
    pub metrics: SocketAddr,
}

impl Gateway {
    /// Starts one and waits until it listens.
    ///
    /// # Panics
    /// When it does not come to that.
    pub async fn start(settings: &ServeSettings) -> Self {
        let mut program = Program::start(settings.command().arg("serve"));
        let (address, metrics) = program.line("the line that says where it listens", bound).await;
        Self { program, address, metrics }
    }

    /// Without a slash at its end.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its number among the system's processes.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.program.id()
    }

    #[must_use]
    pub fn log(&self) -> String {
        self.program.log()
    }

    pub async fn kill9(self) -> Output {
        self.program.kill9().await
    }

    pub async fn terminate(self) -> Output {
        self.program.terminate().await
    }
}

/// Reads the log line `serving`.
fn bound(line: &str) -> Option<(SocketAddr, SocketAddr)> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    if line["message"] != "serving" {
        return None;
    }
    let address = |name: &str| line[name].as_str()?.parse().ok();
    Some((address("address")?, address("metrics")?))
}
