//! Whether a call may still be sent: asked in the transaction that claims it, and right before each attempt.
//!
//! Between the door and the send there may be a minute: labels are looked up, what a person saw is read again, a busy
//! upstream is waited for. A device that is revoked, a rule that is tightened, an account that is disconnected
//! meanwhile holds at once. The claim reads the rows themselves, so that a revocation that was committed before it
//! always wins; before an attempt they come from caches that `changes` empties, so that asking costs nothing while
//! nothing changes.

use crate::approvals::may_decide;
use crate::plan::Doing;
use crate::request::Caller;
use crate::rules::Holding;
use crate::{Broker, unavailable};
use futures::FutureExt;
use futures::future::BoxFuture;
use keyferry_core::{Consent, ErrorCode, Failure, UserId};
use keyferry_store::Tx;
use keyferry_store::device_rules::{self, Narrowing};
use keyferry_store::standing::{self, DependsOn, Standing};
use keyferry_upstream::StillAllowed;

/// What a call goes by.
#[derive(Clone, Copy)]
pub(crate) struct Leave<'a> {
    pub(crate) broker: &'a Broker,
    pub(crate) caller: &'a Caller,
    pub(crate) doing: &'a Doing,
    /// What was given before it.
    pub(crate) consent: Consent,
    /// Who approved it.
    pub(crate) approver: Option<&'a UserId>,
}

impl StillAllowed for Leave<'_> {
    fn check(&self) -> BoxFuture<'_, Result<(), Failure>> {
        self.stands().boxed()
    }
}

impl Leave<'_> {
    /// # Errors
    /// `unauthorized` when the device or its person is gone, `approval_required` when the approver may no longer
    /// decide, `policy_denied` and `confirmation_required` when the rule became stricter, `needs_connection` and
    /// `needs_credential` when the account is gone, `state_changed` when its credential was replaced,
    /// `gateway_unavailable` when it can't be known.
    pub(crate) async fn stands(&self) -> Result<(), Failure> {
        self.broker.must_be_heard()?;
        let standing = self.broker.accounts().standing(&self.caller.team, self.depends_on()).await?;
        let caller = self.caller_now(&standing)?;
        self.account_stands(&caller).await?;
        let narrowings = self.broker.accounts().narrowings(&caller.team, &caller.device).await?;
        self.rule_stands(&caller, &narrowings)
    }

    /// The same by the rows that a transaction sees; it asks for no other connection while it holds one.
    ///
    /// # Errors
    /// As [`Leave::stands`], but for what is said of the credential.
    pub(crate) async fn stands_in(&self, tx: &mut Tx) -> Result<(), Failure> {
        let Caller { team, device, .. } = self.caller;
        let standing = standing::get(&mut *tx, team, &self.depends_on()).await.map_err(unavailable::store)?;
        let narrowings = device_rules::of_device(tx, team, device).await.map_err(unavailable::store)?;
        self.stands_by(&standing, &narrowings)
    }

    /// The same by what was read.
    ///
    /// # Errors
    /// As [`Leave::stands_in`].
    pub(crate) fn stands_by(&self, standing: &Standing, narrowings: &[Narrowing]) -> Result<(), Failure> {
        self.rule_stands(&self.caller_now(standing)?, narrowings)
    }

    pub(crate) fn depends_on(&self) -> DependsOn {
        DependsOn {
            device: self.caller.device.clone(),
            user: self.caller.user.clone(),
            connection: self.doing.account.connection.id.clone(),
            approver: self.approver.cloned(),
        }
    }

    /// The caller with the rule of now.
    fn caller_now(&self, standing: &Standing) -> Result<Caller, Failure> {
        let now = self.broker.now();
        let rule = standing.rule.filter(|_| standing.expires_at.is_none_or(|at| at > now));
        let rule = rule.ok_or_else(|| gone("This device was revoked meanwhile"))?;
        let role = standing.role.ok_or_else(|| gone("The device's owner has no access any more"))?;
        if !standing.connected {
            return Err(disconnected());
        }
        let connection = &self.doing.account.connection;
        let decides = |person| standing.approver.is_some_and(|role| may_decide(person, role, connection));
        if !self.approver.is_none_or(decides) {
            return Err(approver_gone());
        }
        Ok(Caller { rule: rule.within(role), ..self.caller.clone() })
    }

    fn rule_stands(&self, caller: &Caller, narrowings: &[Narrowing]) -> Result<(), Failure> {
        let tool = &self.doing.tool;
        let holding = Holding::of(caller.rule, narrowings, tool, &self.doing.account.connection.id);
        if covers(self.consent, holding.consent(tool)?) { Ok(()) } else { Err(stricter()) }
    }

    /// The same connection, credential and server as when the call was planned.
    async fn account_stands(&self, caller: &Caller) -> Result<(), Failure> {
        let (tool, planned) = (&self.doing.tool, &self.doing.account);
        let visible = self.broker.accounts().connections(&caller.team, &caller.user).await?;
        let connection = visible.iter().find(|one| one.id == planned.connection.id);
        let connection = connection.ok_or_else(disconnected)?.clone();
        let now = self.broker.account(caller, tool, connection).await?;
        let key = |credential: &keyferry_store::Credential| (credential.id.clone(), credential.version);
        let same = key(&now.credential) == key(&planned.credential) && now.server == planned.server;
        if same { Ok(()) } else { Err(replaced()) }
    }
}

/// Whether what was given is enough for what is needed.
pub(crate) fn covers(given: Consent, needed: Consent) -> bool {
    needed == Consent::None || given == needed || given == Consent::Person
}

fn gone(what: &str) -> Failure {
    Failure::new(ErrorCode::Unauthorized, format!("{what}; nothing was sent."))
}

fn approver_gone() -> Failure {
    let message = "Who approved the call may no longer decide about it; nothing was sent.";
    Failure::new(ErrorCode::ApprovalRequired, message).hint("Call again: somebody else is asked then.")
}

fn stricter() -> Failure {
    Failure::new(
        ErrorCode::ConfirmationRequired,
        "The device's rule became stricter meanwhile; nothing was sent.",
    )
    .hint("Preview the call again: it tells what it needs now.")
}

fn disconnected() -> Failure {
    Failure::new(ErrorCode::NeedsConnection, "The account was disconnected meanwhile; nothing was sent.")
}

fn replaced() -> Failure {
    Failure::new(
        ErrorCode::StateChanged,
        "The account's credential was replaced meanwhile; nothing was sent.",
    )
    .hint("Call again; a change has to be previewed again first.")
}
