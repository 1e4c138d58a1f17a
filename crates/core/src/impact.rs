//! What calling a tool does to the account.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Judged by effect, never by HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    Read,
    Write,
    /// Destroys, can't be undone, sends data to a new place, grants access, makes a credential, or runs code.
    HighImpact,
}

impl Impact {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::HighImpact => "high_impact",
        }
    }

    #[must_use]
    pub fn changes(self) -> bool {
        self != Self::Read
    }
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Impact {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Read, Self::Write, Self::HighImpact]
            .into_iter()
            .find(|impact| impact.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not an impact; read, write and high_impact are"))
    }
}
