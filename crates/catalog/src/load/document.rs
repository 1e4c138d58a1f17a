//! One YAML file with its name.

use crate::CatalogError;
use crate::yaml::{Misfit, Node};
use serde::de::DeserializeOwned;

pub(super) struct Document {
    /// As it is named in errors.
    pub(super) shown: String,
    /// Within the integration's folder.
    pub(super) name: String,
    pub(super) root: Node,
}

impl Document {
    pub(super) fn read(shown: String, name: &str, text: &str) -> Result<Self, CatalogError> {
        match Node::read(text) {
            Ok(root) => Ok(Self { shown, name: name.to_owned(), root }),
            Err((line, problem)) => Err(CatalogError::new(
                shown,
                line,
                problem,
                "correct the YAML; nothing of the file was taken",
            )),
        }
    }

    /// What the operations of a document in an API's folder are about: the file's name. A document that stands alone
    /// is its whole API.
    pub(super) fn area(&self) -> Option<&str> {
        let (_, file) = self.name.rsplit_once('/')?;
        file.strip_suffix(".yaml")
    }

    pub(super) fn fault(
        &self,
        line: impl Into<Option<u64>>,
        problem: impl Into<String>,
        mend: impl Into<String>,
    ) -> CatalogError {
        CatalogError::new(&self.shown, line.into(), problem, mend)
    }

    /// Reads a node as a struct. `what` completes "correct …".
    pub(super) fn decode<T: DeserializeOwned>(&self, node: &Node, what: &str) -> Result<T, CatalogError> {
        node.decode().map_err(|Misfit { line, problem }| {
            self.fault(
                line,
                problem,
                format!("correct {what}; docs/INTEGRATIONS.md names what may stand there"),
            )
        })
    }
}
