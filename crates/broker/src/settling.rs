//! Outcomes of claimed calls that could not be committed where they were known.

use crate::Broker;
use crate::failed::chain;
use keyferry_core::{CallId, TeamId};
use keyferry_store::StoreError;
use keyferry_store::calls::Outcome;
use keyferry_store::claim::{self, GiveBack};
use std::time::Duration;

/// The pause before the second try; each later one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl Broker {
    /// Writes the outcome, and gives back what the call claimed, as soon as the database is back. It counts as a call
    /// in flight, so that stopping waits for it; what is lost nevertheless the sweep settles.
    pub(crate) fn settle_later(&self, team: TeamId, call: CallId, outcome: Outcome, back: GiveBack) {
        let broker = self.clone();
        self.go_on(async move {
            if let Err(error) = broker.settle_at_last(&team, &call, &outcome, &back).await {
                tracing::error!(%call, error = %chain(&error), "an outcome was lost; the sweep settles it");
            }
        });
    }

    async fn settle_at_last(
        &self,
        team: &TeamId,
        call: &CallId,
        outcome: &Outcome,
        back: &GiveBack,
    ) -> Result<(), StoreError> {
        let mut pause = FIRST_PAUSE;
        loop {
            match claim::release(self.db(), team, call, outcome, back).await {
                Err(error) if error.is_unavailable() => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                // `false`: there never was an intent, or an earlier try was committed after all.
                settled => return settled.map(|_| ()),
            }
        }
    }
}
