//! The way back: from a request as a client of the upstream writes it to an operation and its arguments.
//!
//! What is recognized is written anew from the operation and the arguments, so that nothing of the client's own path
//! reaches the upstream. What is not recognized is refused.

mod body;
mod escapes;
mod path;
mod query;

use crate::{Catalog, Tool};
use http::Method;
use serde_json::{Map, Value};
use std::sync::Arc;

/// An operation that a method and a path name.
#[derive(Debug, Clone)]
pub struct Recognized {
    pub tool: Arc<Tool>,
    /// The arguments that stand in the path.
    pub arguments: Map<String, Value>,
    /// What stands in the path where the connection's own public field belongs, by the field's name. It says which
    /// account the client means, and has to be the connection's.
    pub fields: Vec<(String, String)>,
}

impl Catalog {
    /// The operation of an API that a request is for. `path` is as it came, percent-encoded, and begins with a slash;
    /// one slash at its end is passed over. Where several operations fit, the one that says more of the path itself
    /// is meant.
    #[must_use]
    pub fn recognize(&self, integration: &str, api: &str, method: &Method, path: &str) -> Option<Recognized> {
        let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
        self.tools(Some(integration))
            .filter(|tool| tool.api == api && tool.request.method == *method)
            .filter_map(|tool| Some((tool.request.path.literal_length(), path::recognize(tool, path)?)))
            .max_by_key(|(literal, _)| *literal)
            .map(|(_, recognized)| recognized)
    }
}
