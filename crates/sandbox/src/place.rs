//! Where a request is going: which region, which API, and the path as that API sees it.

use serde::{Deserialize, Serialize};

/// A region's workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Area {
    Us,
    Eu,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Api {
    #[serde(rename = "public_api")]
    Public,
    Tracking,
    Profiles,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) area: Area,
    pub(crate) api: Api,
    /// Starts with `/`; still percent-encoded.
    pub(crate) path: String,
}

impl Place {
    /// Reads `/{us|eu}/{public_api|tracking|profiles}/…`.
    pub(crate) fn of(whole: &str) -> Option<Self> {
        let mut parts = whole.strip_prefix('/')?.splitn(3, '/');
        let area = match parts.next()? {
            "us" => Area::Us,
            "eu" => Area::Eu,
            _ => return None,
        };
        let api = match parts.next()? {
            "public_api" => Api::Public,
            "tracking" => Api::Tracking,
            "profiles" => Api::Profiles,
            _ => return None,
        };
        Some(Self { area, api, path: format!("/{}", parts.next().unwrap_or_default()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_taken_off_and_the_rest_is_left_as_it_was() {
        let place = Place::of("/eu/profiles/v1/spaces/s/collections/users/profiles/user_id:a%2Fb/traits");
        assert_eq!(
            place.map(|p| (p.area, p.api, p.path)),
            Some((
                Area::Eu,
                Api::Profiles,
                "/v1/spaces/s/collections/users/profiles/user_id:a%2Fb/traits".to_owned()
            ))
        );
    }

    #[test]
    fn the_root_is_reached_with_and_without_its_slash() {
        for whole in ["/us/public_api", "/us/public_api/"] {
            assert_eq!(Place::of(whole).map(|p| p.path).as_deref(), Some("/"), "{whole}");
        }
    }

    #[test]
    fn other_regions_and_apis_are_nowhere() {
        for whole in ["/", "/us", "/ap/tracking/v1/track", "/us/cdn/x", "us/tracking"] {
            assert_eq!(Place::of(whole), None, "{whole}");
        }
    }
}
