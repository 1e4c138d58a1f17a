//! Consent: whether exactly this call was previewed by this device or approved by a person.

use crate::beneath::Beneath;
use crate::bodies::{self, Part, Place};
use crate::plan::Plan;
use crate::request::Caller;
use crate::standing::covers;
use crate::trail::Trail;
use crate::{Broker, unavailable};
use keyferry_core::{CallId, ConfirmationId, Consent, ErrorCode, Failure, Timestamp, UserId};
use keyferry_store::calls::{self, Whose};
use keyferry_store::confirmations::{self, Confirmation, ConfirmationStatus as Status};

/// What a call goes by.
#[derive(Default)]
pub(crate) struct Given {
    /// To be used up by the claim.
    pub(crate) confirmation: Option<Confirmation>,
    /// Of the call that it is sent again for.
    inherited: Option<Confirmation>,
}

impl Given {
    pub(crate) fn approval(&self) -> Option<(&ConfirmationId, &UserId)> {
        let one = self.confirmation.as_ref().or(self.inherited.as_ref())?;
        Some((&one.id, one.decided_by.as_ref()?))
    }

    pub(crate) fn approver(&self) -> Option<&UserId> {
        self.approval().map(|(_, approver)| approver)
    }
}

impl Broker {
    /// The confirmation that the call may use. A second try of an event goes by the confirmation of the first, while
    /// that is enough: the device's rule may have become stricter since.
    ///
    /// # Errors
    /// As [`Broker::consented`].
    pub(crate) async fn confirmed(
        &self,
        beneath: &Beneath,
        plan: &Plan,
        takes_over: Option<&CallId>,
        trail: &Trail,
    ) -> Result<Given, Failure> {
        if let Some(earlier) = takes_over {
            let caller = &beneath.caller;
            let inherited = confirmations::used_by(self.db(), &caller.team, &caller.device, earlier).await;
            // One that is void was approved by somebody who may no longer decide.
            let inherited = inherited.map_err(unavailable::store)?.filter(|one| one.status == Status::Used);
            let consent = inherited.as_ref().map_or(Consent::None, |one| one.needs);
            if covers(consent, plan.consent) {
                return Ok(Given { inherited, ..Given::default() });
            }
        }
        let confirmation = self.consented(beneath, plan, takes_over, trail).await?;
        Ok(Given { confirmation, inherited: None })
    }

    /// The confirmation that the call may use, or `None` when it needs none. What the call that it takes over used is
    /// not told as used.
    ///
    /// # Errors
    /// `confirmation_required`, `confirmation_expired`, `confirmation_used`; where a person is needed,
    /// `approval_required` (the approval is asked for then) and `approval_denied`.
    async fn consented(
        &self,
        beneath: &Beneath,
        plan: &Plan,
        takes_over: Option<&CallId>,
        trail: &Trail,
    ) -> Result<Option<Confirmation>, Failure> {
        if plan.consent == Consent::None {
            return Ok(None);
        }
        let caller = &beneath.caller;
        let newest = confirmations::newest(self.db(), &caller.team, &caller.device, &plan.digest);
        let newest = newest.await.map_err(unavailable::store)?;
        let newest = newest.filter(|one| takes_over.is_none() || one.used_by.as_ref() != takes_over);
        let now = self.now();
        match newest {
            Some(one) if one.status == Status::Approved && one.use_until.is_some_and(|until| until > now) => {
                Ok(Some(one))
            }
            Some(one) if one.status == Status::Used => Err(self.used(caller, one.used_by.as_ref()).await),
            newest if plan.consent == Consent::Preview => previewed(newest, now).map(Some),
            Some(one) if one.status == Status::Pending && one.expires_at > now => {
                Err(self.approval_required(&one))
            }
            Some(one) if one.status == Status::Denied && one.expires_at > now => {
                Err(self.denied(&one).await?)
            }
            Some(one) if one.status == Status::Approved => Err(expired("The approval was not used in time.")),
            _ => Err(self.ask(beneath, plan, trail).await?),
        }
    }

    /// What a claim found when the confirmation was gone or used between the look-up and the claim.
    pub(crate) async fn lost(&self, caller: &Caller, used_by: Option<&CallId>, used: bool) -> Failure {
        if used { self.used(caller, used_by).await } else { expired("The confirmation is no longer good.") }
    }

    pub(crate) fn approval_required(&self, confirmation: &Confirmation) -> Failure {
        let url = self.approval_url(&confirmation.id);
        let message = format!("A person has to approve this call of `{}` first.", confirmation.tool);
        Failure::new(ErrorCode::ApprovalRequired, message)
            .hint(format!("Ask the person to open {url}, then call again with the same arguments."))
            .details([format!("Approval {} waits until {}.", confirmation.id, confirmation.expires_at)])
            .approval_url(url)
    }

    async fn denied(&self, confirmation: &Confirmation) -> Result<Failure, Failure> {
        let failure = Failure::new(ErrorCode::ApprovalDenied, "A person has denied this call.")
            .hint("Do not ask for the same again unless the person wants it; a new preview asks anew.");
        Ok(match self.reason(confirmation).await? {
            Some(reason) => failure.details([format!("Reason: {reason}")]),
            None => failure,
        })
    }

    /// Why a person said no, if the person said why.
    pub(crate) async fn reason(&self, confirmation: &Confirmation) -> Result<Option<String>, Failure> {
        let Some(sealed) = &confirmation.reason else {
            return Ok(None);
        };
        let place = Place {
            team: &confirmation.team,
            record: confirmation.id.as_str(),
            part: Part::Reason,
            began: confirmation.created_at,
        };
        bodies::open(self.keys(), place, sealed).await.map(Some)
    }

    /// An honest retry learns what became of the call that used the confirmation.
    async fn used(&self, caller: &Caller, by: Option<&CallId>) -> Failure {
        let failure = Failure::new(ErrorCode::ConfirmationUsed, "This confirmation has been used.")
            .hint("If the call is meant once more, preview it again; if this is a retry, see the call in `details`.");
        let Some(id) = by else {
            return failure;
        };
        let found = calls::get(self.db(), &caller.team, Whose::Device(&caller.device), id).await;
        match found {
            Ok(Some(call)) => {
                let code = call.error_code.map(|code| format!(" ({code})")).unwrap_or_default();
                failure.details([format!("It was used by call {id}: {}{code}.", call.state.as_str())])
            }
            _ => failure.details([format!("It was used by call {id}.")]),
        }
    }
}

/// A preview that still counts.
fn previewed(newest: Option<Confirmation>, now: Timestamp) -> Result<Confirmation, Failure> {
    match newest {
        Some(one) if one.status == Status::Open && one.expires_at > now => Ok(one),
        Some(one) if one.status == Status::Open => Err(expired("The preview is more than ten minutes old.")),
        _ => Err(required()),
    }
}

fn required() -> Failure {
    Failure::new(ErrorCode::ConfirmationRequired, "This call was not previewed with exactly these arguments.")
        .hint("Preview it, show the person what it will do, then call with the same arguments within ten minutes.")
}

fn expired(message: &str) -> Failure {
    Failure::new(ErrorCode::ConfirmationExpired, message).hint("Preview it again with the same arguments.")
}
