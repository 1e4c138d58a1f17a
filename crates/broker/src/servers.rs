//! Where the operator says that an API is served, instead of where the catalog says: sandboxes, mocks.

use std::collections::BTreeMap;
use url::Url;

/// Integration → region → API → server.
#[derive(Debug, Clone, Default)]
pub struct Servers(BTreeMap<(String, String, String), Url>);

impl Servers {
    pub fn set(&mut self, integration: &str, region: &str, api: &str, server: Url) {
        self.0.insert((integration.to_owned(), region.to_owned(), api.to_owned()), server);
    }

    #[must_use]
    pub fn get(&self, integration: &str, region: &str, api: &str) -> Option<&Url> {
        self.0.get(&(integration.to_owned(), region.to_owned(), api.to_owned()))
    }

    /// Whether the operator moved any API of the region.
    #[must_use]
    pub fn moved(&self, integration: &str, region: &str) -> bool {
        self.0.keys().any(|(of, there, _)| of == integration && there == region)
    }
}
