//! What is wrong with an integration's files, where, and what to do.

use std::fmt;

/// A fault in an integration's files. It stops the start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct CatalogError {
    pub file: String,
    /// From 1; `None` when the whole file, or its absence, is the fault.
    pub line: Option<u64>,
    /// The operation's id, when the fault is within one.
    pub operation: Option<String>,
    pub problem: String,
    pub mend: String,
}

impl CatalogError {
    pub(crate) fn new(
        file: impl Into<String>,
        line: Option<u64>,
        problem: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { file: file.into(), line, operation: None, problem: problem.into(), mend: mend.into() }
    }

    /// Names the operation, unless it is named already.
    pub(crate) fn in_operation(mut self, operation: &str) -> Self {
        self.operation.get_or_insert_with(|| operation.to_owned());
        self
    }
}

impl fmt::Display for CatalogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(operation) = &self.operation {
            write!(f, ", operation {operation}")?;
        }
        write!(f, ": {}. To mend it: {}", self.problem, self.mend)
    }
}
