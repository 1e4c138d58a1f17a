//! Connections as people and devices handle them: list, rename, choose, test, disconnect.

use crate::Broker;
use crate::connections::show::shown;
use crate::connections::testing::Tester;
use crate::unavailable;
use crate::view::{ConnectionList, ConnectionView};
use keyferry_core::{ErrorCode, Failure, FieldFault, Principal, Role};
use keyferry_store::connections::{self, Connection};
use keyferry_store::{StoreError, Tx, members, teams};
use std::time::Duration;

/// Characters of a label.
const LONGEST_LABEL: usize = 80;
/// A slot that was tried so lately is not tried again.
const TESTED: Duration = Duration::from_secs(10);

/// What a person may change later; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ConnectionEdit {
    pub label: Option<String>,
    pub make_default: bool,
}

impl Broker {
    /// What the principal may use.
    ///
    /// # Errors
    /// `gateway_unavailable`.
    pub async fn connections(&self, principal: &Principal) -> Result<ConnectionList, Failure> {
        let visible = self.accounts().connections(&principal.team, &principal.user).await?;
        let mut views = Vec::with_capacity(visible.len());
        for connection in visible.iter() {
            views.push(self.view(principal, connection).await?);
        }
        Ok(ConnectionList { connections: views })
    }

    /// # Errors
    /// `not_found` for one that does not exist or is another's.
    pub async fn connection(&self, principal: &Principal, number: i64) -> Result<ConnectionView, Failure> {
        let connection = self.visible_connection(principal, number).await?;
        self.view(principal, &connection).await
    }

    /// Tries every filled slot and says how they are.
    ///
    /// # Errors
    /// `not_found`, `gateway_unavailable`.
    pub async fn test_connection(
        &self,
        principal: &Principal,
        number: i64,
    ) -> Result<ConnectionView, Failure> {
        self.must_be_heard()?;
        let connection = self.visible_connection(principal, number).await?;
        let slots = self.accounts().slots(&principal.team, &principal.user, &connection.id).await?;
        let tester = Tester {
            team: &principal.team,
            user: &principal.user,
            device: principal.device(),
            beneath: None,
        };
        for (slot, credential) in slots.iter() {
            let lately = credential.tested_at.is_some_and(|at| self.now().since(at) < TESTED);
            if !lately {
                self.try_stored_slot(&connection, slot, tester).await?;
            }
        }
        self.connection(principal, number).await
    }

    /// # Errors
    /// `not_found`, `policy_denied`, `invalid_arguments` for a label that is none.
    pub async fn edit_connection(
        &self,
        person: &Principal,
        number: i64,
        edit: &ConnectionEdit,
    ) -> Result<ConnectionView, Failure> {
        let connection = self.own_connection(person, number).await?;
        let label = edit.label.as_deref().map(checked_label).transpose()?;
        let (team, user, id, now) = (&person.team, &person.user, &connection.id, self.now());
        let written = async {
            let mut tx = self.db().begin().await?;
            if let Some(label) = &label {
                connections::rename(&mut tx, team, user, id, label, now).await?;
            }
            if edit.make_default {
                connections::set_default(&mut tx, team, user, id, now).await?;
            }
            tx.commit().await
        };
        written.await.map_err(unavailable::store)?;
        self.follower().catch_up_soon().await;
        self.connection(person, number).await
    }

    /// Deletes the connection's credentials and voids what was confirmed on it. The journal keeps its calls.
    ///
    /// # Errors
    /// `not_found`, `policy_denied`.
    pub async fn disconnect(&self, person: &Principal, number: i64) -> Result<(), Failure> {
        let connection = self.own_connection(person, number).await?;
        let written = async {
            let mut tx = self.db().begin().await?;
            connections::delete(&mut tx, &person.team, &person.user, &connection.id, self.now()).await?;
            tx.commit().await
        };
        let written: Result<(), StoreError> = written.await;
        written.map_err(unavailable::store)?;
        self.follower().catch_up_soon().await;
        Ok(())
    }

    /// One that the principal may use.
    pub(crate) async fn visible_connection(
        &self,
        principal: &Principal,
        number: i64,
    ) -> Result<Connection, Failure> {
        let found = connections::by_number(self.db(), &principal.team, &principal.user, number).await;
        found.map_err(unavailable::store)?.ok_or_else(unknown)
    }

    /// One that the person may change: the person's own, or a shared one with the right to manage.
    pub(crate) async fn own_connection(
        &self,
        person: &Principal,
        number: i64,
    ) -> Result<Connection, Failure> {
        let connection = self.visible_connection(person, number).await?;
        self.may_connect(person, connection.owner.is_none())?;
        Ok(connection)
    }

    pub(crate) fn may_connect(&self, person: &Principal, shared: bool) -> Result<(), Failure> {
        if role_may_connect(person.role, shared) && person.device().is_none() {
            return Ok(());
        }
        Err(no_right(shared))
    }

    async fn view(&self, principal: &Principal, connection: &Connection) -> Result<ConnectionView, Failure> {
        let slots = self.accounts().slots(&principal.team, &principal.user, &connection.id).await?;
        Ok(shown(connection, &slots, self.catalog().integration(&connection.integration)))
    }
}

/// Whether a member of this role may change connections: the person's own, or the team's.
pub(crate) fn role_may_connect(role: Role, shared: bool) -> bool {
    if shared { role.may_manage() } else { role.may_connect() }
}

/// The same by the rows of a transaction: trying a key takes a while, in which a person may lose the right. Whoever takes
/// a role away, or connects at the same time, waits for the transaction.
pub(crate) async fn may_still_connect(
    tx: &mut Tx,
    person: &Principal,
    shared: bool,
) -> Result<bool, StoreError> {
    teams::lock(tx, &person.team).await?;
    let role = members::role(tx, &person.team, &person.user).await?;
    Ok(role.is_some_and(|role| role_may_connect(role, shared)))
}

pub(crate) fn no_right(shared: bool) -> Failure {
    let what = if shared { "the team's connections" } else { "connections" };
    Failure::new(ErrorCode::PolicyDenied, format!("You have not the right to change {what}."))
}

pub(crate) fn checked_label(label: &str) -> Result<String, Failure> {
    let label = keyferry_identity::visible(label.trim());
    if label.is_empty() || label.chars().count() > LONGEST_LABEL {
        let fault = FieldFault::invalid("/label", format!("is 1 to {LONGEST_LABEL} characters"));
        return Err(Failure::new(ErrorCode::InvalidArguments, "That is not a label.").faults(vec![fault]));
    }
    Ok(label)
}

fn unknown() -> Failure {
    Failure::new(ErrorCode::NotFound, "There is no such connection.")
}
