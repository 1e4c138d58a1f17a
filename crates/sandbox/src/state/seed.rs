//! What each workspace holds at its start.

use super::ids::stable_id;
use super::pipeline::Pipeline;
use super::things;
use super::workspace::{Destination, Label, Source, Warehouse, Workspace};
use crate::credentials::{RegionCredentials, letters};
use serde_json::{Map, Value, json};

pub(crate) struct SourceSeed {
    pub(crate) slug: &'static str,
    name: &'static str,
    kind: &'static str,
    pub(crate) write_keys: usize,
    enabled: bool,
    labels: &'static [(&'static str, &'static str)],
    warehouses: &'static [&'static str],
}

macro_rules! source {
    ($slug:literal, $name:literal, $kind:literal, $keys:literal, $enabled:literal, [$($label:expr),*], [$($warehouse:literal),*]) => {
        SourceSeed {
            slug: $slug,
            name: $name,
            kind: $kind,
            write_keys: $keys,
            enabled: $enabled,
            labels: &[$($label),*],
            warehouses: &[$($warehouse),*],
        }
    };
}

const PRODUCTION: (&str, &str) = ("environment", "production");
const STAGING: (&str, &str) = ("environment", "staging");

/// Twelve, so that a small page size gives several pages. `website` has two write keys; the cloud sources have none.
pub(crate) const SOURCES: &[SourceSeed] = &[
    source!("website", "Website", "javascript", 2, true, [PRODUCTION], ["snowflake", "bigquery", "redshift"]),
    source!("ios-app", "iOS app", "ios", 1, true, [PRODUCTION, ("platform", "mobile")], ["snowflake"]),
    source!("android-app", "Android app", "android", 1, true, [PRODUCTION], ["snowflake"]),
    source!(
        "backend",
        "Backend",
        "node-js",
        1,
        true,
        [PRODUCTION, ("team", "core")],
        ["snowflake", "bigquery"]
    ),
    source!("billing", "Billing", "python", 1, true, [("tier", "core")], ["bigquery"]),
    source!("data-pipeline", "Data pipeline", "go", 1, true, [("team", "core")], []),
    source!("docs-site", "Docs site", "javascript", 1, true, [], []),
    source!("staging-website", "Website (staging)", "javascript", 1, true, [STAGING], []),
    source!("legacy-shop", "Old shop", "php", 1, false, [], []),
    source!("importer", "Importer", "http-api", 1, true, [("pii", "yes")], ["snowflake"]),
    source!("salesforce", "Salesforce", "salesforce", 0, true, [], ["redshift"]),
    source!("zendesk", "Zendesk", "zendesk", 0, true, [], []),
];

/// `core` is the value of two labels, so that the bare word is ambiguous; every other value is one label's.
const LABELS: &[(&str, &str, Option<&str>)] = &[
    ("environment", "production", Some("What customers use")),
    ("environment", "staging", None),
    ("platform", "web", None),
    ("platform", "mobile", None),
    ("team", "core", Some("Owned by the core team")),
    ("tier", "core", Some("Nothing works without it")),
    ("team", "growth", None),
    ("pii", "yes", None),
];

/// (kind, name, source, the setting that holds a third party's secret)
const DESTINATIONS: &[(&str, &str, &str, &str)] = &[
    ("amplitude", "Amplitude", "website", "apiKey"),
    ("google-analytics-4", "Google Analytics 4", "website", "apiSecret"),
    ("braze", "Braze", "website", "appId"),
    ("mixpanel", "Mixpanel (mobile)", "ios-app", "apiSecret"),
    ("webhooks", "Billing webhook", "billing", "sharedSecret"),
    ("slack", "Slack alerts", "backend", "webhookUrl"),
];

const WAREHOUSES: &[&str] = &["snowflake", "bigquery", "redshift", "postgres"];

/// More than two pages of the default size.
const SUPPRESSED: usize = 450;

impl Workspace {
    pub(super) fn seeded(area: &'static str, credentials: &RegionCredentials) -> Self {
        let id = stable_id([area, "workspace", "ferry"]);
        Self {
            slug: format!("ferry-{area}"),
            name: format!("Ferry ({})", area.to_uppercase()),
            sources: SOURCES.iter().map(|seed| source(area, &id, seed, credentials)).collect(),
            destinations: DESTINATIONS.iter().map(|seed| destination(area, seed)).collect(),
            warehouses: WAREHOUSES.iter().map(|kind| warehouse(area, &id, kind)).collect(),
            labels: LABELS.iter().map(|(key, value, description)| label(key, value, *description)).collect(),
            suppressed: (1..=SUPPRESSED).map(|n| format!("suppressed-{n:04}")).collect(),
            shelves: things::seeded(area, credentials),
            pipeline: Pipeline::default(),
            id,
        }
    }
}

fn source(area: &'static str, workspace: &str, seed: &SourceSeed, credentials: &RegionCredentials) -> Source {
    Source {
        id: stable_id([area, "source", seed.slug]),
        slug: seed.slug.to_owned(),
        name: seed.name.to_owned(),
        metadata: source_metadata(seed),
        workspace_id: workspace.to_owned(),
        enabled: seed.enabled,
        write_keys: credentials.write_keys.get(seed.slug).cloned().unwrap_or_default(),
        settings: object(json!({ "website_url": format!("https://{}.ferry.example", seed.slug) })),
        labels: seed.labels.iter().map(|(key, value)| known_label(key, value)).collect(),
        schema: schema_settings(),
        warehouses: seed.warehouses.iter().map(|kind| stable_id([area, "warehouse", kind])).collect(),
    }
}

fn source_metadata(seed: &SourceSeed) -> Value {
    let mut metadata = metadata("source", seed.kind);
    metadata.insert("categories".to_owned(), json!([if seed.write_keys == 0 { "CRM" } else { "Website" }]));
    metadata.insert("isCloudEventSource".to_owned(), json!(seed.write_keys == 0));
    metadata.insert("status".to_owned(), json!("PUBLIC"));
    metadata.into()
}

fn schema_settings() -> Value {
    json!({
        "track": {
            "allowUnplannedEvents": true,
            "allowUnplannedEventProperties": true,
            "allowEventOnViolations": false,
            "allowPropertiesOnViolations": true,
            "commonEventOnViolations": "ALLOW",
        },
        "identify": {
            "allowUnplannedTraits": true,
            "allowTraitsOnViolations": true,
            "commonEventOnViolations": "ALLOW",
        },
        "group": {
            "allowUnplannedTraits": true,
            "allowTraitsOnViolations": true,
            "commonEventOnViolations": "ALLOW",
        },
    })
}

fn destination(
    area: &'static str,
    seed: &(&'static str, &'static str, &'static str, &'static str),
) -> Destination {
    let (kind, name, source, secret) = *seed;
    let mut metadata = metadata("destination", kind);
    let more = json!({
        "status": "PUBLIC", "previousNames": [name], "categories": ["Analytics"], "website": format!("https://{kind}.example"),
        "components": [], "supportedFeatures": {"cloudModeInstances": "MULTIPLE", "replay": true},
        "supportedMethods": {"pageview": true, "identify": true, "alias": true, "track": true, "group": true},
        "supportedPlatforms": {"browser": true, "server": true, "mobile": true},
        "actions": [], "presets": [], "supportedRegions": ["us-west-2", "eu-west-1"],
    });
    metadata.extend(object(more));
    Destination {
        id: stable_id([area, "destination", name]),
        name: name.to_owned(),
        enabled: kind != "slack",
        metadata: metadata.into(),
        source_id: stable_id([area, "source", source]),
        settings: object(json!({ "endpoint": format!("https://api.{kind}.example"), secret: letters(40) })),
    }
}

fn warehouse(area: &'static str, workspace: &str, kind: &str) -> Warehouse {
    Warehouse {
        id: stable_id([area, "warehouse", kind]),
        metadata: metadata("warehouse", kind).into(),
        workspace_id: workspace.to_owned(),
        enabled: kind != "postgres",
        settings: object(json!({
            "name": kind, "hostname": format!("{kind}.ferry.example"), "database": "segment",
            "username": "loader", "password": letters(24),
        })),
    }
}

fn metadata(what: &str, kind: &str) -> Map<String, Value> {
    object(json!({
        "id": stable_id(["catalog", what, kind]),
        "name": kind,
        "slug": kind,
        "description": format!("The {kind} {what}"),
        "logos": {"default": format!("https://cdn.ferry.example/{kind}.svg"), "mark": null, "alt": null},
        "options": [],
    }))
}

fn known_label(key: &str, value: &str) -> Label {
    let known = LABELS.iter().find(|known| (known.0, known.1) == (key, value));
    label(key, value, known.and_then(|known| known.2))
}

fn label(key: &str, value: &str, description: Option<&str>) -> Label {
    Label { key: key.to_owned(), value: value.to_owned(), description: description.map(str::to_owned) }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => unreachable!("a seed wrote {other} where an object belongs"),
    }
}
