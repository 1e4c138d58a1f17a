//! A connection as it is shown, in ClawLink's shape and in ours. Never a secret.

use crate::accounts::Slots;
use crate::view::{ConnectionRecord, ConnectionView, SlotHealthView, SlotView};
use keyferry_catalog::Integration;
use keyferry_store::connections::Connection;
use keyferry_store::credentials::Credential;

/// In ClawLink's shape.
pub(crate) fn record(
    connection: &Connection,
    slots: &Slots,
    integration: Option<&Integration>,
) -> ConnectionRecord {
    let time = |at: Option<keyferry_core::Timestamp>| at.map(|at| at.rfc3339());
    ConnectionRecord {
        id: connection.number,
        integration: connection.integration.clone(),
        connection_label: Some(connection.label.clone()),
        account_label: None,
        is_default: connection.is_default,
        auth_state: connection.state.as_str().to_owned(),
        auth_error: connection.state_message.clone(),
        auth_backend: "local".to_owned(),
        region: connection.region.to_string(),
        shared: connection.owner.is_none(),
        slots: slot_views(slots, integration),
        expires_at: None,
        last_used_at: time(connection.last_used_at),
        last_success_at: time(connection.last_success_at),
        last_error_at: time(connection.last_error_at),
        last_error_code: connection.last_error_code.clone(),
        last_error_message: connection.last_error_message.clone(),
        scope_snapshot: None,
        capabilities: None,
        created_at: connection.created_at.rfc3339(),
        updated_at: Some(connection.updated_at.rfc3339()),
    }
}

/// In our own words.
pub(crate) fn shown(
    connection: &Connection,
    slots: &Slots,
    integration: Option<&Integration>,
) -> ConnectionView {
    ConnectionView {
        number: connection.number,
        integration: connection.integration.clone(),
        label: connection.label.clone(),
        region: connection.region.to_string(),
        is_default: connection.is_default,
        shared: connection.owner.is_none(),
        state: connection.state.as_str().to_owned(),
        state_message: connection.state_message.clone(),
        slots: slot_views(slots, integration),
        created_at: connection.created_at.rfc3339(),
        last_used_at: connection.last_used_at.map(|at| at.rfc3339()),
        last_success_at: connection.last_success_at.map(|at| at.rfc3339()),
        last_error_at: connection.last_error_at.map(|at| at.rfc3339()),
        last_error_message: connection.last_error_message.clone(),
    }
}

/// The integration's slots in the order of its form, filled or not.
fn slot_views(filled: &Slots, integration: Option<&Integration>) -> Vec<SlotView> {
    let Some(integration) = integration else {
        return Vec::new();
    };
    let view = |slot: &keyferry_catalog::Slot| {
        let credential = filled.get(&slot.name);
        SlotView {
            name: slot.name.clone(),
            label: slot.label.clone(),
            filled: credential.is_some(),
            health: credential.map(|credential| health(credential)),
            fields: credential.map(|credential| credential.fields.clone()).unwrap_or_default(),
        }
    };
    integration.slots.iter().map(view).collect()
}

pub(crate) fn health(credential: &Credential) -> SlotHealthView {
    SlotHealthView {
        state: credential.health.as_str().to_owned(),
        message: credential.health_message.clone(),
        tested_at: credential.tested_at.map(|at| at.rfc3339()),
    }
}
