//! From the files of an integration to its tools. Everything that can be wrong is found here, at the start.

mod answer;
mod api;
mod check;
mod document;
mod guidance;
mod hash;
mod input;
mod integration;
mod marks;
mod merge;
mod operation;
mod refs;
mod schema;
mod sources;

use crate::{CatalogError, Integration, Tool};
use document::Document;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub(crate) use marks::FaultText;
pub(crate) use schema::Texts;

/// An integration with its tools, read and checked.
pub(crate) struct Loaded {
    pub(crate) integration: Integration,
    pub(crate) tools: Vec<Tool>,
}

/// Where an operation stands, for faults that are found once all of them are read.
struct Origin {
    file: String,
    operation: String,
    marks: crate::yaml::Node,
}

impl Origin {
    /// A fault at a JSON pointer within the operation's `x-keyferry`.
    fn fault(&self, at: &str, problem: impl Into<String>, mend: impl Into<String>) -> CatalogError {
        let line = self.marks.pointer(at).map_or(self.marks.line, |node| node.line);
        CatalogError::new(&self.file, Some(line), problem, mend).in_operation(&self.operation)
    }
}

/// Reads the embedded integrations when they are asked for, then those of `dirs` (each an integration's folder or a
/// folder of such); a later one takes the place of an earlier one of the same slug.
///
/// # Errors
/// The first fault, with file, line, operation and what to do.
pub(crate) fn load(built_in: bool, dirs: &[PathBuf]) -> Result<Vec<Loaded>, CatalogError> {
    let mut folders: BTreeMap<String, sources::Folder> = BTreeMap::new();
    if built_in {
        folders.extend(sources::embedded()?.into_iter().map(|folder| (folder.slug.clone(), folder)));
    }
    for dir in dirs {
        folders.extend(sources::read_dir(dir)?.into_iter().map(|folder| (folder.slug.clone(), folder)));
    }
    folders.values().map(load_folder).collect()
}

fn load_folder(folder: &sources::Folder) -> Result<Loaded, CatalogError> {
    let home = folder.document("integration.yaml")?;
    let file = integration::read(&home, &folder.slug)?;
    let mut apis = Vec::new();
    for (name, entry) in &file.apis.0 {
        let documents = folder.documents_of(&home, name, &entry.documents)?;
        apis.push(api::ApiFiles::read(name, documents)?);
    }
    let integration = integration::build(&home, file, &apis)?;
    let mut tools = Vec::new();
    for api in &apis {
        tools.extend(operation::read_all(&integration, api, !folder.comes_with_the_binary)?);
    }
    check::check(&home, &integration, &mut tools, !folder.comes_with_the_binary)?;
    Ok(Loaded { integration, tools: tools.into_iter().map(|(tool, _)| tool).collect() })
}
