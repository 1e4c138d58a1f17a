//! Whether that exists which a list belongs to; Segment answers 404 when it doesn't.

use super::error::ApiError;
use super::{destinations, sources};
use crate::state::Workspace;

/// # Errors
/// 404, when one of the things that the path names is not there.
pub(super) fn exist(workspace: &Workspace, shelf: &str, of: &[String]) -> Result<(), ApiError> {
    let kinds: &[&str] = match shelf {
        "destination-filters" | "subscriptions" => &["destinations"],
        "audience-schedules" | "activations" | "audience-connections" => &["spaces", "audiences"],
        "profile-tables" => &["spaces", "profiles-warehouses"],
        "audiences"
        | "computed-traits"
        | "profiles-warehouses"
        | "space-events"
        | "space-traits"
        | "event-properties" => &["spaces"],
        "function-versions" => &["functions"],
        "group-users" => &["groups"],
        "rules" | "plan-sources" => &["tracking-plans"],
        "live-plugins" => &["sources"],
        "syncs" => &["models"],
        _ => &[],
    };
    kinds.iter().zip(of).try_for_each(|(kind, id)| exists(workspace, kind, id))
}

fn exists(workspace: &Workspace, kind: &str, id: &str) -> Result<(), ApiError> {
    match kind {
        "destinations" if !workspace.destinations.iter().any(|one| one.id == id) => {
            Err(destinations::unknown(id))
        }
        "sources" => sources::found(workspace, id).map(drop),
        "destinations" => Ok(()),
        shelf if workspace.shelves.has(shelf, id) => Ok(()),
        shelf => Err(ApiError::not_found(format!("{id} was not found among the {shelf}"))),
    }
}
