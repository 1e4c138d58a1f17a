//! What pairing leaves on this machine: one file, readable by its owner alone. The tokens are in the desktop's keyring
//! instead, where there is one.

use crate::cli::TokenPlace;
use crate::device::keyring;
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
    /// The profile that is used unless another is named: the one paired or chosen last.
    pub(crate) current: Option<String>,
    /// By name: what `pair --profile` said, else the gateway's address.
    #[serde(default)]
    pub(crate) profiles: BTreeMap<String, Paired>,
}

/// This machine at one gateway. What holds stays until what is asked for is granted.
#[derive(Serialize, Deserialize)]
pub(crate) struct Paired {
    pub(crate) url: Url,
    device: Option<Device>,
    /// The tokens are in the desktop's keyring instead.
    #[serde(default)]
    keyring: bool,
    pub(crate) pending: Option<Pending>,
}

/// A pairing that a person has not decided yet.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub(crate) asked: DeviceAuthorization,
    /// Where its tokens shall be kept.
    #[serde(default)]
    pub(crate) tokens: Option<TokenPlace>,
}

impl Paired {
    /// Whether this machine was let in.
    pub(crate) fn holds(&self) -> bool {
        self.keyring || self.device.is_some()
    }
}

/// Which profile a command means, and the gateway that it speaks to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meant {
    pub(crate) profile: String,
    pub(crate) url: Url,
}

impl Credentials {
    /// What was given decides; then what was paired or chosen last; then `usual`. An address without a name means the
    /// profile that has it.
    pub(crate) fn meant(&self, profile: Option<String>, url: Option<Url>, usual: Url) -> Meant {
        let current = self.current.as_ref().and_then(|name| Some((name, self.profiles.get(name)?)));
        match (profile, url) {
            (Some(profile), url) => {
                let known = || self.profiles.get(&profile).map(|paired| paired.url.clone());
                let url = url.or_else(known).unwrap_or(usual);
                Meant { profile, url }
            }
            (None, Some(url)) => {
                let mut candidates = current.into_iter().chain(&self.profiles);
                let profile = candidates.find(|(_, paired)| paired.url == url).map(|(name, _)| name.clone());
                Meant { profile: profile.unwrap_or_else(|| named_by(&url)), url }
            }
            (None, None) => match current {
                Some((name, paired)) => Meant { profile: name.clone(), url: paired.url.clone() },
                None => Meant { profile: named_by(&usual), url: usual },
            },
        }
    }

    /// The profile, made when it is new; at another gateway it begins anew.
    pub(crate) fn at(&mut self, meant: &Meant) -> &mut Paired {
        let new = || Paired { url: meant.url.clone(), device: None, keyring: false, pending: None };
        let paired = self.profiles.entry(meant.profile.clone()).or_insert_with(new);
        if paired.url != meant.url {
            *paired = new();
        }
        paired
    }

    /// What the profile acts with, from where it is kept.
    pub(crate) async fn device(&self, meant: &Meant) -> anyhow::Result<Option<Device>> {
        match self.find(meant) {
            Some(paired) if paired.keyring => keyring::find(&meant.profile).await,
            found => Ok(found.and_then(|paired| paired.device.clone())),
        }
    }

    /// Keeps what a new pairing brought in, in the place that was chosen; else in the keyring if it takes them.
    pub(crate) async fn keep_new(
        &mut self,
        meant: &Meant,
        device: Device,
        chosen: Option<TokenPlace>,
    ) -> anyhow::Result<()> {
        let keyring = match chosen {
            Some(TokenPlace::File) => false,
            Some(TokenPlace::Keyring) => keyring::keep(&meant.profile, &device).await.map(|()| true)?,
            None => keyring::takes(&meant.profile, &device).await,
        };
        self.put(meant, device, keyring).await;
        Ok(())
    }

    /// Keeps renewed tokens where those before were. They are in the file rather than lost.
    pub(crate) async fn keep_renewed(&mut self, meant: &Meant, device: Device) {
        let kept_in_keyring = self.find(meant).is_some_and(|paired| paired.keyring);
        let keyring = kept_in_keyring && keyring::takes(&meant.profile, &device).await;
        if kept_in_keyring && !keyring {
            eprintln!("The keyring does not take the new tokens; they are in a file that only you can read.");
        }
        self.put(meant, device, keyring).await;
    }

    async fn put(&mut self, meant: &Meant, device: Device, keyring: bool) {
        let paired = self.at(meant);
        if paired.keyring && !keyring {
            keyring::forget(&meant.profile).await;
        }
        paired.keyring = keyring;
        paired.device = Some(device).filter(|_| !keyring);
    }

    /// Takes a profile away, with its tokens.
    pub(crate) async fn forget(&mut self, meant: &Meant) {
        if self.profiles.remove(&meant.profile).is_some_and(|paired| paired.keyring) {
            keyring::forget(&meant.profile).await;
        }
        self.current = self.current.take().filter(|current| *current != meant.profile);
    }

    /// The profile, when it is of this gateway.
    pub(crate) fn find(&self, meant: &Meant) -> Option<&Paired> {
        self.profiles.get(&meant.profile).filter(|paired| paired.url == meant.url)
    }
}

fn named_by(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

/// `expires_at` is seconds since 1970.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Device {
    pub(crate) tokens: Tokens,
    pub(crate) expires_at: i64,
}

impl Device {
    /// `now` is seconds since 1970.
    pub(crate) fn new(tokens: Tokens, now: i64) -> Self {
        let lifetime = i64::try_from(tokens.expires_in).unwrap_or(0);
        Self { tokens, expires_at: now + lifetime }
    }
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

    /// Where a profile's tokens are, for people.
    pub(crate) fn place(&self, meant: &Meant) -> String {
        match self.credentials.find(meant) {
            Some(paired) if paired.keyring => "the desktop's keyring".to_owned(),
            _ => self.path.display().to_string(),
        }
    }

    pub(crate) fn save(&self) -> anyhow::Result<()> {
        private_file::write(&self.path, &self.credentials)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn meant(of: &Credentials, profile: Option<&str>, address: Option<&str>) -> (String, String) {
        let usual = url("http://127.0.0.1:8474");
        let Meant { profile, url } = of.meant(profile.map(str::to_owned), address.map(url), usual);
        (profile, url.to_string())
    }

    #[test]
    fn a_profile_is_meant_by_name_by_address_or_by_being_the_last() {
        let mut all = Credentials::default();
        assert_eq!(meant(&all, None, None).0, "http://127.0.0.1:8474");
        for (profile, address) in [("home", "https://one.example"), ("work", "https://two.example")] {
            all.at(&Meant { profile: profile.to_owned(), url: url(address) });
        }
        all.current = Some("home".to_owned());
        let told = |profile: &str, url: &str| (profile.to_owned(), url.to_owned());
        assert_eq!(meant(&all, None, None), told("home", "https://one.example/"));
        assert_eq!(meant(&all, Some("work"), None), told("work", "https://two.example/"));
        assert_eq!(meant(&all, None, Some("https://two.example")), told("work", "https://two.example/"));
        assert_eq!(meant(&all, None, Some("https://three.example")).0, "https://three.example");
        assert_eq!(meant(&all, Some("new"), Some("https://two.example")).0, "new");
    }

    #[test]
    fn a_profile_at_another_gateway_has_no_pairing_there() {
        let mut all = Credentials::default();
        let here = Meant { profile: "home".to_owned(), url: url("https://one.example") };
        all.at(&here);
        assert!(all.find(&here).is_some());
        let moved = Meant { url: url("https://other.example"), ..here };
        assert!(all.find(&moved).is_none());
        assert_eq!(all.at(&moved).url, moved.url);
    }
}
