//! The walk that a preview and a call have in common: tool, arguments, connection, rule, labels, digest.

use crate::Broker;
use crate::beneath::Beneath;
use crate::connections::Account;
use crate::digest::digest;
use crate::request::{CallRequest, Caller};
use crate::rules::Holding;
use crate::subjects::{person_object, subject_hash};
use crate::team_keys::Purpose;
use crate::trail::Trail;
use keyferry_catalog::{Arguments, Tool};
use keyferry_core::{Consent, Failure, Principal};
use keyferry_store::connections::Connection;
use keyferry_vault::DataKey;
use serde_json::Value;
use std::sync::Arc;

/// A tool, its arguments, and the account that it is called on.
#[derive(Clone)]
pub(crate) struct Doing {
    pub(crate) tool: Arc<Tool>,
    pub(crate) arguments: Arguments,
    pub(crate) account: Account,
}

/// What would be done, and what it needs.
pub(crate) struct Plan {
    pub(crate) doing: Doing,
    pub(crate) consent: Consent,
    /// The rule in words, for the answer.
    pub(crate) policy_reason: String,
    pub(crate) digest: [u8; 32],
    /// The arguments as they are shown: secrets as handles or `***`.
    pub(crate) shown: Value,
}

impl Broker {
    /// # Errors
    /// Everything that can be said before consent: `tool_not_found`, `invalid_arguments` and its kin,
    /// `needs_connection`, `ambiguous_connection`, `policy_denied`, `needs_credential`.
    pub(crate) async fn plan(
        &self,
        name: &str,
        request: &CallRequest,
        trail: &mut Trail,
        beneath: &Beneath,
    ) -> Result<Plan, Failure> {
        let tool = self.tool(name)?;
        trail.tool = Some(Arc::clone(&tool));
        let arguments = accepted(&tool, request.arguments.clone())?;
        self.plan_of((tool, arguments), request.connection, trail, beneath).await
    }

    /// The rest of the walk, from arguments that were accepted.
    ///
    /// # Errors
    /// As [`Broker::plan`], from the connection on.
    pub(crate) async fn plan_of(
        &self,
        (tool, arguments): (Arc<Tool>, Arguments),
        connection: Option<i64>,
        trail: &mut Trail,
        beneath: &Beneath,
    ) -> Result<Plan, Failure> {
        let caller = &beneath.caller;
        let connection = self.connection_for(caller, &tool, connection).await?;
        trail.connection = Some(Arc::clone(&connection));
        let holding = self.holding(caller, &tool, &connection).await?;
        let consent = holding.consent(&tool)?;
        let account = self.account(caller, &tool, connection).await?;
        let arguments = self.resolved(arguments, &account.connection, beneath).await?;
        let doing = Doing { tool, arguments, account };
        let key = self.keys().key(&caller.team, Purpose::Digest).await?;
        let digest = self.digest_of(&key, caller, &doing)?;
        self.describe_doing(&doing, trail).await?;
        trail.digest = Some(digest);
        let shown = self.shown_arguments(&doing).await?;
        Ok(Plan { consent, policy_reason: holding.said(), digest, shown, doing })
    }

    /// What a call of this tool on this account needs, after everything that narrows the device's rule; `None` when
    /// nothing makes it allowed.
    ///
    /// # Errors
    /// `tool_not_found`, `needs_connection`, `ambiguous_connection`, `not_found`.
    pub async fn consent_for(
        &self,
        principal: &Principal,
        name: &str,
        connection: Option<i64>,
    ) -> Result<Option<Consent>, Failure> {
        let (caller, tool) = (Caller::of(principal)?, self.tool(name)?);
        let connection = self.connection_for(&caller, &tool, connection).await?;
        Ok(self.holding(&caller, &tool, &connection).await?.rule.consent(tool.impact))
    }

    pub(crate) async fn holding(
        &self,
        caller: &Caller,
        tool: &Tool,
        connection: &Connection,
    ) -> Result<Holding, Failure> {
        let narrowings = self.accounts().narrowings(&caller.team, &caller.device).await?;
        Ok(Holding::of(caller.rule, &narrowings, tool, &connection.id))
    }

    fn digest_of(&self, key: &DataKey, caller: &Caller, doing: &Doing) -> Result<[u8; 32], Failure> {
        let account = &doing.account;
        digest(
            key,
            (&caller.team, &caller.device),
            (&doing.tool, &doing.arguments),
            (&account.connection, account.credential.version, &account.server),
        )
    }

    /// Notes what is acted on and who is concerned; people only as keyed hashes.
    pub(crate) async fn describe_doing(&self, doing: &Doing, trail: &mut Trail) -> Result<(), Failure> {
        let is_person = doing.tool.object.as_ref().is_some_and(|object| object.is_person());
        trail.object = doing.tool.object_of(&doing.arguments);
        let subjects = doing.tool.subjects_in(&doing.arguments);
        if subjects.is_empty() && !is_person {
            return Ok(());
        }
        let key = self.keys().key(&doing.account.connection.team, Purpose::Subject).await?;
        if is_person {
            trail.object = trail.object.take().map(|id| person_object(&key, &id));
        }
        trail.subjects = subjects.iter().map(|id| subject_hash(&key, id)).collect();
        Ok(())
    }
}

/// # Errors
/// All faults of the arguments at once, with the schema.
pub(crate) fn accepted(tool: &Tool, arguments: Value) -> Result<Arguments, Failure> {
    tool.accept(arguments).map_err(|wrong| {
        Failure::new(wrong.code, format!("The arguments of `{}` are not what it takes.", tool.name))
            .faults(wrong.faults)
            .input_schema(tool.input_schema.clone())
    })
}
