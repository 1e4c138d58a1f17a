//! `serving.json` in the data folder: how a gateway serves, left for the commands that stand beside it. What `serve` was
//! told by a flag, they could not know otherwise.

use super::database;
use super::serve::Bound;
use crate::config::{Config, ConfigError};
use crate::private_file;
use keyferry_core::ExposeSecret;
use keyferry_store::without_password;
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use url::Url;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Serving {
    pub(crate) process: u32,
    /// What people and devices know the gateway by.
    pub(crate) public_url: Url,
    /// Where it answers on this machine.
    pub(crate) local_url: Url,
    /// Its address; a password is not kept here.
    pub(crate) database: String,
    /// `None`: the ring is in the configuration.
    pub(crate) key_file: Option<PathBuf>,
}

/// Takes the file away when the gateway ends. One that was killed leaves it, and what it says is still the best guess.
pub(crate) struct Left {
    path: PathBuf,
}

impl Serving {
    pub(crate) fn of(config: &Config, bound: &Bound) -> Result<Self, ConfigError> {
        Ok(Self {
            process: std::process::id(),
            public_url: bound.public_url(config)?,
            local_url: local_url(config, bound.address)?,
            database: whole(config.database_url()?.expose_secret()),
            key_file: config.keys.ring.is_none().then(|| absolute(&config.key_file())),
        })
    }

    /// Writes it. A gateway serves as well where it can't.
    pub(crate) fn leave(&self, data: &Path) -> Left {
        if let Err(error) = private_file::write(&file(data), self) {
            tracing::warn!(
                error = format!("{error:#}"),
                "commands beside this gateway have to be told where it serves"
            );
        }
        Left { path: file(data) }
    }

    /// What the gateway of a data folder left, if one serves or was killed.
    pub(crate) fn find(data: &Path) -> anyhow::Result<Option<Self>> {
        private_file::read(&file(data))
    }

    /// Whether commands can open its database by what is known here.
    pub(crate) fn tells_database(&self) -> bool {
        self.database.starts_with("sqlite:")
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        // Another gateway over the same folder may have written since.
        let own = private_file::read::<Serving>(&self.path).ok().flatten();
        if own.is_some_and(|serving| serving.process == std::process::id()) {
            // It is only stale otherwise.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Where a gateway answers on this machine. With TLS, only under the name that the certificate is for.
pub(crate) fn local_url(config: &Config, mut address: SocketAddr) -> Result<Url, ConfigError> {
    match &config.public_url {
        Some(url) if config.tls.cert.is_some() => return Ok(url.clone()),
        _ => {}
    }
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    let scheme = if config.tls.cert.is_some() { "https" } else { "http" };
    let url = Url::parse(&format!("{scheme}://{address}"));
    url.map_err(|error| ConfigError::new("listen", error.to_string()).mend("let it be IP:PORT"))
}

fn file(data: &Path) -> PathBuf {
    data.join("serving.json")
}

/// A database's address that holds from any working folder; a password is left out.
fn whole(url: &str) -> String {
    match database::sqlite_file(url) {
        Some(file) => format!("sqlite:{}", absolute(&file).display()),
        None => without_password(url),
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
