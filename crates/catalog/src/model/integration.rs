//! An outside system: its APIs, regions and credential slots.

use crate::Pattern;
use keyferry_core::Region;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

/// An outside system, as its folder describes it.
#[derive(Debug)]
pub struct Integration {
    pub slug: String,
    pub name: String,
    pub description: String,
    /// A word of the tools' texts, and what people say for it: `warehouse`, `Snowflake`.
    pub words: BTreeMap<String, Vec<String>>,
    /// In the order that people see.
    pub regions: Vec<RegionEntry>,
    pub apis: Vec<Api>,
    /// In the order of the form.
    pub slots: Vec<Slot>,
}

impl Integration {
    #[must_use]
    pub fn api(&self, name: &str) -> Option<&Api> {
        self.apis.iter().find(|api| api.name == name)
    }

    #[must_use]
    pub fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.name == name)
    }

    #[must_use]
    pub fn region(&self, region: &Region) -> Option<&RegionEntry> {
        self.regions.iter().find(|entry| entry.region == *region)
    }

    /// Where an API is served in a region. A path is appended to it.
    #[must_use]
    pub fn server(&self, region: &Region, api: &str) -> Option<&Url> {
        self.region(region)?.servers.get(api)
    }
}

#[derive(Debug)]
pub struct RegionEntry {
    pub region: Region,
    /// For people: `European Union`.
    pub label: String,
    /// One for each API.
    pub servers: BTreeMap<String, Url>,
}

/// One API of an integration. All its operations take the secret of one slot.
#[derive(Debug)]
pub struct Api {
    pub name: String,
    pub slot: String,
    /// The budget of one credential, where an operation has none of its own.
    pub limit: Option<Limit>,
    pub timeout: Duration,
    /// The body field by which the upstream drops a second event.
    pub idempotent_by: Option<String>,
    pub errors: ErrorStyle,
    pub ok: Option<OkRule>,
}

/// How many requests a minute one credential may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    pub per_minute: u32,
}

/// How often an operation may be called in a day or a month.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    pub at_most: u32,
    pub per: QuotaPeriod,
    /// Whose calls are counted together: an argument (`spaceId`), or nothing for the whole account.
    pub argument: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuotaPeriod {
    Day,
    Month,
}

impl QuotaPeriod {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// How an API says what is wrong.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorStyle {
    /// The error, or the errors, within the body.
    pub at: Option<Pattern>,
    /// Pointers within one error.
    pub code: Option<Pattern>,
    pub message: Option<Pattern>,
    pub field: Option<Pattern>,
}

/// A 2xx whose value at `at` is not one of `accepted` is an error too. An absent value is fine.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OkRule {
    pub at: Pattern,
    #[serde(rename = "in")]
    pub accepted: Vec<Value>,
}

/// Where a connection keeps one secret, and how it reaches the upstream.
#[derive(Debug)]
pub struct Slot {
    pub name: String,
    pub label: String,
    /// Where a person finds the secret.
    pub help: String,
    pub inject: Inject,
    /// A body field that is stripped from the caller's body and set to the secret.
    pub also_body: Option<String>,
    /// Public values beside the secret.
    pub fields: Vec<SlotField>,
    pub test: SlotTest,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inject {
    /// `Authorization: Bearer SECRET`
    Bearer,
    /// Basic authentication: the secret is the user name, the password is empty.
    BasicUsername,
    /// A header of its own.
    Header(http::HeaderName),
}

impl Inject {
    /// In a word: `bearer`, `basic_username`, or the header's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Bearer => "bearer",
            Self::BasicUsername => "basic_username",
            Self::Header(name) => name.as_str(),
        }
    }
}

/// A public value that a slot needs beside its secret.
#[derive(Debug)]
pub struct SlotField {
    pub name: String,
    pub label: String,
    pub help: String,
    /// The pattern as it is written, for the form.
    pub pattern: Option<String>,
    pub(crate) check: Option<jsonschema::Validator>,
}

impl SlotField {
    /// Whether a value has the field's form.
    #[must_use]
    pub fn accepts(&self, value: &str) -> bool {
        !value.is_empty() && self.check.as_ref().is_none_or(|check| check.is_valid(&Value::from(value)))
    }
}

/// How a slot's secret is tried.
#[derive(Debug)]
pub enum SlotTest {
    /// A 2xx, or a status of `accept`, says that the secret works; 401 and 403 that it does not.
    Call { tool: String, arguments: Map<String, Value>, accept: Vec<u16> },
    /// The secret is one of the values at `at` in the tool's answer (all pages, before redaction).
    Member { tool: String, at: Pattern },
    /// It can't be tried.
    None,
}
