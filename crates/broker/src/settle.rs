//! Settling a claimed call: its outcome is committed before the answer goes out, and what it gives back with it.

use crate::bodies::{self, Part, Place};
use crate::failed::chain;
use crate::idempotency::Kept;
use crate::outcome;
use crate::plan::Doing;
use crate::settling::Late;
use crate::trail::Trail;
use crate::{Broker, unavailable};
use futures::FutureExt;
use futures::future::BoxFuture;
use keyferry_core::{CallId, ErrorCode, Failure, TeamId};
use keyferry_identity::CacheKey;
use keyferry_store::calls::{self, CallState, Outcome};
use keyferry_store::claim::{self, GiveBack};
use keyferry_store::claim_batch::{self, Ending};
use keyferry_upstream::{Answer, Unanswered};
use std::sync::Arc;

/// How a claimed call ended, and what it gives back.
pub(crate) struct Ended {
    pub(crate) result: Result<Answer, Unanswered>,
    pub(crate) back: GiveBack,
    /// It took an idempotency key, which ends with it.
    pub(crate) keyed: bool,
}

impl Broker {
    /// Commits the outcome, then answers.
    pub(crate) async fn settle(
        &self,
        doing: &Doing,
        ended: Ended,
        trail: &mut Trail,
    ) -> Result<Answer, Unanswered> {
        let Ended { result, back, keyed } = ended;
        let result = result.map_err(|unanswered| self.told(doing, unanswered));
        let mut outcome = outcome::exchanged(&result, self.now());
        if doing.tool.impact.changes() && is_too_large(&result) {
            outcome.state = CallState::Succeeded;
        }
        let team = &doing.account.connection.team;
        outcome.result = self.kept_answer(team, &result, trail).await;
        self.record(team, outcome, (back, keyed), trail).await;
        self.note_health(doing, &result).await;
        result
    }

    /// An unknown outcome is told with what to read.
    fn told(&self, doing: &Doing, unanswered: Unanswered) -> Unanswered {
        if unanswered.failure.code != ErrorCode::OutcomeUnknown {
            return unanswered;
        }
        let Unanswered { failure, .. } = unanswered;
        Unanswered { failure: self.tell_what_to_read(doing, failure), ..unanswered }
    }

    async fn record(
        &self,
        team: &TeamId,
        outcome: Outcome,
        (back, keyed): (GiveBack, bool),
        trail: &mut Trail,
    ) {
        let released = self.released(team, &trail.id, &outcome, (&back, keyed)).boxed().await;
        if let Ok(false) = released {
            tracing::error!(call = %trail.id, "an outcome came for a call that had one");
            trail.unrecorded = true;
        }
        if let Err(failure) = released {
            let why = chain(&failure);
            tracing::error!(call = %trail.id, error = %why, "an outcome could not be committed");
            trail.unrecorded = true;
            let (team, call) = (team.clone(), trail.id.clone());
            self.settle_later(Late { team, call, outcome, back, appears_until: None });
        }
    }

    /// What gives nothing back is committed together with what waits at the same time.
    async fn released(
        &self,
        team: &TeamId,
        call: &CallId,
        outcome: &Outcome,
        (back, keyed): (&GiveBack, bool),
    ) -> Result<bool, Failure> {
        if keyed || *back != GiveBack::default() {
            return claim::release(self.db(), team, call, outcome, back).await.map_err(unavailable::store);
        }
        let ending = Ending { team: team.clone(), call: call.clone(), outcome: outcome.clone() };
        let settled = self.endings().done(ending, |all| self.settle_all(all)).await;
        settled.unwrap_or_else(|| {
            Err(Failure::unavailable("The gateway is stopping.", "an outcome was stopped"))
        })
    }

    /// In one transaction. What the database refuses is tried again one by one: it harms only its own call.
    fn settle_all(&self, all: Vec<Ending>) -> BoxFuture<'_, Vec<Result<bool, Failure>>> {
        async move {
            match claim_batch::settle(self.db(), &all).await {
                Ok(settled) => settled.into_iter().map(Ok).collect(),
                Err(error) if error.is_unavailable() || all.len() == 1 => {
                    let failure = unavailable::store(error);
                    all.iter().map(|_| Err(unavailable::shared(&failure))).collect()
                }
                Err(_) => {
                    let mut settled = Vec::with_capacity(all.len());
                    for one in all {
                        settled.extend(self.settle_all(vec![one]).await);
                    }
                    settled
                }
            }
        }
        .boxed()
    }

    /// The answer as it is kept for who asks again; `None` when it is too large, or the team keeps too much already.
    async fn kept_answer(
        &self,
        team: &TeamId,
        result: &Result<Answer, Unanswered>,
        trail: &Trail,
    ) -> Option<Vec<u8>> {
        let kept = match result {
            Ok(answer) => {
                Kept::Result { body: answer.body.clone(), provider_request_id: answer.request_id.clone() }
            }
            Err(unanswered) => Kept::failure(&unanswered.failure),
        };
        let place = Place { team, record: trail.id.as_str(), part: Part::Result, began: trail.began };
        let sealed = bodies::seal(self.keys(), place, &kept).await.ok()?;
        let counting = || async { calls::stored_bytes(self.db(), team).await.map(Arc::new) };
        let counted = self.stored().get_or_read(&CacheKey::of([team.as_str()]), counting).await;
        let size = i64::try_from(sealed.len()).unwrap_or(i64::MAX);
        let limits = self.limits();
        let fits = counted.ok()?.saturating_add(size) <= limits.kept_answers;
        (fits && sealed.len() <= limits.kept_answer).then_some(sealed)
    }
}

/// The change was made; only its answer could not be held.
fn is_too_large(result: &Result<Answer, Unanswered>) -> bool {
    result.as_ref().is_err_and(|unanswered| unanswered.failure.code == ErrorCode::ResponseTooLarge)
}
