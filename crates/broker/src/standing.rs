//! Whether a call may still be sent: asked right before each attempt.
//!
//! Between the door and the send there may be a minute: labels are looked up, what a person saw is read again, a busy
//! upstream is waited for. A device that is revoked, a rule that is tightened, an account that is disconnected
//! meanwhile holds at once. Everything is read from caches that `changes` empties, so that it costs nothing while
//! nothing changes.

use crate::Broker;
use crate::plan::Doing;
use crate::request::Caller;
use futures::FutureExt;
use futures::future::BoxFuture;
use keyferry_core::{Consent, ErrorCode, Failure, Rule, UserId};
use keyferry_upstream::StillAllowed;

/// What a call goes by.
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
    /// `unauthorized` when the device, its person or the approver is gone, `policy_denied` and `confirmation_required`
    /// when the rule became stricter, `needs_connection` and `needs_credential` when the account is gone,
    /// `state_changed` when its credential was replaced, `gateway_unavailable` when it can't be known.
    pub(crate) async fn stands(&self) -> Result<(), Failure> {
        self.broker.must_be_heard()?;
        let caller = self.caller_now().await?;
        self.approver_stands().await?;
        self.account_stands(&caller).await?;
        let doing = self.doing;
        let holding = self.broker.holding(&caller, &doing.tool, &doing.account.connection).await?;
        if covers(self.consent, holding.consent(&doing.tool)?) { Ok(()) } else { Err(stricter()) }
    }

    /// The caller with the rule of now.
    async fn caller_now(&self) -> Result<Caller, Failure> {
        let (accounts, caller) = (self.broker.accounts(), self.caller);
        let found = accounts.device(&caller.team, &caller.device).await?;
        let now = self.broker.now();
        let good = found.as_ref().as_ref().filter(|device| {
            device.revoked_at.is_none()
                && device.user == caller.user
                && device.expires_at.is_none_or(|at| at > now)
        });
        let device = good.ok_or_else(|| gone("This device was revoked meanwhile"))?;
        let role = accounts.role(&caller.team, &caller.user).await?;
        let role = role.ok_or_else(|| gone("The device's owner has no access any more"))?;
        let rule = if role.may_connect() { device.rule } else { Rule::ReadOnly };
        Ok(Caller { rule, ..caller.clone() })
    }

    async fn approver_stands(&self) -> Result<(), Failure> {
        let Some(approver) = self.approver else { return Ok(()) };
        let role = self.broker.accounts().role(&self.caller.team, approver).await?;
        role.map(|_| ()).ok_or_else(|| gone("Who approved the call has no access any more"))
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
