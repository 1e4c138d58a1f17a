//! `POST /__sandbox/pipeline`: makes events stop on their way, from some hours ago on.

use crate::place::Area;
use crate::state::{Hitch, Region, Thing, Trouble, Workspace};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

/// When nothing else is said.
const HOURS_AGO: u64 = 6;
/// The filter that drops everything.
const FILTER: &str = "dfl_drops_all";

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct HitchRequest {
    region: Option<Area>,
    /// A source's slug, for `stopped`.
    source: Option<String>,
    /// A destination's name, for `rejecting` and `filtered`.
    destination: Option<String>,
    is: Is,
    hours_ago: Option<u64>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Is {
    Stopped,
    Rejecting,
    Filtered,
}

impl HitchRequest {
    pub(crate) fn region(&self) -> Area {
        self.region.unwrap_or(Area::Us)
    }

    /// Plants it, and answers the id of what it was planted on.
    pub(crate) fn plant(&self, region: &Region) -> Result<String, String> {
        let since = region.now() - Duration::from_hours(self.hours_ago.unwrap_or(HOURS_AGO).min(24 * 30));
        let mut workspace = region.workspace();
        let at = self.place(&workspace)?;
        let is = match self.is {
            Is::Stopped => Trouble::Stopped,
            Is::Rejecting => Trouble::Rejecting,
            Is::Filtered => Trouble::Filtered,
        };
        if is == Trouble::Filtered {
            workspace.shelves.put("destination-filters", filter(&at, &since.rfc3339()));
        }
        workspace.pipeline.hitches.retain(|hitch| hitch.at != at);
        workspace.pipeline.hitches.push(Hitch { at: at.clone(), is, since });
        Ok(at)
    }

    fn place(&self, workspace: &Workspace) -> Result<String, String> {
        let found = match (self.is, &self.source, &self.destination) {
            (Is::Stopped, Some(slug), None) => {
                workspace.sources.iter().find(|one| one.slug == *slug).map(|one| &one.id)
            }
            (Is::Rejecting | Is::Filtered, None, Some(name)) => {
                workspace.destinations.iter().find(|one| one.name == *name).map(|one| &one.id)
            }
            _ => return Err("`stopped` takes a source's slug, the others a destination's name".to_owned()),
        };
        found.cloned().ok_or_else(|| "there is nothing of this name".to_owned())
    }
}

/// Mends everything that was planted.
pub(crate) fn mend(region: &Region) {
    let mut workspace = region.workspace();
    workspace.pipeline.hitches.clear();
    workspace.shelves.retain("destination-filters", |thing| thing.id() != FILTER);
}

fn filter(destination: &str, since: &str) -> Thing {
    let value = json!({
        "id": FILTER, "destinationId": destination, "if": "all", "actions": [{ "type": "DROP" }],
        "title": "Drop everything", "description": "", "enabled": true, "createdAt": since, "updatedAt": since,
    });
    Thing { of: vec![destination.to_owned()], value: value.as_object().cloned().unwrap_or_default() }
}
