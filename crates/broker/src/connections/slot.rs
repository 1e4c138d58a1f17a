//! Filling a slot: the secret is tried, sealed for its row, and stored.
//!
//! A refused one is said to be refused. Into a slot that holds nothing good it is stored all the same, so that the page
//! shows what is there and the connection is marked; one that is verified it does not replace, since a typing mistake
//! must not take a working account down.

use crate::Broker;
use crate::connections::edit::{may_still_connect, no_right};
use crate::connections::health::judged;
use crate::connections::show::health;
use crate::connections::testing::Tester;
use crate::unavailable;
use crate::view::SlotHealthView;
use keyferry_catalog::{Integration, Slot};
use keyferry_core::{CredentialId, ErrorCode, ExposeSecret, Failure, FieldFault, Principal, SecretString};
use keyferry_store::StoreError;
use keyferry_store::connections::Connection;
use keyferry_store::credentials::{self, Credential, Health};
use keyferry_upstream::{SlotKey, SlotVerdict, credential};
use std::collections::BTreeMap;

/// Bytes of a secret.
const LONGEST_SECRET: usize = 4096;

/// What a person types into a slot's form.
pub struct SlotInput {
    pub slot: String,
    pub secret: SecretString,
    /// Public values beside the secret, by name.
    pub fields: BTreeMap<String, String>,
}

/// What became of it.
#[derive(Debug, Clone)]
pub struct SavedSlot {
    pub verdict: SlotVerdict,
    /// Whether it is stored now; otherwise the one before still is.
    pub kept: bool,
    /// Of what is stored.
    pub health: SlotHealthView,
}

/// What a credential's row is made of, besides the secret.
#[derive(Clone, Copy)]
pub(crate) struct Sealed<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) slot: &'a str,
    /// What the slot holds so far.
    pub(crate) before: Option<&'a Credential>,
    pub(crate) verdict: &'a SlotVerdict,
}

impl Broker {
    /// Fills a slot of a connection, or replaces what it holds.
    ///
    /// # Errors
    /// `not_found` when the person has no such connection, `policy_denied` without the right to change it,
    /// `invalid_arguments` when the secret or a field has not the right form.
    pub async fn save_slot(
        &self,
        person: &Principal,
        number: i64,
        input: SlotInput,
    ) -> Result<SavedSlot, Failure> {
        self.must_be_heard()?;
        let connection = self.own_connection(person, number).await?;
        let integration = self.integration_named(&connection.integration)?;
        let (slot, faults) = checked(integration, &input, "")?;
        if !faults.is_empty() {
            let failure = Failure::new(ErrorCode::InvalidArguments, "The credential can't be saved.");
            return Err(failure.faults(faults));
        }
        let stored = self.accounts().slots(&person.team, &person.user, &connection.id).await?;
        let mut keys = self.stored_keys(&connection, &stored)?;
        let key = SlotKey { secret: trimmed(&input.secret), fields: input.fields };
        keys.insert(slot.name.clone(), key.clone());
        let tester = Tester { team: &person.team, user: &person.user, device: None, beneath: None };
        let verdict = self.try_typed_slot(&connection, &slot.name, &keys, tester).await?;
        let before = stored.get(&slot.name).map(AsRef::as_ref);
        let works = before.filter(|before| before.health == Health::Verified);
        if let (Some(works), SlotVerdict::Refused { .. }) = (works, &verdict) {
            return Ok(SavedSlot { health: health(works), kept: false, verdict });
        }
        let sealed = Sealed { connection: &connection, slot: &slot.name, before, verdict: &verdict };
        let row = self.sealed(&sealed, key)?;
        self.store_slot(person, &connection, &row).await?;
        Ok(SavedSlot { health: health(&row), kept: true, verdict })
    }

    /// Empties a slot.
    ///
    /// # Errors
    /// `not_found` when there is no such connection or nothing in the slot, `policy_denied`.
    pub async fn clear_slot(&self, person: &Principal, number: i64, slot: &str) -> Result<(), Failure> {
        let connection = self.own_connection(person, number).await?;
        let stored = credentials::get(self.db(), &person.team, &person.user, &connection.id, slot).await;
        let stored = stored.map_err(unavailable::store)?;
        let stored = stored
            .ok_or_else(|| Failure::new(ErrorCode::NotFound, "There is no credential in this slot."))?;
        let removed = async {
            let mut tx = self.db().begin().await?;
            credentials::remove(&mut tx, &person.team, &stored.id, self.now()).await?;
            self.settle_state(&mut tx, &person.team, &person.user, &connection).await?;
            tx.commit().await
        };
        removed.await.map_err(unavailable::store)?;
        self.follower().catch_up_soon().await;
        Ok(())
    }

    /// The row as it will be written: sealed for its own id and version.
    pub(crate) fn sealed(&self, of: &Sealed<'_>, key: SlotKey) -> Result<Credential, Failure> {
        let Sealed { connection, slot, before, verdict } = *of;
        let now = self.now();
        let (health, health_message) = judged(verdict).unwrap_or((Health::Untested, why(verdict)));
        let id = before.map_or_else(CredentialId::new, |before| before.id.clone());
        let version = before.map_or(1, |before| before.version + 1);
        let identity = credential::Identity { connection, id: &id, slot, version };
        let sealed = credential::seal(self.vault(), identity, &key.secret).map_err(unavailable::seal)?;
        Ok(Credential {
            team: connection.team.clone(),
            connection: connection.id.clone(),
            slot: slot.to_owned(),
            version,
            fields: key.fields,
            key_id: keyferry_vault::wrapped_by(&sealed).map_err(unavailable::open)?,
            sealed,
            health,
            health_message,
            tested_at: Some(now),
            created_at: before.map_or(now, |before| before.created_at),
            updated_at: now,
            id,
        })
    }

    async fn store_slot(
        &self,
        person: &Principal,
        connection: &Connection,
        row: &Credential,
    ) -> Result<(), Failure> {
        let written = async {
            let mut tx = self.db().begin().await?;
            if !may_still_connect(&mut tx, person, connection.owner.is_none()).await? {
                return Ok(None);
            }
            let written = credentials::put(&mut tx, row).await?;
            // A connection that was deleted meanwhile keeps no key.
            let there = self.settle_state(&mut tx, &person.team, &person.user, connection).await?;
            if written && there {
                tx.commit().await.map(|()| Some(true))
            } else {
                tx.rollback().await.map(|()| Some(false))
            }
        };
        let written: Result<Option<bool>, StoreError> = written.await;
        let shared = connection.owner.is_none();
        if !written.map_err(unavailable::store)?.ok_or_else(|| no_right(shared))? {
            let message = "This slot was changed at the same moment; look at it and try again.";
            return Err(Failure::new(ErrorCode::IdempotencyConflict, message));
        }
        self.follower().catch_up_soon().await;
        Ok(())
    }
}

/// The slot, and what is wrong with what was typed; `at` leads to it.
///
/// # Errors
/// `not_found` when there is no such slot.
pub(crate) fn checked<'a>(
    integration: &'a Integration,
    input: &SlotInput,
    at: &str,
) -> Result<(&'a Slot, Vec<FieldFault>), Failure> {
    let slot = integration.slot(&input.slot);
    let slot = slot.ok_or_else(|| Failure::new(ErrorCode::NotFound, "There is no such credential slot."))?;
    let mut faults = Vec::new();
    let secret = input.secret.expose_secret().trim();
    if secret.is_empty() {
        faults.push(FieldFault::missing(format!("{at}/secret"), format!("Enter the {}.", slot.label)));
    } else if secret.len() > LONGEST_SECRET || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        let why = format!("That is no {}: it has spaces or other characters.", slot.label);
        faults.push(FieldFault::invalid(format!("{at}/secret"), why));
    }
    for field in &slot.fields {
        let pointer = format!("{at}/fields/{}", field.name);
        match input.fields.get(&field.name) {
            Some(value) if field.accepts(value) => {}
            Some(_) => faults.push(FieldFault::invalid(pointer, format!("That is not a {}.", field.label))),
            None => faults.push(FieldFault::missing(pointer, format!("Enter the {}.", field.label))),
        }
    }
    Ok((slot, faults))
}

/// Without the spaces and line breaks that come along when a key is copied.
pub(crate) fn trimmed(secret: &SecretString) -> SecretString {
    SecretString::from(secret.expose_secret().trim())
}

fn why(verdict: &SlotVerdict) -> Option<String> {
    match verdict {
        SlotVerdict::Unreachable { why } => Some(why.clone()),
        SlotVerdict::Verified | SlotVerdict::Refused { .. } | SlotVerdict::Unverifiable { .. } => None,
    }
}
