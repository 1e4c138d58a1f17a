//! The claim: one transaction looks once more whether the call may be made, takes its key and its confirmation, and
//! writes the intent.

use crate::limits::SWEEP_AFTER;
use crate::settling::Late;
use crate::standing::Leave;
use crate::trail::Trail;
use crate::{Broker, outcome, unavailable};
use keyferry_core::{ConfirmationId, Failure, Timestamp};
use keyferry_store::StoreError;
use keyferry_store::calls::NewCall;
use keyferry_store::claim::{self, Claim, Claimed, GiveBack, IdempotencyClaim};

/// What a call is claimed with.
pub(crate) struct Wanted<'a> {
    pub(crate) leave: Leave<'a>,
    /// To be used up.
    pub(crate) confirmation: Option<&'a ConfirmationId>,
    pub(crate) key: Option<IdempotencyClaim>,
    pub(crate) deadline: Timestamp,
}

impl Broker {
    /// Unless it answers `Taken`, nothing was claimed.
    ///
    /// # Errors
    /// As [`Leave::stands_in`]; `gateway_unavailable`.
    pub(crate) async fn claim(&self, wanted: Wanted<'_>, trail: &Trail) -> Result<Claimed, Failure> {
        let row = trail.row(wanted.leave.caller, wanted.deadline);
        let row = row.ok_or_else(|| Failure::internal("a claim without a tool"))?;
        let claim = Claim {
            call: NewCall {
                confirmation: wanted.confirmation.cloned(),
                idempotency_hash: wanted.key.as_ref().map(|key| key.key_hash.clone()),
                ..row
            },
            claimed_at: self.now(),
            confirmation: wanted.confirmation.cloned(),
            idempotency: wanted.key,
        };
        let mut tx = self.db().begin().await.map_err(unavailable::store)?;
        wanted.leave.stands_in(&mut tx).await?;
        claim::claim(tx, &claim).await.map_err(|error| self.perhaps_claimed(&claim, error))
    }

    /// Whether a commit that broke off happened is not known. Nothing was sent, so that what may have been claimed is
    /// given back; where there is no intent this changes nothing. The server may commit it after the first look, and
    /// until the sweep would settle it.
    fn perhaps_claimed(&self, claim: &Claim, error: StoreError) -> Failure {
        let unknown = error.is_unavailable();
        let failure = unavailable::store(error);
        if unknown {
            let (team, call) = (claim.call.team.clone(), claim.call.id.clone());
            let taken_from = claim.idempotency.as_ref().and_then(|key| key.takes_over.clone());
            let back = GiveBack { key: true, confirmation: true, taken_from };
            let outcome = outcome::refused(&failure, self.now());
            let appears_until = Some(claim.call.deadline_at + SWEEP_AFTER);
            self.settle_later(Late { team, call, outcome, back, appears_until });
        }
        failure
    }
}
