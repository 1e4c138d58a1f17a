//! The files themselves: embedded in the binary, or in a folder of the operator's.

use super::Document;
use crate::CatalogError;
use rust_embed::RustEmbed;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../config/integrations"]
struct Embedded;

/// The files of one integration.
pub(super) struct Folder {
    pub(super) slug: String,
    /// As it is named in errors.
    shown: String,
    pub(super) comes_with_the_binary: bool,
    /// By path within the folder, with `/`.
    files: BTreeMap<String, String>,
}

impl Folder {
    pub(super) fn document(&self, name: &str) -> Result<Document, CatalogError> {
        let shown = format!("{}/{name}", self.shown);
        let text = self.files.get(name).ok_or_else(|| {
            CatalogError::new(
                &shown,
                None,
                "the file is missing",
                "add it, or correct the name that points to it",
            )
        })?;
        Document::read(shown, name, text)
    }

    /// The documents of an API: one file, or with a trailing slash all `*.yaml` of a folder.
    pub(super) fn documents_of(
        &self,
        home: &Document,
        api: &str,
        at: &str,
    ) -> Result<Vec<Document>, CatalogError> {
        if !at.ends_with('/') {
            return Ok(vec![self.document(at)?]);
        }
        let inside = |name: &&String| name.strip_prefix(at).is_some_and(|rest| !rest.contains('/'));
        let documents: Vec<Document> =
            self.files.keys().filter(inside).map(|name| self.document(name)).collect::<Result<_, _>>()?;
        if documents.is_empty() {
            let line = home.root.dig(&["apis", api, "documents"]).map(|node| node.line);
            let problem = format!("the folder `{at}` has no .yaml file");
            return Err(home.fault(line, problem, "put the OpenAPI documents there, or correct `documents`"));
        }
        Ok(documents)
    }
}

pub(super) fn embedded() -> Result<Vec<Folder>, CatalogError> {
    let mut folders: BTreeMap<String, Folder> = BTreeMap::new();
    for path in Embedded::iter() {
        let Some((slug, name)) = path.split_once('/').filter(|_| path.ends_with(".yaml")) else { continue };
        let shown = format!("config/integrations/{slug}");
        let file = Embedded::get(&path).expect("rust-embed lists only what it holds");
        let text = text_of(&format!("{shown}/{name}"), file.data.into_owned())?;
        let folder = folders.entry(slug.to_owned()).or_insert_with(|| Folder {
            slug: slug.to_owned(),
            shown,
            comes_with_the_binary: true,
            files: BTreeMap::new(),
        });
        folder.files.insert(name.to_owned(), text);
    }
    Ok(folders.into_values().collect())
}

/// The integration that a folder is, else every integration among its subfolders.
pub(super) fn read_dir(dir: &Path) -> Result<Vec<Folder>, CatalogError> {
    if is_integration(dir) {
        return Ok(vec![read_one(dir)?]);
    }
    let homes = entries(dir)?.into_iter().filter(|path| is_integration(path));
    let folders: Vec<Folder> = homes.map(|home| read_one(&home)).collect::<Result<_, _>>()?;
    if folders.is_empty() {
        let mend =
            "name an integration's folder, with an integration.yaml in it, or the folder of such folders";
        return Err(CatalogError::new(
            dir.display().to_string(),
            None,
            "no integration is in this folder",
            mend,
        ));
    }
    Ok(folders)
}

fn is_integration(dir: &Path) -> bool {
    dir.join("integration.yaml").is_file()
}

fn read_one(home: &Path) -> Result<Folder, CatalogError> {
    let mut files = BTreeMap::new();
    read_files(home, "", &mut files)?;
    // `.` has no name of its own; the folder that it stands for has.
    let whole = std::path::absolute(home).map_err(|error| unreadable(home, &error))?;
    Ok(Folder {
        slug: name_of(&whole),
        shown: home.display().to_string(),
        comes_with_the_binary: false,
        files,
    })
}

/// The `.yaml` files of a folder and of the folders in it, not deeper.
fn read_files(dir: &Path, prefix: &str, files: &mut BTreeMap<String, String>) -> Result<(), CatalogError> {
    for path in entries(dir)? {
        let name = format!("{prefix}{}", name_of(&path));
        if path.is_dir() && prefix.is_empty() {
            read_files(&path, &format!("{name}/"), files)?;
        } else if name.ends_with(".yaml") {
            let bytes = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
            files.insert(name, text_of(&path.display().to_string(), bytes)?);
        }
    }
    Ok(())
}

fn entries(dir: &Path) -> Result<Vec<std::path::PathBuf>, CatalogError> {
    let read = fs::read_dir(dir).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut paths: Vec<_> = read.map_err(|error: std::io::Error| unreadable(dir, &error))?;
    paths.sort();
    Ok(paths)
}

fn unreadable(path: &Path, error: &std::io::Error) -> CatalogError {
    let mend = "correct the path, or let the gateway's user read it";
    CatalogError::new(path.display().to_string(), None, format!("it can't be read ({error})"), mend)
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn text_of(shown: &str, bytes: Vec<u8>) -> Result<String, CatalogError> {
    String::from_utf8(bytes)
        .map_err(|_| CatalogError::new(shown, None, "it is not UTF-8", "save it as UTF-8"))
}
