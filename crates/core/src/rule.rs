//! What a device may do, and what must come before it.

use crate::{Impact, Role};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The rule that a person gives a device; it may be narrowed by integration, connection and tool.
/// Ordered from the strictest to the freest, so that narrowing is `min`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Reads only.
    ReadOnly,
    /// Every change is approved by a person.
    Approve,
    /// A write needs a preview of the same digest by the same device; high impact needs a person.
    #[default]
    Confirm,
    /// Writes go through unasked; high impact still needs a person.
    Trusted,
}

/// What must have happened before a call is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// Nothing: it may be sent.
    None,
    /// A preview of the same digest by the same device in the last ten minutes.
    Preview,
    /// A person's approval of the same digest.
    Person,
}

impl Rule {
    pub const ALL: [Self; 4] = [Self::ReadOnly, Self::Approve, Self::Confirm, Self::Trusted];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::Approve => "approve",
            Self::Confirm => "confirm",
            Self::Trusted => "trusted",
        }
    }

    /// The rule of a device whose person has this role: someone who may only look has devices that only look.
    #[must_use]
    pub fn within(self, role: Role) -> Self {
        if role.may_connect() { self } else { Self::ReadOnly }
    }

    /// What a call of this impact needs, or `None` when the rule forbids it whatever comes before.
    #[must_use]
    pub fn consent(self, impact: Impact) -> Option<Consent> {
        match (self, impact) {
            (_, Impact::Read) => Some(Consent::None),
            (Self::ReadOnly, _) => None,
            (_, Impact::HighImpact) | (Self::Approve, Impact::Write) => Some(Consent::Person),
            (Self::Confirm, Impact::Write) => Some(Consent::Preview),
            (Self::Trusted, Impact::Write) => Some(Consent::None),
        }
    }
}

impl Consent {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Preview => "preview",
            Self::Person => "person",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|rule| rule.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not a rule; read-only, approve, confirm and trusted are"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_rules_and_impacts() {
        let row = |rule: Rule| [Impact::Read, Impact::Write, Impact::HighImpact].map(|i| rule.consent(i));
        assert_eq!(row(Rule::ReadOnly), [Some(Consent::None), None, None]);
        assert_eq!(row(Rule::Approve), [Some(Consent::None), Some(Consent::Person), Some(Consent::Person)]);
        assert_eq!(row(Rule::Confirm), [Some(Consent::None), Some(Consent::Preview), Some(Consent::Person)]);
        assert_eq!(row(Rule::Trusted), [Some(Consent::None), Some(Consent::None), Some(Consent::Person)]);
    }

    #[test]
    fn narrowing_takes_the_stricter_rule() {
        assert_eq!(Rule::Trusted.min(Rule::Approve), Rule::Approve);
        assert_eq!(Rule::Confirm.min(Rule::ReadOnly), Rule::ReadOnly);
        assert_eq!(Rule::Confirm.min(Rule::Trusted), Rule::Confirm);
    }
}
