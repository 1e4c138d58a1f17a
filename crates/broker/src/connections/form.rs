//! What the connect page asks for: told by the catalog alone.

use crate::Broker;
use crate::view::{ConnectForm, IntegrationMeta, RegionChoice, SlotForm, SlotFormField};
use keyferry_catalog::{Integration, RegionEntry, Slot, SlotField};
use keyferry_core::{ErrorCode, Failure};

impl Broker {
    /// The form of an integration.
    ///
    /// # Errors
    /// `not_found` for an integration that does not exist.
    pub fn connect_form(&self, slug: &str) -> Result<ConnectForm, Failure> {
        let integration = self.catalog().integration(slug);
        let integration =
            integration.ok_or_else(|| Failure::new(ErrorCode::NotFound, "There is no such integration."))?;
        let region =
            |entry: &RegionEntry| RegionChoice { name: entry.region.to_string(), label: entry.label.clone() };
        Ok(ConnectForm {
            slug: integration.slug.clone(),
            name: integration.name.clone(),
            description: integration.description.clone(),
            regions: integration.regions.iter().map(region).collect(),
            slots: integration.slots.iter().map(slot_form).collect(),
        })
    }
}

/// The same in ClawLink's words.
pub(crate) fn meta(integration: &Integration) -> IntegrationMeta {
    IntegrationMeta {
        name: integration.name.clone(),
        slug: integration.slug.clone(),
        description: integration.description.clone(),
        setup_mode: "hosted".to_owned(),
        regions: integration.regions.iter().map(|entry| entry.region.to_string()).collect(),
        credential_fields: integration.slots.iter().map(slot_form).collect(),
    }
}

fn slot_form(slot: &Slot) -> SlotForm {
    let field = |field: &SlotField| SlotFormField {
        name: field.name.clone(),
        label: field.label.clone(),
        help: field.help.clone(),
        pattern: field.pattern.clone(),
    };
    SlotForm {
        slot: slot.name.clone(),
        label: slot.label.clone(),
        help: slot.help.clone(),
        fields: slot.fields.iter().map(field).collect(),
    }
}
