//! The keys that the sandbox takes. They are made up and open nothing but a sandbox, so they may be written to a file
//! (the demo does); they still never appear in a debug print.

use crate::state::SOURCES;
use rand::RngExt;
use rand::distr::Alphanumeric;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What each region's workspace takes; the two have nothing in common.
#[derive(Clone, Serialize, Deserialize)]
pub struct SandboxCredentials {
    pub us: RegionCredentials,
    pub eu: RegionCredentials,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct RegionCredentials {
    /// Public API token of a Workspace Owner.
    pub public_api: String,
    /// Public API token that may read the workspace (`GET /`) and nothing else.
    pub public_api_without_rights: String,
    /// Write keys by the seeded source's slug, such as `website`; a source may have several, or none.
    pub write_keys: BTreeMap<String, Vec<String>>,
    /// Profiles access token, good for `space_id` only.
    pub profiles: String,
    pub space_id: String,
}

impl SandboxCredentials {
    /// New keys each time, as long as Segment's.
    #[must_use]
    pub fn random() -> Self {
        Self { us: RegionCredentials::random(), eu: RegionCredentials::random() }
    }
}

impl RegionCredentials {
    #[must_use]
    pub fn random() -> Self {
        Self {
            public_api: format!("sgp_{}", letters(60)),
            public_api_without_rights: format!("sgp_{}", letters(60)),
            write_keys: SOURCES
                .iter()
                .map(|seed| (seed.slug.to_owned(), (0..seed.write_keys).map(|_| letters(32)).collect()))
                .collect(),
            profiles: letters(86),
            space_id: format!("spa_{}", letters(22)),
        }
    }

    /// The first write key of the source that is called `website`, the one that the demo connects.
    #[must_use]
    pub fn tracking(&self) -> Option<&str> {
        self.write_keys.get("website")?.first().map(String::as_str)
    }
}

pub(crate) fn letters(count: usize) -> String {
    rand::rng().sample_iter(Alphanumeric).take(count).map(char::from).collect()
}

impl fmt::Debug for SandboxCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxCredentials").finish_non_exhaustive()
    }
}

impl fmt::Debug for RegionCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegionCredentials").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_keys_are_alike_and_none_is_printed() {
        let made = SandboxCredentials::random();
        assert_ne!(made.us.public_api, made.eu.public_api);
        assert_ne!(made.us.public_api, made.us.public_api_without_rights);
        assert_ne!(made.us.tracking().unwrap(), made.eu.tracking().unwrap());
        let printed = format!("{made:?} {:?}", made.us);
        assert!(!printed.contains("sgp_"), "{printed}");
    }

    #[test]
    fn they_survive_a_file() {
        let made = SandboxCredentials::random();
        let read: SandboxCredentials = serde_json::from_str(&serde_json::to_string(&made).unwrap()).unwrap();
        assert_eq!(read.eu.write_keys, made.eu.write_keys);
        assert_eq!(read.us.profiles, made.us.profiles);
    }
}
