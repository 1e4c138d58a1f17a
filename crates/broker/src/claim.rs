//! The claim: one transaction looks once more whether the call may be made, takes its key and its confirmation, and
//! writes the intent. Claims without a key are made together with those that wait at the same time.

use crate::limits::SWEEP_AFTER;
use crate::plan::Doing;
use crate::request::Caller;
use crate::settling::Late;
use crate::standing::Leave;
use crate::trail::Trail;
use crate::{Broker, outcome, unavailable};
use futures::FutureExt;
use futures::future::BoxFuture;
use keyferry_core::{ConfirmationId, Consent, Failure, Timestamp, UserId};
use keyferry_store::StoreError;
use keyferry_store::calls::NewCall;
use keyferry_store::claim::{self, Claim, Claimed, GiveBack, IdempotencyClaim};
use keyferry_store::claim_batch::{self, Wish};

/// What a call is claimed with.
pub(crate) struct Wanted<'a> {
    pub(crate) leave: Leave<'a>,
    /// To be used up.
    pub(crate) confirmation: Option<&'a ConfirmationId>,
    pub(crate) key: Option<IdempotencyClaim>,
    pub(crate) deadline: Timestamp,
}

/// A claim in the queue, with all that it is judged by.
pub(crate) struct Asked {
    wish: Wish,
    caller: Caller,
    doing: Doing,
    consent: Consent,
    approver: Option<UserId>,
}

/// What a claim in the queue came to.
pub(crate) enum Told {
    Claimed(Claimed),
    /// It may not be made: nothing was claimed.
    Refused(Failure),
    /// Whether it was claimed may not be known.
    Failed {
        failure: Failure,
        unknown: bool,
    },
}

impl Broker {
    /// Unless it answers `Taken`, nothing was claimed.
    ///
    /// # Errors
    /// As [`Leave::stands_in`]; `gateway_unavailable`.
    pub(crate) async fn claim(&self, wanted: Wanted<'_>, trail: &Trail) -> Result<Claimed, Failure> {
        let row = trail.row(wanted.leave.caller, wanted.deadline);
        let row = row.ok_or_else(|| Failure::internal("a claim without a tool"))?;
        let call = NewCall {
            confirmation: wanted.confirmation.cloned(),
            idempotency_hash: wanted.key.as_ref().map(|key| key.key_hash.clone()),
            ..row
        };
        match wanted.key {
            Some(key) => self.claim_with_key(wanted.leave, call, key).boxed().await,
            None => self.claim_together(wanted.leave, call).boxed().await,
        }
    }

    async fn claim_with_key(
        &self,
        leave: Leave<'_>,
        call: NewCall,
        key: IdempotencyClaim,
    ) -> Result<Claimed, Failure> {
        let confirmation = call.confirmation.clone();
        let claim = Claim { call, claimed_at: self.now(), confirmation, idempotency: Some(key) };
        let mut tx = self.db().begin().await.map_err(unavailable::store)?;
        leave.stands_in(&mut tx).await?;
        claim::claim(tx, &claim).await.map_err(|error| {
            let taken_from = claim.idempotency.as_ref().and_then(|key| key.takes_over.clone());
            let unknown = error.is_unavailable();
            self.perhaps_claimed(&claim.call, taken_from, unavailable::store(error), unknown)
        })
    }

    async fn claim_together(&self, leave: Leave<'_>, call: NewCall) -> Result<Claimed, Failure> {
        let confirmation = call.confirmation.clone();
        let depends_on = leave.depends_on();
        let asked = Asked {
            wish: Wish { call: call.clone(), claimed_at: self.now(), confirmation, depends_on },
            caller: leave.caller.clone(),
            doing: leave.doing.clone(),
            consent: leave.consent,
            approver: leave.approver.cloned(),
        };
        match self.claims().done(asked, |all| self.claim_all(all)).await {
            Some(Told::Claimed(claimed)) => Ok(claimed),
            Some(Told::Refused(failure)) => Err(failure),
            Some(Told::Failed { failure, unknown }) => {
                Err(self.perhaps_claimed(&call, None, failure, unknown))
            }
            None => {
                let failure =
                    Failure::unavailable("The gateway is stopping; nothing was sent.", "a claim was stopped");
                Err(self.perhaps_claimed(&call, None, failure, true))
            }
        }
    }

    /// In one transaction. What the database refuses is tried again one by one: it harms only its own call.
    fn claim_all(&self, all: Vec<Asked>) -> BoxFuture<'_, Vec<Told>> {
        async move {
            match self.try_claims(&all).await {
                Ok(told) => told,
                Err(error) if error.is_unavailable() || all.len() == 1 => {
                    let unknown = error.is_unavailable();
                    let failure = unavailable::store(error);
                    let told = |_| Told::Failed { failure: unavailable::shared(&failure), unknown };
                    all.iter().map(told).collect()
                }
                Err(_) => {
                    let mut told = Vec::with_capacity(all.len());
                    for one in all {
                        told.extend(self.claim_all(vec![one]).await);
                    }
                    told
                }
            }
        }
        .boxed()
    }

    async fn try_claims(&self, all: &[Asked]) -> Result<Vec<Told>, StoreError> {
        let wishes: Vec<Wish> = all.iter().map(|asked| asked.wish.clone()).collect();
        let mut refused: Vec<Option<Failure>> = all.iter().map(|_| None).collect();
        let claimed = claim_batch::claim(self.db(), &wishes, |index, standing, narrowings| {
            refused[index] = all[index].leave(self).stands_by(standing, narrowings).err();
            refused[index].is_none()
        });
        let claimed = claimed.await?;
        let told = claimed.into_iter().zip(refused).map(|(claimed, refused)| match (claimed, refused) {
            (Some(claimed), _) => Told::Claimed(claimed),
            (None, Some(failure)) => Told::Refused(failure),
            (None, None) => Told::Refused(Failure::internal("a claim was neither taken nor refused")),
        });
        Ok(told.collect())
    }

    /// Whether a commit that broke off happened is not known. Nothing was sent, so that what may have been claimed is
    /// given back; where there is no intent this changes nothing. The server may commit it after the first look, and
    /// until the sweep would settle it.
    fn perhaps_claimed(
        &self,
        call: &NewCall,
        taken_from: Option<keyferry_core::CallId>,
        failure: Failure,
        unknown: bool,
    ) -> Failure {
        if unknown {
            let back = GiveBack { key: true, confirmation: true, taken_from };
            let outcome = outcome::refused(&failure, self.now());
            let appears_until = Some(call.deadline_at + SWEEP_AFTER);
            let (team, call) = (call.team.clone(), call.id.clone());
            self.settle_later(Late { team, call, outcome, back, appears_until });
        }
        failure
    }
}

impl Asked {
    fn leave<'a>(&'a self, broker: &'a Broker) -> Leave<'a> {
        let Self { caller, doing, consent, approver, .. } = self;
        Leave { broker, caller, doing, consent: *consent, approver: approver.as_ref() }
    }
}
