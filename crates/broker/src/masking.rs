//! Arguments as they may be shown and kept: each secret one is its handle, or `***` where there is none.

use crate::Broker;
use crate::plan::Doing;
use crate::team_keys::Purpose;
use keyferry_catalog::Tool;
use keyferry_core::{Failure, TeamId};
use keyferry_upstream::handle::{handle, is_handle};
use keyferry_vault::DataKey;
use serde_json::Value;

pub(crate) const MASK: &str = "***";

impl Broker {
    /// The arguments as they may be shown and kept. Few tools take secrets, so that the key is seldom opened.
    pub(crate) async fn shown_arguments(&self, doing: &Doing) -> Result<Value, Failure> {
        if doing.tool.secret_inputs_in(&doing.arguments).is_empty() {
            return Ok(doing.arguments.to_value());
        }
        let handles = self.keys().key(&doing.account.connection.team, Purpose::Handle).await?;
        Ok(masked(doing, &handles))
    }

    /// The team's key for handles, where an answer of the tool has secrets that they stand for.
    pub(crate) async fn handle_key(&self, team: &TeamId, tool: &Tool) -> Result<Option<DataKey>, Failure> {
        if tool.answer.secrets.is_empty() {
            return Ok(None);
        }
        self.keys().key(team, Purpose::Handle).await.map(Some)
    }
}

/// A secret that was given in the clear is shown as the handle that its resource's own read gives, so that a person
/// sees which of the resource's secrets is meant.
fn masked(doing: &Doing, handles: &DataKey) -> Value {
    let mut shown = doing.arguments.to_value();
    for (pointer, lookup) in doing.tool.secret_inputs_in(&doing.arguments) {
        let Some(place) = shown.pointer_mut(&pointer) else { continue };
        if place.as_str().is_some_and(is_handle) {
            continue;
        }
        let named = place.as_str().zip(lookup.filter(|lookup| !lookup.place.is_every_string_below()));
        let text = named.map_or_else(
            || MASK.to_owned(),
            |(secret, lookup)| {
                let resource = lookup.resource(&doing.arguments);
                let place = lookup.place.to_string();
                handle(handles, &doing.account.connection.id, &resource, &place, secret)
            },
        );
        *place = Value::String(text);
    }
    shown
}
