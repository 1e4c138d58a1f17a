//! The form of one credential slot: a secret, and the public values beside it. A secret is never put back into a form.

use super::refusal::Refusal;
use keyferry_broker::SlotInput;
use keyferry_broker::view::SlotForm;
use keyferry_core::{ExposeSecret, Failure, SecretString};
use keyferry_upstream::SlotVerdict;
use std::collections::BTreeMap;

/// The fields of all slots of a form, as they are named in it: `secret.SLOT` and `field.SLOT.NAME`.
pub(super) type Typed = BTreeMap<String, SecretString>;

/// One slot as a form shows it.
#[derive(Debug)]
pub(super) struct SlotFields {
    pub(super) slot: String,
    pub(super) label: String,
    pub(super) help: String,
    pub(super) fields: Vec<Field>,
}

/// A public value.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) help: String,
    pub(super) pattern: Option<String>,
    pub(super) value: String,
}

impl SlotFields {
    /// The form of a slot with the public values that were typed.
    pub(super) fn new(form: SlotForm, typed: &Typed) -> Self {
        let slot = form.slot;
        let fields = form.fields.into_iter().map(|field| Field {
            value: public(typed, &slot, &field.name).to_owned(),
            name: field.name,
            label: field.label,
            help: field.help,
            pattern: field.pattern,
        });
        Self { fields: fields.collect(), slot, label: form.label, help: form.help }
    }

    /// What was typed for the slot; `None` when it was left empty.
    ///
    /// # Errors
    /// A sentence when a part of it is missing.
    pub(super) fn input(&self, typed: &Typed) -> Result<Option<SlotInput>, String> {
        let secret = typed.get(&format!("secret.{}", self.slot));
        let secret = secret.filter(|secret| !secret.expose_secret().trim().is_empty());
        let value = |field: &Field| public(typed, &self.slot, &field.name).to_owned();
        let missing = self.fields.iter().find(|field| value(field).is_empty());
        match (secret, missing) {
            (None, _) if self.fields.iter().all(|field| value(field).is_empty()) => Ok(None),
            (None, _) => Err(format!("Enter the {} too, or leave its other fields empty.", self.label)),
            (Some(_), Some(field)) => {
                Err(format!("Enter the {} that belongs to the {}.", field.label, self.label))
            }
            (Some(secret), None) => Ok(Some(SlotInput {
                slot: self.slot.clone(),
                secret: secret.clone(),
                fields: self.fields.iter().map(|field| (field.name.clone(), value(field))).collect(),
            })),
        }
    }
}

fn public<'a>(typed: &'a Typed, slot: &str, name: &str) -> &'a str {
    typed.get(&format!("field.{slot}.{name}")).map_or("", |value| value.expose_secret().trim())
}

/// What the test of a saved key said, in a sentence; `None` when it works.
pub(super) fn complaint(label: &str, verdict: &SlotVerdict) -> Option<String> {
    match verdict {
        SlotVerdict::Verified | SlotVerdict::Unverifiable { .. } => None,
        SlotVerdict::Refused { api, why } => Some(format!("The {label} was refused by {api}: {why}")),
        SlotVerdict::Unreachable { why } => {
            Some(format!("The {label} is saved, but could not be tested: {why}"))
        }
    }
}

/// The sentence of what the person mends in the form; everything else is a page of its own.
pub(super) fn mendable(failure: Failure) -> Result<String, Refusal> {
    if failure.faults.is_empty() {
        return Err(failure.into());
    }
    let faults: Vec<&str> = failure.faults.iter().map(|fault| fault.message.as_str()).collect();
    Ok(format!("{} {}", failure.message, faults.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profiles() -> SlotFields {
        let field = |name: &str| Field {
            name: name.to_owned(),
            label: "Space ID".to_owned(),
            help: String::new(),
            pattern: None,
            value: String::new(),
        };
        SlotFields {
            slot: "profiles".to_owned(),
            label: "token".to_owned(),
            help: String::new(),
            fields: vec![field("space_id")],
        }
    }

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))).collect()
    }

    #[test]
    fn an_empty_slot_is_left_alone() {
        let none = profiles().input(&typed(&[("secret.profiles", "  "), ("field.profiles.space_id", "")]));
        assert!(none.unwrap().is_none());
    }

    #[test]
    fn half_a_slot_is_said_to_be_half() {
        let error = |pairs: &[(&str, &str)]| profiles().input(&typed(pairs)).err().unwrap();
        assert!(error(&[("secret.profiles", "s")]).contains("Space ID"));
        assert!(error(&[("field.profiles.space_id", "spa_1")]).contains("token"));
    }

    #[test]
    fn a_whole_slot_is_read() {
        let whole =
            typed(&[("secret.profiles", "s"), ("field.profiles.space_id", " spa_1 "), ("secret.other", "o")]);
        let input = profiles().input(&whole).unwrap().unwrap();
        assert_eq!(input.secret.expose_secret(), "s");
        assert_eq!(input.fields.get("space_id").map(String::as_str), Some("spa_1"));
    }
}
