//! What pairing leaves on this machine: one file, readable by its owner alone.

use crate::private_file;
use anyhow::Context;
use keyferry_client::{DeviceAuthorization, Tokens};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use url::Url;

/// Everything that was paired from here. Not `Debug`: it holds tokens.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Credentials {
    /// The gateway that was paired last.
    pub(crate) current: Option<Url>,
    #[serde(default)]
    pub(crate) gateways: BTreeMap<Url, Paired>,
}

/// One gateway. What holds stays until what is asked for is granted.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Paired {
    pub(crate) device: Option<Device>,
    /// A pairing that a person has not decided yet.
    pub(crate) pending: Option<DeviceAuthorization>,
}

/// `expires_at` is seconds since 1970.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Device {
    pub(crate) tokens: Tokens,
    pub(crate) expires_at: i64,
}

fn file() -> anyhow::Result<PathBuf> {
    let folder = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")))
        .context(
            "neither HOME nor XDG_CONFIG_HOME is set, so there is no place for this machine's pairing",
        )?;
    Ok(folder.join("keyferry/credentials.json"))
}

/// What is saved, under a lock that two commands can't hold at once: a refresh token may be used only once.
pub(crate) struct Locked {
    path: PathBuf,
    pub(crate) credentials: Credentials,
    _lock: std::fs::File,
}

impl Locked {
    /// Waits for other commands, then reads what is saved.
    pub(crate) fn open() -> anyhow::Result<Self> {
        let path = file()?;
        private_file::folder(path.parent().context("the credentials file has no folder")?)?;
        let lock_path = path.with_extension("lock");
        let lock = private_file::options().open(&lock_path);
        let lock = lock.with_context(|| format!("can't open {}", lock_path.display()))?;
        lock.lock().with_context(|| format!("can't lock {}", lock_path.display()))?;
        let credentials = private_file::read(&path)?.unwrap_or_default();
        Ok(Self { path, credentials, _lock: lock })
    }

    pub(crate) fn save(&self) -> anyhow::Result<()> {
        private_file::write(&self.path, &self.credentials)
    }
}
