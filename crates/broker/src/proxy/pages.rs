//! What a person can let a device do through the proxy.

use crate::Broker;
use keyferry_catalog::{Api, Integration};

/// One API, as the page of a device offers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxiedApi {
    pub integration: String,
    /// The integration's name as people know it.
    pub name: String,
    pub api: String,
    /// What the API's key is called.
    pub label: String,
    /// Where programs send their requests.
    pub base: String,
}

impl Broker {
    /// The APIs that have changes which the proxy may send.
    #[must_use]
    pub fn grantable_apis(&self) -> Vec<ProxiedApi> {
        let changes = |integration: &Integration, api: &Api| {
            let mut tools = self.catalog().tools(Some(integration.slug.as_str()));
            tools.any(|tool| tool.api == api.name && tool.impact == keyferry_core::Impact::Write)
        };
        let every = self.catalog().integrations().flat_map(|one| one.apis.iter().map(move |api| (one, api)));
        every.filter(|(one, api)| changes(one, api)).map(|(one, api)| self.proxied_api(one, api)).collect()
    }

    /// Where each API is proxied, for who asked elsewhere.
    pub(super) fn proxied_bases(&self) -> Vec<String> {
        let every = self.catalog().integrations().flat_map(|one| one.apis.iter().map(move |api| (one, api)));
        every.map(|(one, api)| self.proxied_api(one, api).base).collect()
    }

    fn proxied_api(&self, integration: &Integration, api: &Api) -> ProxiedApi {
        let label = integration.slot(&api.slot).map_or(api.name.clone(), |slot| slot.label.clone());
        ProxiedApi {
            integration: integration.slug.clone(),
            name: integration.name.clone(),
            api: api.name.clone(),
            label,
            base: self.link(&format!("proxy/{}/{}", integration.slug, api.name)),
        }
    }
}
