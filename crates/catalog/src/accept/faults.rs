//! Everything that is wrong, gathered.

use keyferry_core::{ErrorCode, FieldFault};

/// Why arguments were not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentFaults {
    /// The first that any fault has of `placeholder_argument`, `payload_too_large`, `missing_identity`,
    /// `invalid_arguments`.
    pub code: ErrorCode,
    pub faults: Vec<FieldFault>,
}

/// What an agent must mend first stands first: a placeholder means that it has not looked up the value yet.
const ORDER: [ErrorCode; 3] =
    [ErrorCode::PlaceholderArgument, ErrorCode::PayloadTooLarge, ErrorCode::MissingIdentity];

#[derive(Default)]
pub(super) struct Faults(Vec<(ErrorCode, FieldFault)>);

impl Faults {
    pub(super) fn add(&mut self, code: ErrorCode, pointer: &str, message: impl Into<String>) {
        self.push(code, FieldFault::invalid(pointer, message));
    }

    /// Adds a fault, unless the same is known.
    pub(super) fn push(&mut self, code: ErrorCode, fault: FieldFault) {
        if !self.0.iter().rev().take(16).any(|(_, known)| *known == fault) {
            self.0.push((code, fault));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_all(self) -> ArgumentFaults {
        let has = |code: &ErrorCode| self.0.iter().any(|(known, _)| known == code);
        let code = ORDER.into_iter().find(has).unwrap_or(ErrorCode::InvalidArguments);
        ArgumentFaults { code, faults: self.0.into_iter().map(|(_, fault)| fault).collect() }
    }
}
