//! Settling a claimed call: its outcome is committed before the answer goes out, and what it gives back with it.

use crate::Broker;
use crate::bodies::{self, Part, Place};
use crate::failed::chain;
use crate::idempotency::Kept;
use crate::outcome;
use crate::plan::Doing;
use crate::settling::Late;
use crate::trail::Trail;
use keyferry_core::{ErrorCode, TeamId};
use keyferry_identity::CacheKey;
use keyferry_store::calls::{self, CallState, Outcome};
use keyferry_store::claim::{self, GiveBack};
use keyferry_upstream::{Answer, Unanswered};
use std::sync::Arc;

/// How a claimed call ended, and what it gives back.
pub(crate) struct Ended {
    pub(crate) result: Result<Answer, Unanswered>,
    pub(crate) back: GiveBack,
}

impl Broker {
    /// Commits the outcome, then answers.
    pub(crate) async fn settle(
        &self,
        doing: &Doing,
        ended: Ended,
        trail: &mut Trail,
    ) -> Result<Answer, Unanswered> {
        let Ended { result, back } = ended;
        let result = result.map_err(|unanswered| self.told(doing, unanswered));
        let mut outcome = outcome::exchanged(&result, self.now());
        if doing.tool.impact.changes() && is_too_large(&result) {
            outcome.state = CallState::Succeeded;
        }
        let team = &doing.account.connection.team;
        outcome.result = self.kept_answer(team, &result, trail).await;
        self.record(team, outcome, back, trail).await;
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

    async fn record(&self, team: &TeamId, outcome: Outcome, back: GiveBack, trail: &mut Trail) {
        let released = claim::release(self.db(), team, &trail.id, &outcome, &back).await;
        if let Ok(false) = released {
            tracing::error!(call = %trail.id, "an outcome came for a call that had one");
            trail.unrecorded = true;
        }
        if let Err(error) = released {
            let why = chain(&error);
            tracing::error!(call = %trail.id, error = %why, "an outcome could not be committed");
            trail.unrecorded = true;
            let (team, call) = (team.clone(), trail.id.clone());
            self.settle_later(Late { team, call, outcome, back, appears_until: None });
        }
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
        let counting = async { calls::stored_bytes(self.db(), team).await.map(Arc::new) };
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
