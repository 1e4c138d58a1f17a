//! What is wrong with the configuration: the key, where it was set, and the mend.

use std::fmt;

#[derive(Debug)]
pub(crate) struct ConfigError {
    key: String,
    origin: Option<String>,
    problem: String,
    mend: Option<String>,
}

impl ConfigError {
    pub(crate) fn new(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { key: key.into(), origin: None, problem: problem.into(), mend: None }
    }

    /// Where the key was set: a file, a variable, a flag.
    pub(crate) fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = Some(origin.into());
        self
    }

    pub(crate) fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.key.is_empty() {
            write!(f, "`{}`", self.key)?;
            match &self.origin {
                Some(origin) => write!(f, " (in {origin}): ")?,
                None => write!(f, ": ")?,
            }
        } else if let Some(origin) = &self.origin {
            write!(f, "{origin}: ")?;
        }
        write!(f, "{}", self.problem)?;
        match &self.mend {
            Some(mend) => write!(f, "\n  mend: {mend}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ConfigError {}
