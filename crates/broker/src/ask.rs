//! Asking for consent: what a preview leaves for the call to find, and what a person is asked to approve.

use crate::beneath::Beneath;
use crate::bodies::{self, Part, Place};
use crate::confirm::Given;
use crate::counted::{self, Confirmed};
use crate::limits::{APPROVAL_LIFE, OPEN_PREVIEWS, PENDING_APPROVALS, PREVIEW_LIFE};
use crate::plan::Plan;
use crate::preview::Shown;
use crate::request::Caller;
use crate::state::State;
use crate::team_keys::Purpose;
use crate::trail::Trail;
use crate::{Broker, unavailable};
use keyferry_core::{ConfirmationId, Consent, ErrorCode, Failure};
use keyferry_store::Admission;
use keyferry_store::confirmations::{self, Confirmation, ConfirmationStatus as Status};

impl Broker {
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
    pub(crate) async fn ask(
        &self,
        beneath: &Beneath,
        plan: &Plan,
        trail: &Trail,
    ) -> Result<Failure, Failure> {
        let (shown, state) = self.shown(beneath, plan).await?;
        let asked = self.leave_confirmation(&beneath.caller, plan, &shown, &state, trail).await?;
        Ok(self.approval_required(&asked))
    }
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
