//! Sources, destinations, warehouses, labels: what the Public API shows and changes.

use super::pipeline::Pipeline;
use super::shelf::Shelves;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) id: String,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) sources: Vec<Source>,
    pub(crate) destinations: Vec<Destination>,
    pub(crate) warehouses: Vec<Warehouse>,
    pub(crate) labels: Vec<Label>,
    /// User ids, in the order in which they were suppressed.
    pub(crate) suppressed: Vec<String>,
    /// Everything else, as it is shown.
    pub(crate) shelves: Shelves,
    pub(crate) pipeline: Pipeline,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Label {
    pub(crate) key: String,
    pub(crate) value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Source {
    pub(crate) id: String,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) metadata: Value,
    pub(crate) workspace_id: String,
    pub(crate) enabled: bool,
    pub(crate) write_keys: Vec<String>,
    pub(crate) settings: Map<String, Value>,
    pub(crate) labels: Vec<Label>,
    #[serde(skip)]
    pub(crate) schema: Value,
    #[serde(skip)]
    pub(crate) warehouses: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Destination {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) enabled: bool,
    pub(crate) metadata: Value,
    pub(crate) source_id: String,
    pub(crate) settings: Map<String, Value>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Warehouse {
    pub(crate) id: String,
    pub(crate) metadata: Value,
    pub(crate) workspace_id: String,
    pub(crate) enabled: bool,
    pub(crate) settings: Map<String, Value>,
}

impl Workspace {
    pub(crate) fn source(&self, id: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == id)
    }

    /// The id of a seeded source; empty when it is gone.
    pub(super) fn source_of_slug(&self, slug: &str) -> &str {
        self.sources.iter().find(|source| source.slug == slug).map_or("", |source| &source.id)
    }

    pub(crate) fn source_mut(&mut self, id: &str) -> Option<&mut Source> {
        self.sources.iter_mut().find(|source| source.id == id)
    }

    pub(crate) fn source_of_key(&self, write_key: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.write_keys.iter().any(|key| key == write_key))
    }

    /// Takes a source and its destinations away. False when there is none.
    pub(crate) fn delete_source(&mut self, id: &str) -> bool {
        let before = self.sources.len();
        self.sources.retain(|source| source.id != id);
        self.destinations.retain(|destination| destination.source_id != id);
        self.sources.len() < before
    }
}
