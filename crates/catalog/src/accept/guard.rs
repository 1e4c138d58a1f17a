//! What no argument may hold, whatever its schema says.

use super::faults::Faults;
use super::placeholder::is_placeholder;
use super::shape::Shape;
use crate::handle::{is_handle, resembles_handle};
use crate::pointer::pointer_of;
use crate::{SecretInput, Step};
use keyferry_core::ErrorCode;
use serde_json::{Map, Number, Value};

/// Secret values in one call. Each is masked, and looked for in the answer, by itself.
const MOST_SECRETS: usize = 1000;
/// Whole numbers up to here are the same in every JSON reader.
const LARGEST: f64 = 9_007_199_254_740_992.0;

pub(super) fn check(
    arguments: &Map<String, Value>,
    shape: &Shape,
    secret_inputs: &[SecretInput],
    faults: &mut Faults,
) {
    let mut guard = Guard { secret_inputs, secrets: 0, faults, steps: Vec::new() };
    guard.object(arguments, Some(shape));
    if guard.secrets > MOST_SECRETS {
        let message = format!("holds more than {MOST_SECRETS} values that are secret; set fewer at once");
        faults.add(ErrorCode::InvalidArguments, "", message);
    }
}

struct Guard<'g> {
    secret_inputs: &'g [SecretInput],
    secrets: usize,
    faults: &'g mut Faults,
    steps: Vec<Step>,
}

impl Guard<'_> {
    /// `shape` is `None` below an open object.
    fn value(&mut self, value: &Value, shape: Option<&Shape>) {
        let shape = shape.filter(|shape| !shape.open);
        match value {
            Value::Object(map) => self.object(map, shape),
            Value::Array(items) => {
                let shape = shape.and_then(|shape| shape.items.as_deref());
                for (index, item) in items.iter().enumerate() {
                    self.step(Step::Index(index), |guard| guard.value(item, shape));
                }
            }
            leaf => self.leaf(leaf, shape),
        }
    }

    fn object(&mut self, map: &Map<String, Value>, shape: Option<&Shape>) {
        for (name, value) in map {
            let shape = shape.and_then(|shape| shape.properties.get(name));
            self.step(Step::Key(name.clone()), |guard| {
                if name.contains('\0') {
                    guard.fault("its name holds U+0000, which can't be kept");
                }
                guard.value(value, shape);
            });
        }
    }

    fn step(&mut self, step: Step, walk: impl FnOnce(&mut Self)) {
        self.steps.push(step);
        walk(self);
        self.steps.pop();
    }

    fn fault(&mut self, message: &str) {
        self.faults.add(ErrorCode::InvalidArguments, &pointer_of(&self.steps), message);
    }

    fn leaf(&mut self, value: &Value, shape: Option<&Shape>) {
        if self.secret_inputs.iter().any(|secret| secret.covers(&self.steps)) {
            self.secrets += 1;
        }
        match value {
            Value::String(text) => {
                let may_stand_for_another = shape.is_some_and(|shape| !shape.named.contains(text));
                self.text(text, may_stand_for_another);
            }
            Value::Number(number) if is_too_large(number) => {
                self.fault("is beyond ±2^53, where numbers lose digits; give it as a string if it is an id");
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, may_stand_for_another: bool) {
        if text.contains('\0') {
            self.fault("holds U+0000, which can't be kept");
        }
        let name = self.steps.iter().rev().find_map(|step| match step {
            Step::Key(name) => Some(name.as_str()),
            Step::Index(_) => None,
        });
        if may_stand_for_another && is_placeholder(text, name.unwrap_or_default()) {
            let message = "is a placeholder, not a value; look the real one up, or ask for it";
            self.faults.add(ErrorCode::PlaceholderArgument, &pointer_of(&self.steps), message);
        }
        if let Some(message) = self.misplaced_handle(text) {
            self.fault(message);
        }
    }

    fn misplaced_handle(&self, text: &str) -> Option<&'static str> {
        if !resembles_handle(text) {
            None
        } else if !self.takes_handle() {
            Some("is a handle (kfs_…), which is not taken here; only arguments that are secret take one")
        } else {
            let message =
                "is not a whole handle; give it as it was read: kfs_ and 32 characters of 0-9 and a-f";
            (!is_handle(text)).then_some(message)
        }
    }

    fn takes_handle(&self) -> bool {
        self.secret_inputs.iter().any(|secret| secret.lookup.is_some() && secret.covers(&self.steps))
    }
}

fn is_too_large(number: &Number) -> bool {
    number.as_f64().is_none_or(|number| number.abs() > LARGEST)
        || number.as_u64().is_some_and(|number| number > 1 << 53)
        || number.as_i64().is_some_and(|number| number < -(1 << 53))
}
