//! Arguments that become part of a path: whatever could make it another path is refused here.

use super::faults::Faults;
use crate::unfit_for_path;
use keyferry_core::ErrorCode;
use keyferry_core::pointer::child;
use serde_json::{Map, Value};

pub(super) fn check(arguments: &Map<String, Value>, path_arguments: &[String], faults: &mut Faults) {
    for name in path_arguments {
        let Some(Value::String(text)) = arguments.get(name) else { continue };
        if let Some(problem) = unfit_for_path(text) {
            faults.add(ErrorCode::InvalidArguments, &child("", name), problem);
        }
    }
}
