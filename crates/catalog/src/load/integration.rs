//! `integration.yaml`: name, regions, APIs and credential slots.

use super::Document;
use super::api::ApiFiles;
use crate::yaml::Ordered;
use crate::{
    Api, CatalogError, ErrorStyle, Integration, Limit, OkRule, Pattern, RegionEntry, Slot, SlotField,
    SlotTest,
};
use jsonschema::PatternOptions;
use keyferry_core::Region;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const DEFAULT_TIMEOUT_MS: u64 = 20_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IntegrationFile {
    integration: String,
    name: String,
    description: String,
    #[serde(default)]
    words: BTreeMap<String, Vec<String>>,
    regions: Ordered<String>,
    pub(super) apis: Ordered<ApiEntry>,
    slots: Ordered<SlotEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApiEntry {
    /// One file, or a folder with a trailing slash.
    pub(super) documents: String,
    limit: Option<Limit>,
    timeout_ms: Option<u64>,
    idempotent_by: Option<String>,
    #[serde(default)]
    errors: ErrorStyle,
    ok: Option<OkRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SlotEntry {
    label: String,
    help: String,
    also_body: Option<String>,
    #[serde(default)]
    fields: Vec<FieldEntry>,
    test: Option<TestEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldEntry {
    name: String,
    label: String,
    help: String,
    pattern: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TestEntry {
    call: Option<CallTest>,
    member: Option<MemberTest>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallTest {
    tool: String,
    #[serde(default)]
    arguments: Map<String, Value>,
    #[serde(default)]
    accept: Vec<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberTest {
    tool: String,
    at: Pattern,
}

pub(super) fn read(home: &Document, folder: &str) -> Result<IntegrationFile, CatalogError> {
    let file: IntegrationFile = home.decode(&home.root, "integration.yaml")?;
    let line = |key: &str| home.root.get(key).map(|node| node.line);
    let is_word = file.integration.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if file.integration != folder || !is_word || folder.is_empty() {
        let problem = format!("`integration: {}` is not the folder's name, `{folder}`", file.integration);
        let mend = "give both the same name, of lower-case letters, digits and `_`";
        return Err(home.fault(line("integration"), problem, mend));
    }
    if file.regions.0.is_empty() {
        return Err(home.fault(
            line("regions"),
            "there is no region",
            "name at least one, such as `us: United States`",
        ));
    }
    Ok(file)
}

pub(super) fn build(
    home: &Document,
    file: IntegrationFile,
    files: &[ApiFiles],
) -> Result<Integration, CatalogError> {
    let slots = file
        .slots
        .0
        .into_iter()
        .map(|(name, entry)| slot(home, name, entry, files))
        .collect::<Result<_, _>>()?;
    let apis =
        file.apis.0.into_iter().zip(files).map(|((name, entry), files)| api(name, entry, files)).collect();
    let integration = Integration {
        slug: file.integration,
        name: file.name,
        description: file.description,
        words: file.words,
        regions: file.regions.0.into_iter().map(|(name, label)| region(&name, label, files)).collect(),
        apis,
        slots,
    };
    agree(home, &integration, files)?;
    Ok(integration)
}

fn api(name: String, entry: ApiEntry, files: &ApiFiles) -> Api {
    Api {
        name,
        slot: files.slot.clone(),
        limit: entry.limit,
        timeout: Duration::from_millis(entry.timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS)),
        idempotent_by: entry.idempotent_by,
        errors: entry.errors,
        ok: entry.ok,
    }
}

fn region(name: &str, label: String, files: &[ApiFiles]) -> RegionEntry {
    let region = Region::new(name);
    let server = |api: &ApiFiles| Some((api.name.clone(), api.servers.get(&region)?.clone()));
    RegionEntry { servers: files.iter().filter_map(server).collect(), region: region.clone(), label }
}

fn slot(home: &Document, name: String, entry: SlotEntry, files: &[ApiFiles]) -> Result<Slot, CatalogError> {
    let line = home.root.dig(&["slots", &name]).map(|node| node.line);
    let Some(api) = files.iter().find(|api| api.slot == name) else {
        let mend = "name a security scheme of an API, or remove the slot";
        return Err(home.fault(line, format!("no API takes the secret of slot `{name}`"), mend));
    };
    let test = match entry.test {
        None => SlotTest::None,
        Some(TestEntry { call: Some(CallTest { tool, arguments, accept }), member: None }) => {
            SlotTest::Call { tool, arguments, accept }
        }
        Some(TestEntry { call: None, member: Some(MemberTest { tool, at }) }) => {
            SlotTest::Member { tool, at }
        }
        Some(_) => {
            let line = home.root.dig(&["slots", &name, "test"]).map(|node| node.line);
            return Err(home.fault(line, "a test is exactly one of `call` and `member`", "keep one of them"));
        }
    };
    let fields =
        entry.fields.into_iter().map(|field| slot_field(home, line, field)).collect::<Result<_, _>>()?;
    Ok(Slot {
        name,
        label: entry.label,
        help: entry.help,
        inject: api.inject.clone(),
        also_body: entry.also_body,
        fields,
        test,
    })
}

fn slot_field(home: &Document, line: Option<u64>, entry: FieldEntry) -> Result<SlotField, CatalogError> {
    let compile = |pattern: &String| {
        jsonschema::options()
            .with_pattern_options(PatternOptions::regex())
            .build(&json!({ "type": "string", "pattern": pattern }))
            .map_err(|_| {
                let problem = format!("the pattern of field `{}` can't be used", entry.name);
                home.fault(
                    line,
                    problem,
                    "write a regular expression without look-around and back-references",
                )
            })
    };
    let check = entry.pattern.as_ref().map(compile).transpose()?;
    Ok(SlotField { name: entry.name, label: entry.label, help: entry.help, pattern: entry.pattern, check })
}

/// Slots, schemes and regions agree between `integration.yaml` and the documents.
fn agree(home: &Document, integration: &Integration, files: &[ApiFiles]) -> Result<(), CatalogError> {
    for api in files {
        if integration.slot(&api.slot).is_none() {
            let problem = format!("API `{}` needs the slot `{}`, which is not described", api.name, api.slot);
            return Err(home.fault(None, problem, "add it under `slots`"));
        }
        let document = api.home();
        let line = document.root.get("servers").map(|node| node.line);
        for entry in &integration.regions {
            if !api.servers.contains_key(&entry.region) {
                let problem = format!("API `{}` has no server in region `{}`", api.name, entry.region);
                return Err(document.fault(
                    line,
                    problem,
                    "add one, or remove the region from integration.yaml",
                ));
            }
        }
        if let Some(region) = api.servers.keys().find(|region| integration.region(region).is_none()) {
            let problem = format!("region `{region}` is not in integration.yaml");
            return Err(document.fault(line, problem, "add it there under `regions`, or remove the server"));
        }
    }
    Ok(())
}
