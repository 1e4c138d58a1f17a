//! Tools that a device's MCP clients see under their own names, as its owner chooses them.

use super::device;
use super::form::Form;
use super::named::Named;
use super::notice::Notice;
use super::page::Page;
use super::refusal::Refusal;
use crate::state::Doors;
use axum::extract::State;
use axum::response::Response;
use keyferry_core::{DeviceId, ShownTools, ShownToolsError};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct ToolsForm {
    tools: String,
}

/// `POST /dashboard/devices/{id}/tools`
pub(super) async fn choose(
    State(doors): State<Doors>,
    Named(id): Named<DeviceId>,
    Form { by, fields }: Form<ToolsForm>,
) -> Result<Response, Refusal> {
    match known(&doors, &fields.tools) {
        Ok(tools) => {
            doors.identity.devices.show_tools(by.principal(), &id, &tools).await?;
            Ok(Notice::ToolsChosen.at(&doors, &format!("/dashboard/devices/{id}")))
        }
        Err(sentence) => {
            let page = device::page(&doors, &by, &id, Some(sentence)).await?;
            Ok(Page(page.with_tools(fields.tools)).not_taken())
        }
    }
}

/// The tools, when the catalog has all of them; else what is wrong.
fn known(doors: &Doors, given: &str) -> Result<ShownTools, String> {
    let tools: ShownTools = given.parse().map_err(|error: ShownToolsError| error.to_string())?;
    let unknown = tools.names().find_map(|name| doors.broker.nearest_if_unknown(name));
    match unknown {
        None => Ok(tools),
        Some(nearest) if nearest.is_empty() => Err("One of the names is no tool’s.".to_owned()),
        Some(nearest) => {
            Err(format!("One of the names is no tool’s; did you mean {}?", nearest.join(" or ")))
        }
    }
}
