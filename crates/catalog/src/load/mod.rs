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
    folders.values().map(|folder| load_folder(folder).map_err(first)).collect()
}

/// Every fault of the integrations of a folder, and the tools of those that have none.
pub(crate) fn all_faults(dir: &std::path::Path) -> (Vec<Tool>, Vec<CatalogError>) {
    let (mut tools, mut faults) = (Vec::new(), Vec::new());
    match sources::read_dir(dir) {
        Ok(folders) => {
            for folder in folders {
                match load_folder(&folder) {
                    Ok(loaded) => tools.extend(loaded.tools),
                    Err(all) => faults.extend(all),
                }
            }
        }
        Err(fault) => faults.push(fault),
    }
    (tools, faults)
}

fn first(faults: Vec<CatalogError>) -> CatalogError {
    faults.into_iter().next().expect("a folder that does not load has a fault")
}

/// # Errors
/// Every fault, as far as one does not hide others: what can't be read hides what it says of other things.
fn load_folder(folder: &sources::Folder) -> Result<Loaded, Vec<CatalogError>> {
    let one = |fault| vec![fault];
    let home = folder.document("integration.yaml").map_err(one)?;
    let file = integration::read(&home, &folder.slug).map_err(one)?;
    let apis = read_apis(folder, &home, &file)?;
    let integration = integration::build(&home, file, &apis).map_err(one)?;
    let is_new = !folder.comes_with_the_binary;
    let (mut tools, mut faults) = (Vec::new(), Vec::new());
    for api in &apis {
        let (read, unread) = operation::read_all(&integration, api, is_new);
        tools.extend(read);
        faults.extend(unread);
    }
    // Names of operations that could not be read would be missed.
    if faults.is_empty() {
        faults = check::check(&home, &integration, &mut tools, is_new);
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Loaded { integration, tools: tools.into_iter().map(|(tool, _)| tool).collect() })
}

fn read_apis(
    folder: &sources::Folder,
    home: &Document,
    file: &integration::IntegrationFile,
) -> Result<Vec<api::ApiFiles>, Vec<CatalogError>> {
    let (mut apis, mut faults) = (Vec::new(), Vec::new());
    for (name, entry) in &file.apis.0 {
        let documents = folder.documents_of(home, name, &entry.documents);
        match documents.and_then(|documents| api::ApiFiles::read(name, documents)) {
            Ok(api) => apis.push(api),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(apis) } else { Err(faults) }
}
