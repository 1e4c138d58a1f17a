//! Consent: whether exactly this call was previewed by this device or approved by a person.

use crate::counted::{self, Confirmed};
use crate::beneath::Beneath;
use crate::bodies::{self, Part, Place};
use crate::limits::{APPROVAL_LIFE, OPEN_PREVIEWS, PENDING_APPROVALS, PREVIEW_LIFE};
use crate::plan::Plan;
use crate::preview::Shown;
use crate::request::Caller;
use crate::standing::covers;
use crate::state::State;
use crate::team_keys::Purpose;
use crate::trail::Trail;
use crate::{Broker, unavailable};
use keyferry_core::{CallId, ConfirmationId, Consent, ErrorCode, Failure, Timestamp, UserId};
use keyferry_store::Admission;
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
    fn approval(&self) -> Option<(&ConfirmationId, &UserId)> {
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

    /// Who approved may no longer decide: the approval is void, and somebody else is asked.
    pub(crate) async fn ask_anew(
        &self,
        beneath: &Beneath,
        plan: &Plan,
        given: &Given,
        trail: &Trail,
    ) -> Result<Failure, Failure> {
        if let Some((approval, _)) = given.approval() {
            let voided = async {
                let mut tx = self.db().begin().await?;
                confirmations::void(&mut tx, &beneath.caller.team, approval).await?;
                tx.commit().await
            };
            voided.await.map_err(unavailable::store)?;
        }
        self.ask(beneath, plan, trail).await
    }

    /// Leaves what the next call with this digest will find. Where a person has been asked the same already and the
    /// state is the same, that request stands.
    ///
    /// # Errors
    /// `rate_limited` when the device has too many open ones.
    pub(crate) async fn leave_confirmation(
        &self,
        caller: &Caller,
        plan: &Plan,
        shown: &Shown,
        state: &State,
        trail: &Trail,
    ) -> Result<Confirmation, Failure> {
        let key = self.keys().key(&caller.team, Purpose::Digest).await?;
        let state_hash = match plan.consent {
            Consent::Person => Some(state.hash(&key)?.to_vec()),
            Consent::None | Consent::Preview => None,
        };
        if plan.consent == Consent::Person
            && let Some(standing) = self.standing(caller, plan, state_hash.as_deref()).await?
        {
            return Ok(standing);
        }
        let fresh = self.fresh_confirmation(caller, plan, shown, state_hash, trail).await?;
        let cap = if plan.consent == Consent::Person { PENDING_APPROVALS } else { OPEN_PREVIEWS };
        let admission = confirmations::insert(self.db(), &fresh, cap, self.now()).await;
        match admission.map_err(unavailable::store)? {
            Admission::Admitted => {
                let asks = plan.consent == Consent::Person;
                counted::confirmation(if asks { Confirmed::Asked } else { Confirmed::Previewed });
                Ok(fresh)
            }
            Admission::Full => Err(too_many(plan.consent)),
            Admission::Gone => Err(Failure::new(ErrorCode::Unauthorized, "This device has been revoked.")),
        }
    }

    /// What a claim found when the confirmation was gone or used between the look-up and the claim.
    pub(crate) async fn lost(&self, caller: &Caller, used_by: Option<&CallId>, used: bool) -> Failure {
        if used { self.used(caller, used_by).await } else { expired("The confirmation is no longer good.") }
    }

    async fn standing(
        &self,
        caller: &Caller,
        plan: &Plan,
        state_hash: Option<&[u8]>,
    ) -> Result<Option<Confirmation>, Failure> {
        let newest = confirmations::newest(self.db(), &caller.team, &caller.device, &plan.digest);
        let now = self.now();
        Ok(newest.await.map_err(unavailable::store)?.filter(|one| {
            let good = match one.status {
                Status::Pending => one.expires_at > now,
                Status::Approved => one.use_until.is_some_and(|until| until > now),
                Status::Open | Status::Denied | Status::Used | Status::Void => false,
            };
            good && one.state_hash.as_deref() == state_hash
        }))
    }

    async fn fresh_confirmation(
        &self,
        caller: &Caller,
        plan: &Plan,
        shown: &Shown,
        state_hash: Option<Vec<u8>>,
        trail: &Trail,
    ) -> Result<Confirmation, Failure> {
        let (id, now) = (ConfirmationId::new(), self.now());
        let place = |part| Place { team: &caller.team, record: id.as_str(), part, began: now };
        let arguments = bodies::seal(self.keys(), place(Part::Arguments), &plan.shown).await?;
        let shown = bodies::seal(self.keys(), place(Part::Shown), shown).await?;
        let by_person = plan.consent == Consent::Person;
        Ok(Confirmation {
            id: id.clone(),
            team: caller.team.clone(),
            device: caller.device.clone(),
            user: caller.user.clone(),
            connection: plan.doing.account.connection.id.clone(),
            tool: plan.doing.tool.name.clone(),
            impact: plan.doing.tool.impact,
            digest: plan.digest.to_vec(),
            state_hash,
            needs: plan.consent,
            arguments,
            shown,
            object: trail.object.clone(),
            status: if by_person { Status::Pending } else { Status::Open },
            created_at: now,
            expires_at: now + if by_person { APPROVAL_LIFE } else { PREVIEW_LIFE },
            use_until: None,
            decided_by: None,
            decided_at: None,
            reason: None,
            used_by: None,
        })
    }

    /// Asks a person, by what a preview would show.
    async fn ask(&self, beneath: &Beneath, plan: &Plan, trail: &Trail) -> Result<Failure, Failure> {
        let (shown, state) = self.shown(beneath, plan).await?;
        let asked = self.leave_confirmation(&beneath.caller, plan, &shown, &state, trail).await?;
        Ok(self.approval_required(&asked))
    }

    fn approval_required(&self, confirmation: &Confirmation) -> Failure {
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
                failure
                    .details([format!("It was used by call {id}, which is {}{code}.", call.state.as_str())])
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

fn too_many(consent: Consent) -> Failure {
    let (what, cap) = match consent {
        Consent::Person => ("approvals waiting", PENDING_APPROVALS),
        Consent::None | Consent::Preview => ("previews open", OPEN_PREVIEWS),
    };
    Failure::new(ErrorCode::RateLimited, format!("This device has {cap} {what} already."))
        .hint("Use them or wait until they expire.")
        .retry_after(std::time::Duration::from_secs(60))
}
