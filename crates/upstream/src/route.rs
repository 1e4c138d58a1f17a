//! Where a tool stands in the catalog: its integration, its API, its slot.

use crate::faults::Sender;
use keyferry_catalog::{Api, Catalog, Integration, Slot, Tool};
use keyferry_core::Failure;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Route<'a> {
    pub(crate) integration: &'a Integration,
    pub(crate) api: &'a Api,
    pub(crate) slot: &'a Slot,
    pub(crate) tool: &'a Tool,
}

impl<'a> Route<'a> {
    /// The catalog checks at start that each of these is there.
    pub(crate) fn of(catalog: &'a Catalog, tool: &'a Tool) -> Result<Self, Failure> {
        let lost =
            |what: &str| Failure::internal(format!("tool `{}` has no {what} in the catalog", tool.name));
        let integration = catalog.integration(&tool.integration).ok_or_else(|| lost("integration"))?;
        let api = integration.api(&tool.api).ok_or_else(|| lost("API"))?;
        let slot = integration.slot(&tool.slot).ok_or_else(|| lost("slot"))?;
        Ok(Self { integration, api, slot, tool })
    }

    pub(crate) fn sender(&self) -> Sender<'a> {
        Sender { tool: self.tool, name: &self.integration.name }
    }
}
