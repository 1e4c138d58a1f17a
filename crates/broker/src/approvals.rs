//! Approvals: what a device has asked, and what a person decides. Nothing that a device can reach decides.

use crate::bodies::{self, Part, Place};
use crate::counted::{self, Confirmed};
use crate::failed::chain;
use crate::limits::APPROVAL_USE;
use crate::preview::Shown;
use crate::view::{ApprovalList, ApprovalSummary, ApprovalUse, ApprovalView};
use crate::visible::visible_text;
use crate::{Broker, unavailable};
use keyferry_core::{
    ConfirmationId, Consent, DeviceId, ErrorCode, Failure, Impact, Principal, Role, Timestamp, UserId,
};
use keyferry_store::calls::{self, Whose};
use keyferry_store::confirmations::{self, Confirmation, ConfirmationStatus as Status, Decision};
use keyferry_store::connections::{self, Connection};
use keyferry_store::users;
use serde_json::Value;
use std::collections::HashMap;

/// How many are listed.
const LISTED: i64 = 100;
/// Characters of a reason.
const LONGEST_REASON: usize = 500;

/// What a person decides.
#[derive(Debug, Clone)]
pub enum Verdict {
    Approve,
    Deny {
        /// Told to the agent.
        reason: Option<String>,
    },
}

/// What people and devices are called, asked once for a list.
#[derive(Default)]
struct Names {
    people: HashMap<UserId, String>,
    devices: HashMap<DeviceId, String>,
}

impl Broker {
    /// A device's own approvals with their state; for a person, those on the connections that the person may use.
    ///
    /// # Errors
    /// `gateway_unavailable`.
    pub async fn approvals(&self, principal: &Principal) -> Result<ApprovalList, Failure> {
        let rows = match principal.device() {
            Some(device) => {
                confirmations::approvals_of_device(self.db(), &principal.team, device, LISTED).await
            }
            None => confirmations::approvals(self.db(), &principal.team, &principal.user, None, LISTED).await,
        };
        let visible = self.accounts().connections(&principal.team, &principal.user).await?;
        let (mut approvals, mut names) = (Vec::new(), Names::default());
        for row in rows.map_err(unavailable::store)? {
            let connection = visible.iter().find(|one| one.id == row.connection).map(AsRef::as_ref);
            if principal.device().is_some()
                || connection.is_some_and(|one| may_decide(&principal.user, principal.role, one))
            {
                approvals.push(self.summary(&row, connection, &mut names).await?);
            }
        }
        Ok(ApprovalList { approvals })
    }

    /// Everything that the person who decides has to see.
    ///
    /// # Errors
    /// `not_found` for one that does not exist or is not the person's to decide.
    pub async fn approval(&self, person: &Principal, id: &ConfirmationId) -> Result<ApprovalView, Failure> {
        let (row, connection) = self.decidable(person, id).await?;
        let shown = self.shown_to_device(&row).await?;
        let decided_by = match &row.decided_by {
            Some(user) => Some(self.name_of(user).await?),
            None => None,
        };
        let tool = self.catalog().tool(&row.tool);
        Ok(ApprovalView {
            summary: self.summary(&row, Some(&connection), &mut Names::default()).await?,
            device_id: row.device.to_string(),
            integration: connection.integration.clone(),
            region: connection.region.to_string(),
            arguments: shown.arguments,
            request: shown.request,
            before: shown.before,
            after: shown.after,
            before_unavailable: shown.before_unavailable,
            changes: shown.changes,
            affected: shown.affected,
            affected_unavailable: shown.affected_unavailable,
            ask_before: tool.map(|tool| tool.guidance.ask_before.clone()).unwrap_or_default(),
            needs_fresh_sign_in: needs_fresh(row.impact),
            decided_by,
            decided_at: row.decided_at.map(Timestamp::rfc3339),
            used: self.use_of(&row).await?,
            replaced_by: self.replaced_by(&row).await?.map(|newer| newer.to_string()),
        })
    }

    async fn use_of(&self, row: &Confirmation) -> Result<Option<ApprovalUse>, Failure> {
        let Some(id) = &row.used_by else { return Ok(None) };
        let call = calls::get(self.db(), &row.team, Whose::Device(&row.device), id).await;
        let call = call.map_err(unavailable::store)?;
        let state = call.as_ref().map(|call| call.state.as_str().to_owned());
        let error_message = call.and_then(|call| call.error_message);
        Ok(Some(ApprovalUse { call_id: id.to_string(), state, error_message }))
    }

    /// Approves or denies. `fresh`: the person signed in within the last ten minutes.
    ///
    /// # Errors
    /// `not_found` as [`Broker::approval`]; `unauthorized` when a high-impact call is approved without a fresh
    /// sign-in; `confirmation_expired` when it waits for nobody any more.
    pub async fn decide(
        &self,
        person: &Principal,
        id: &ConfirmationId,
        verdict: &Verdict,
        fresh: bool,
    ) -> Result<ApprovalSummary, Failure> {
        let (row, connection) = self.decidable(person, id).await?;
        if matches!(verdict, Verdict::Approve) && needs_fresh(row.impact) && !fresh {
            return Err(Failure::new(ErrorCode::Unauthorized, "Sign in again to approve this.")
                .hint("A call of high impact is approved within ten minutes of signing in."));
        }
        let now = self.now();
        let (use_until, reason) = match verdict {
            Verdict::Approve => (Some(now + APPROVAL_USE), None),
            Verdict::Deny { reason } => (None, self.sealed_reason(&row, reason.as_deref()).await?),
        };
        let decision = Decision { id, by: &person.user, use_until, reason: reason.as_deref(), at: now };
        let decided = confirmations::decide(self.db(), &person.team, &decision).await;
        if !decided.map_err(unavailable::store)? {
            let message =
                "It is no longer waiting: it was decided or asked anew, has expired, or became void.";
            return Err(Failure::new(ErrorCode::ConfirmationExpired, message));
        }
        let approves = matches!(verdict, Verdict::Approve);
        counted::confirmation(if approves { Confirmed::Approved } else { Confirmed::Denied });
        let (row, _) = self.decidable(person, id).await?;
        self.summary(&row, Some(&connection), &mut Names::default()).await
    }

    /// One that this person may decide: on a connection of the person's own, or on a shared one with the right to
    /// manage it.
    async fn decidable(
        &self,
        person: &Principal,
        id: &ConfirmationId,
    ) -> Result<(Confirmation, Connection), Failure> {
        if person.device().is_some() {
            return Err(unknown());
        }
        let row = confirmations::approval(self.db(), &person.team, &person.user, id).await;
        let row = row.map_err(unavailable::store)?.ok_or_else(unknown)?;
        let connection = connections::get(self.db(), &person.team, &person.user, &row.connection).await;
        let connection = connection.map_err(unavailable::store)?.ok_or_else(unknown)?;
        if may_decide(&person.user, person.role, &connection) {
            Ok((row, connection))
        } else {
            Err(unknown())
        }
    }

    async fn summary(
        &self,
        row: &Confirmation,
        connection: Option<&Connection>,
        names: &mut Names,
    ) -> Result<ApprovalSummary, Failure> {
        let shown = opened(row, self.shown_to_device(row).await)?;
        let tool = self.catalog().tool(&row.tool);
        let label = connection.map(|connection| visible_text(&connection.label).into_owned());
        Ok(ApprovalSummary {
            id: row.id.to_string(),
            status: status(row, self.now()).to_owned(),
            title: tool.map_or_else(|| row.tool.clone(), |tool| tool.title.clone()),
            tool: row.tool.clone(),
            object: row.object.clone(),
            object_name: shown.and_then(|shown| name_in(&shown.before)),
            requested_by: self.asker(row, names).await?,
            device_label: self.asking_device(row, names).await?,
            connection_label: label.unwrap_or_default(),
            impact: row.impact,
            connection_id: connection.map(|connection| connection.number),
            created_at: row.created_at.rfc3339(),
            expires_at: row.use_until.unwrap_or(row.expires_at).rfc3339(),
            approval_url: self.approval_url(&row.id),
            reason: opened(row, self.reason(row).await)?.flatten(),
        })
    }

    /// The newer request for the same call that made this one void.
    async fn replaced_by(&self, row: &Confirmation) -> Result<Option<ConfirmationId>, Failure> {
        if row.status != Status::Void {
            return Ok(None);
        }
        let newest = confirmations::newest(self.db(), &row.team, &row.device, &row.digest);
        let newest = newest.await.map_err(unavailable::store)?;
        Ok(newest.filter(|one| one.id != row.id && one.needs == Consent::Person).map(|one| one.id))
    }

    /// What a person is called; empty for one who is no more.
    async fn name_of(&self, user: &UserId) -> Result<String, Failure> {
        let found = users::get(self.db(), user).await.map_err(unavailable::store)?;
        Ok(found.map(|user| visible_text(&user.name).into_owned()).unwrap_or_default())
    }

    async fn asker(&self, row: &Confirmation, names: &mut Names) -> Result<String, Failure> {
        if let Some(known) = names.people.get(&row.user) {
            return Ok(known.clone());
        }
        let name = self.name_of(&row.user).await?;
        names.people.insert(row.user.clone(), name.clone());
        Ok(name)
    }

    async fn asking_device(&self, row: &Confirmation, names: &mut Names) -> Result<String, Failure> {
        if let Some(known) = names.devices.get(&row.device) {
            return Ok(known.clone());
        }
        let label = self.device_label(&row.team, &row.device).await?;
        names.devices.insert(row.device.clone(), label.clone());
        Ok(label)
    }

    async fn shown_to_device(&self, row: &Confirmation) -> Result<Shown, Failure> {
        let place =
            Place { team: &row.team, record: row.id.as_str(), part: Part::Shown, began: row.created_at };
        bodies::open(self.keys(), place, &row.shown).await
    }

    async fn sealed_reason(
        &self,
        row: &Confirmation,
        reason: Option<&str>,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let reason: String = reason.unwrap_or_default().trim().chars().take(LONGEST_REASON).collect();
        if reason.is_empty() {
            return Ok(None);
        }
        let place =
            Place { team: &row.team, record: row.id.as_str(), part: Part::Reason, began: row.created_at };
        bodies::seal(self.keys(), place, &reason).await.map(Some)
    }
}

/// A row that does not open is told without what stands in it: the others are not to be hidden by it.
fn opened<T>(row: &Confirmation, body: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match body {
        Err(failure) if failure.code == ErrorCode::Internal => {
            tracing::error!(approval = %row.id, error = %chain(&failure), "an approval's body does not open");
            Ok(None)
        }
        body => body.map(Some),
    }
}

/// The name of a thing, where it has one.
fn name_in(before: &Value) -> Option<String> {
    before.get("name").and_then(Value::as_str).map(str::to_owned)
}

/// A personal connection is its owner's to decide for; a shared one those' who may manage the team.
pub(crate) fn may_decide(person: &UserId, role: Role, connection: &Connection) -> bool {
    match &connection.owner {
        Some(owner) => owner == person,
        None => role.may_manage(),
    }
}

fn needs_fresh(impact: Impact) -> bool {
    impact == Impact::HighImpact
}

/// The state as of now; the row does not know that its time is over.
fn status(row: &Confirmation, now: Timestamp) -> &'static str {
    let over = match row.status {
        Status::Open | Status::Pending => row.expires_at <= now,
        Status::Approved => row.use_until.is_none_or(|until| until <= now),
        Status::Denied | Status::Used | Status::Void => false,
    };
    if over { "expired" } else { row.status.as_str() }
}

fn unknown() -> Failure {
    Failure::new(ErrorCode::NotFound, "There is no such approval.")
}
