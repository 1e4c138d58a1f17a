//! What pairing leaves on this machine: one file, readable by its owner alone.

use anyhow::{Context, bail};
use keyferry_client::{DeviceAuthorization, Tokens};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use url::Url;

/// Everything that was paired from here. Not `Debug`: it holds tokens.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Credentials {
    /// The gateway that was paired last.
    pub(crate) current: Option<Url>,
    #[serde(default)]
    pub(crate) gateways: BTreeMap<Url, Paired>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Paired {
    /// A pairing that a person has not decided yet.
    Pending(DeviceAuthorization),
    /// `expires_at` is seconds since 1970.
    Device { tokens: Tokens, expires_at: i64 },
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

/// A lock that two commands can't hold at once; a refresh token may be used only once.
pub(crate) struct Locked {
    path: PathBuf,
    pub(crate) credentials: Credentials,
    _lock: std::fs::File,
}

impl Locked {
    /// Waits for other commands, then reads what is saved.
    pub(crate) fn open() -> anyhow::Result<Self> {
        let path = file()?;
        let folder = path.parent().context("the credentials file has no folder")?;
        std::fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
        let lock_path = path.with_extension("lock");
        let lock =
            private().open(&lock_path).with_context(|| format!("can't open {}", lock_path.display()))?;
        lock.lock().with_context(|| format!("can't lock {}", lock_path.display()))?;
        let credentials = read(&path)?;
        Ok(Self { path, credentials, _lock: lock })
    }

    /// Writes beside and renames, so that a crash leaves the old file or the new one.
    pub(crate) fn save(&self) -> anyhow::Result<()> {
        let beside = self.path.with_extension("new");
        let text = serde_json::to_vec_pretty(&self.credentials)?;
        let write = || -> std::io::Result<()> {
            let mut file = private().truncate(true).open(&beside)?;
            file.write_all(&text)?;
            file.sync_all()?;
            std::fs::rename(&beside, &self.path)
        };
        write().with_context(|| format!("can't write {}", self.path.display()))
    }
}

fn private() -> std::fs::OpenOptions {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).mode(0o600);
    options
}

fn read(path: &Path) -> anyhow::Result<Credentials> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Credentials::default()),
        Err(error) => return Err(error).with_context(|| format!("can't read {}", path.display())),
    };
    if std::fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        bail!(
            "{0} can be read by others: chmod 600 {0}, and pair anew if somebody may have read it",
            path.display()
        );
    }
    serde_json::from_slice(&text)
        .with_context(|| format!("{} is damaged: delete it and pair again", path.display()))
}
