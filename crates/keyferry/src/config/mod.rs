//! What the gateway can be told: one struct per concern, each field with its default. `config/keyferry.toml` shows
//! every key; the environment spells a key `KEYFERRY_` + its path in capitals with `__` between levels.

mod error;
mod layers;
#[cfg(test)]
mod shipped;
mod span;

pub(crate) use error::ConfigError;
pub(crate) use layers::{Flags, load};
pub(crate) use span::TimeSpan;

use ipnet::IpNet;
use keyferry_core::{Region, SecretString};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use url::Url;

/// Days. What waits for a person, and an answer that is kept for a retry, is read for up to a day after it was written.
const SHORTEST_BODIES: u64 = 2;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Where devices and people reach the gateway.
    pub(crate) listen: SocketAddr,
    /// Where `/metrics` is served; never on the public listener.
    pub(crate) metrics_listen: SocketAddr,
    /// The address people and devices know: the only source of links, issuer, cookies and Origin.
    /// Default: `http://` and the bound address, on loopback only.
    pub(crate) public_url: Option<Url>,
    /// Networks whose `X-Forwarded-For` is believed.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// `sqlite:PATH` or `postgres://…`. Default: `sqlite:` and `keyferry.db` in `data`.
    pub(crate) database: Option<SecretString>,
    /// A file that holds the database URL, for secrets given as files.
    pub(crate) database_file: Option<PathBuf>,
    /// The folder for everything the gateway writes, keys excepted.
    pub(crate) data: PathBuf,
    /// Folders of further integrations, each added to or replacing an embedded one.
    pub(crate) integrations_dir: Option<PathBuf>,
    /// Who may make an account.
    pub(crate) signup: Signup,
    /// Threads that serve requests. Default: one a core.
    pub(crate) workers: Option<usize>,
    /// How long everything is still served after the signal to stop, while whoever spreads the load is told to look
    /// elsewhere.
    pub(crate) shutdown_delay: TimeSpan,
    /// Which log lines are written, as `tracing` filters: `info`, `keyferry=debug,warn`.
    pub(crate) log: String,
    pub(crate) log_format: LogFormat,
    pub(crate) keys: Keys,
    pub(crate) tls: Tls,
    pub(crate) egress: Egress,
    pub(crate) journal: Journal,
    pub(crate) compat: Compat,
    pub(crate) integrations: BTreeMap<String, Integration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Signup {
    Closed,
    Invitation,
    Open,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Where the master keys come from.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Keys {
    /// Default: the data folder's name with `.key`, beside the folder and never in it.
    pub(crate) file: Option<PathBuf>,
    /// The key ring itself, for places that give secrets as environment variables: `mk_…:BASE64[,…]`.
    pub(crate) ring: Option<SecretString>,
}

/// Certificate and key, PEM. Without them the gateway speaks plain HTTP, on loopback or behind a trusted proxy.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Tls {
    pub(crate) cert: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
}

/// What the gateway may reach besides the public servers that the catalog names.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Egress {
    pub(crate) allow: Vec<Allow>,
    /// Certificates (PEM) trusted besides the system's.
    pub(crate) extra_ca: Option<PathBuf>,
}

/// One place inside that an integration may reach.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Allow {
    pub(crate) integration: String,
    /// `host:port`
    pub(crate) host: String,
    /// What the host may resolve to.
    pub(crate) network: IpNet,
}

/// How long calls are remembered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Journal {
    pub(crate) keep: TimeSpan,
    /// Arguments and answers (sealed) go earlier than the record of the call.
    pub(crate) keep_bodies: TimeSpan,
}

/// Doors for other gateways' clients that give less safety than ours.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Compat {
    /// Whether ClawLink's plugin for Hermes may pair as it does.
    pub(crate) hermes: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Integration {
    /// Region → API → server, in place of the catalog's own.
    pub(crate) servers: BTreeMap<Region, BTreeMap<String, Url>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8474)),
            metrics_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8475)),
            public_url: None,
            trusted_proxies: Vec::new(),
            database: None,
            database_file: None,
            data: PathBuf::from("./data"),
            integrations_dir: None,
            signup: Signup::Closed,
            workers: None,
            shutdown_delay: TimeSpan::ZERO,
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            keys: Keys::default(),
            tls: Tls::default(),
            egress: Egress::default(),
            journal: Journal::default(),
            compat: Compat::default(),
            integrations: BTreeMap::new(),
        }
    }
}

impl Default for Journal {
    fn default() -> Self {
        Self { keep: TimeSpan::days(400), keep_bodies: TimeSpan::days(30) }
    }
}

impl Journal {
    fn check(&self) -> Result<(), ConfigError> {
        if self.keep_bodies >= TimeSpan::days(SHORTEST_BODIES) {
            return Ok(());
        }
        let problem = format!("is shorter than {SHORTEST_BODIES} days");
        Err(ConfigError::new("journal.keep_bodies", problem).mend(
            "give it `2 days` or more: a month's bodies are sealed under one key, which goes with the last of them, and \
             approvals and answers of a day still have to open",
        ))
    }
}

impl Config {
    /// The database's URL, from `database`, `database_file` or the default in the data folder.
    pub(crate) fn database_url(&self) -> Result<SecretString, ConfigError> {
        if let Some(url) = &self.database {
            return Ok(url.clone());
        }
        if let Some(file) = &self.database_file {
            let text = std::fs::read_to_string(file).map_err(|e| {
                ConfigError::new("database_file", format!("can't read {}: {e}", file.display()))
                    .mend("let it name a readable file that holds the database URL and nothing else")
            })?;
            return Ok(SecretString::from(text.trim().to_owned()));
        }
        Ok(SecretString::from(format!("sqlite:{}", self.data.join("keyferry.db").display())))
    }

    /// Where the key file is, or shall be made.
    pub(crate) fn key_file(&self) -> PathBuf {
        self.keys.file.clone().unwrap_or_else(|| {
            let mut beside = self.data.components().as_path().as_os_str().to_owned();
            beside.push(".key");
            PathBuf::from(beside)
        })
    }

    /// Refuses what could only be noticed too late: plain HTTP in the open, half a certificate.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if self.signup != Signup::Closed {
            return Err(ConfigError::new("signup", "only `closed` works in this version")
                .mend("leave it out; `keyferry admin invite` lets people in"));
        }
        if self.keys.ring.is_none() && self.key_file().starts_with(&self.data) {
            return Err(ConfigError::new(
                "keys.file",
                format!("{} lies in the data folder", self.key_file().display()),
            )
            .mend("keep it elsewhere: a copy of the data must not carry the key along"));
        }
        self.journal.check()?;
        if self.tls.cert.is_some() != self.tls.key.is_some() {
            return Err(ConfigError::new("tls", "one of `tls.cert` and `tls.key` is missing")
                .mend("give both files, or neither"));
        }
        let covered = self.tls.cert.is_some() || !self.trusted_proxies.is_empty();
        if !self.listen.ip().is_loopback() && !covered {
            return Err(ConfigError::new("listen", format!("{} is reachable from outside without TLS", self.listen))
                .mend("give `tls.cert` and `tls.key`, or name the proxy in front of it in `trusted_proxies`, or listen on 127.0.0.1"));
        }
        match &self.public_url {
            None if !self.listen.ip().is_loopback() => {
                Err(ConfigError::new("public_url", "is needed when the gateway listens beyond loopback")
                    .mend("set it to the https address that people open"))
            }
            Some(url) if url.scheme() != "https" && !is_loopback(url) => {
                Err(ConfigError::new("public_url", format!("`{url}` is not https"))
                    .mend("use https; plain http is for loopback only"))
            }
            _ => Ok(()),
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
