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

/// Faults that are told; who made more mends these first.
const MOST_TOLD: usize = 200;

#[derive(Default)]
pub(super) struct Faults {
    told: Vec<(ErrorCode, FieldFault)>,
    untold: Vec<ErrorCode>,
}

impl Faults {
    pub(super) fn add(&mut self, code: ErrorCode, pointer: &str, message: impl Into<String>) {
        self.push(code, FieldFault::invalid(pointer, message));
    }

    /// Adds a fault, unless the same is known.
    pub(super) fn push(&mut self, code: ErrorCode, fault: FieldFault) {
        if self.told.iter().rev().take(16).any(|(_, known)| *known == fault) {
            return;
        }
        if self.told.len() < MOST_TOLD {
            self.told.push((code, fault));
        } else {
            self.untold.push(code);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.told.len()
    }

    pub(super) fn into_all(self) -> ArgumentFaults {
        let has = |code: &ErrorCode| {
            self.told.iter().map(|(known, _)| known).chain(&self.untold).any(|known| known == code)
        };
        let code = ORDER.into_iter().find(has).unwrap_or(ErrorCode::InvalidArguments);
        let more = (!self.untold.is_empty()).then(|| {
            FieldFault::invalid("", format!("has {} more faults; mend these first", self.untold.len()))
        });
        let faults = self.told.into_iter().map(|(_, fault)| fault).chain(more).collect();
        ArgumentFaults { code, faults }
    }
}
