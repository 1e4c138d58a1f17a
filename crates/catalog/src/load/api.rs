//! The documents of one API: servers, the one security scheme, and the operations in them.

use super::Document;
use super::marks::KEY;
use super::refs::Resolver;
use crate::yaml::Node;
use crate::{CatalogError, Inject};
use keyferry_core::Region;
use serde::Deserialize;
use std::collections::BTreeMap;
use url::Url;

const HOME: &str = "components.yaml";
const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// An API's files with what holds for all of them.
pub(super) struct ApiFiles {
    pub(super) name: String,
    pub(super) documents: Vec<Document>,
    pub(super) servers: BTreeMap<Region, Url>,
    pub(super) slot: String,
    pub(super) inject: Inject,
    home: usize,
}

/// One operation as it stands in its file.
pub(super) struct RawOperation<'d> {
    pub(super) document: &'d Document,
    pub(super) path: &'d str,
    pub(super) line: u64,
    pub(super) method: &'d str,
    pub(super) path_item: &'d Node,
    pub(super) node: &'d Node,
}

impl ApiFiles {
    pub(super) fn read(name: &str, documents: Vec<Document>) -> Result<Self, CatalogError> {
        for document in &documents {
            check_version(document)?;
        }
        let is_home = |document: &Document| document.name.rsplit('/').next() == Some(HOME);
        let home = if documents.len() == 1 { 0 } else { documents.iter().position(is_home).unwrap_or(0) };
        let document = &documents[home];
        let slot = slot(document)?;
        let inject = injection(document, &slot)?;
        let servers = servers(document)?;
        Ok(Self { name: name.to_owned(), documents, servers, slot, inject, home })
    }

    pub(super) fn home(&self) -> &Document {
        &self.documents[self.home]
    }

    pub(super) fn resolver(&self) -> Resolver<'_> {
        Resolver::new(&self.documents)
    }

    pub(super) fn operations(&self) -> Vec<RawOperation<'_>> {
        let mut operations = Vec::new();
        for document in &self.documents {
            let paths = document.root.get("paths").map(Node::entries).unwrap_or_default();
            for (path, _, path_item) in paths {
                let of_method = |(key, line, node)| {
                    let (key, line): (&String, &u64) = (key, line);
                    let method = METHODS.into_iter().find(|method| method == key)?;
                    Some(RawOperation { document, path, line: *line, method, path_item, node })
                };
                operations
                    .extend(path_item.entries().iter().map(|(k, l, n)| (k, l, n)).filter_map(of_method));
            }
        }
        operations
    }
}

fn check_version(document: &Document) -> Result<(), CatalogError> {
    let version = document.root.get("openapi");
    if version.and_then(Node::text).is_some_and(|version| version.starts_with("3.1.")) {
        return Ok(());
    }
    let line = version.map_or(document.root.line, |node| node.line);
    Err(document.fault(line, "this is not an OpenAPI 3.1 document", "write `openapi: 3.1.0` at its head"))
}

/// The name of the one security scheme is the name of the slot.
fn slot(document: &Document) -> Result<String, CatalogError> {
    let security = document.root.get("security");
    let names: Vec<&str> = security
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .flat_map(Node::entries)
        .map(|(name, _, _)| name.as_str())
        .collect();
    match names.as_slice() {
        [name] => Ok((*name).to_owned()),
        _ => {
            let line = security.map(|node| node.line);
            Err(document.fault(
                line,
                "`security` does not name exactly one scheme",
                "write `security: [{ SLOT: [] }]`",
            ))
        }
    }
}

#[derive(Deserialize)]
struct Scheme {
    #[serde(rename = "type")]
    kind: String,
    scheme: Option<String>,
    #[serde(rename = "in")]
    location: Option<String>,
    name: Option<String>,
}

fn injection(document: &Document, slot: &str) -> Result<Inject, CatalogError> {
    let Some(node) = document.root.dig(&["components", "securitySchemes", slot]) else {
        let mend = "describe it under components.securitySchemes of the same file";
        return Err(document.fault(None, format!("the security scheme `{slot}` is missing"), mend));
    };
    let scheme: Scheme = document.decode(node, "the security scheme")?;
    let (how, at) = (scheme.scheme.as_deref(), scheme.location.as_deref());
    match (scheme.kind.as_str(), how, at, scheme.name) {
        ("http", Some("bearer"), ..) => Ok(Inject::Bearer),
        ("http", Some("basic"), ..) => Ok(Inject::BasicUsername),
        ("apiKey", _, Some("header"), Some(name)) => name.parse().map(Inject::Header).map_err(|_| {
            document.fault(node.line, format!("`{name}` is not a header's name"), "correct the name")
        }),
        _ => {
            let mend = "use http bearer, http basic, or apiKey in a header";
            Err(document.fault(node.line, "this security scheme can't be injected", mend))
        }
    }
}

fn servers(document: &Document) -> Result<BTreeMap<Region, Url>, CatalogError> {
    let mut servers = BTreeMap::new();
    for server in document.root.get("servers").map(Node::items).unwrap_or_default() {
        let text = server.get("url").and_then(Node::text).unwrap_or_default();
        let url = Url::parse(text)
            .ok()
            .filter(|url| url.scheme() == "https" && url.has_host() && !text.contains('{'));
        let Some(url) = url else {
            let mend = "write an absolute https URL without variables";
            return Err(document.fault(server.line, format!("`{text}` can't be a server"), mend));
        };
        let Some(region) = server.dig(&[KEY, "region"]).and_then(Node::text) else {
            return Err(document.fault(
                server.line,
                "this server has no region",
                "add `x-keyferry: { region: … }`",
            ));
        };
        if servers.insert(Region::new(region), url).is_some() {
            return Err(document.fault(
                server.line,
                format!("region `{region}` has two servers"),
                "keep one",
            ));
        }
    }
    Ok(servers)
}
