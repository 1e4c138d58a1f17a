//! Outcomes of claimed calls that could not be committed where they were known.

use crate::Broker;
use crate::failed::chain;
use keyferry_core::{CallId, Clocks, TeamId, Timestamp};
use keyferry_store::calls::Outcome;
use keyferry_store::claim::{self, GiveBack};
use keyferry_store::{Db, StoreError};
use std::time::Duration;

/// The pause before the second try; each later one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// An outcome that is still to be committed.
pub(crate) struct Late {
    pub(crate) team: TeamId,
    pub(crate) call: CallId,
    pub(crate) outcome: Outcome,
    pub(crate) back: GiveBack,
    /// Of an intent whose commit was not heard of: until then the database may still make it.
    pub(crate) appears_until: Option<Timestamp>,
}

impl Broker {
    /// Writes the outcome, and gives back what the call claimed, as soon as the database is back. It counts as a call
    /// in flight, so that stopping waits for it; what is lost nevertheless the sweep settles.
    pub(crate) fn settle_later(&self, late: Late) {
        let (db, clock) = (self.db().clone(), self.clock());
        self.go_on(async move {
            if let Err(error) = settle_at_last(&db, &clock, &late).await {
                let why = chain(&error);
                tracing::error!(call = %late.call, error = %why, "an outcome was lost; the sweep settles it");
            }
        });
    }
}

async fn settle_at_last(db: &Db, clock: &Clocks, late: &Late) -> Result<(), StoreError> {
    let mut pause = FIRST_PAUSE;
    loop {
        match claim::release(db, &late.team, &late.call, &late.outcome, &late.back).await {
            Err(error) if error.is_unavailable() => {}
            // There is no intent yet.
            Ok(false) if late.appears_until.is_some_and(|until| clock.now() < until) => {}
            // `false`: there never was an intent, or an earlier try was committed after all.
            settled => return settled.map(|_| ()),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome;
    use keyferry_core::{Clock, Failure, Impact, ManualClock, UserId};
    use keyferry_store::calls::{self, CallState, NewCall, Whose};
    use keyferry_store::claim::{Claim, Claimed};
    use keyferry_testkit::Engine::{self, Postgres, Sqlite};
    use keyferry_testkit::database::Database;
    use rstest::rstest;
    use std::sync::Arc;
    use tokio::sync::Notify;

    /// Tells that it was asked for the time.
    #[derive(Debug)]
    struct Asked(ManualClock, Notify);

    impl Clock for Asked {
        fn now(&self) -> Timestamp {
            self.1.notify_one();
            self.0.now()
        }

        fn ran(&self) -> Duration {
            self.0.ran()
        }
    }

    fn intent(clock: &ManualClock) -> NewCall {
        NewCall {
            id: CallId::new(),
            team: TeamId::new(),
            user: UserId::new(),
            device: None,
            connection: None,
            parent: None,
            tool: "a_tool".into(),
            integration: "an integration".into(),
            impact: Impact::Write,
            digest: vec![7; 32],
            confirmation: None,
            object: None,
            arguments: None,
            idempotency_hash: None,
            started_at: clock.now(),
            deadline_at: clock.now() + Duration::from_secs(60),
            subjects: Vec::new(),
        }
    }

    fn late(call: &NewCall, appears_until: Timestamp) -> Late {
        Late {
            team: call.team.clone(),
            call: call.id.clone(),
            outcome: outcome::refused(&Failure::internal("a commit that broke off"), call.started_at),
            back: GiveBack { key: true, confirmation: true, taken_from: None },
            appears_until: Some(appears_until),
        }
    }

    #[rstest]
    #[tokio::test]
    async fn an_intent_that_appears_later_is_settled(#[values(Sqlite, Postgres)] engine: Engine) {
        let database = Database::new(engine).await;
        let db = &database.db;
        let asked = Arc::new(Asked(ManualClock::new(), Notify::new()));
        let call = intent(&asked.0);
        let late = late(&call, call.deadline_at);
        let clock: Clocks = asked.clone();
        let mut settling = std::pin::pin!(settle_at_last(db, &clock, &late));
        tokio::select! {
            _ = &mut settling => panic!("it gave up before the deadline"),
            () = asked.1.notified() => {}
        }
        let claim = Claim { claimed_at: call.started_at, call, confirmation: None, idempotency: None };
        assert_eq!(claim::claim(db.begin().await.unwrap(), &claim).await.unwrap(), Claimed::Taken);
        settling.await.unwrap();
        let call = &claim.call;
        let found = calls::get(db, &call.team, Whose::Person(&call.user), &call.id).await.unwrap();
        assert_eq!(found.unwrap().state, CallState::Refused);
    }

    #[tokio::test]
    async fn an_intent_that_never_appears_is_looked_for_until_its_time_is_over() {
        let database = Database::new(Sqlite).await;
        let clock = ManualClock::new();
        let late = late(&intent(&clock), clock.now());
        let clock: Clocks = Arc::new(clock);
        settle_at_last(&database.db, &clock, &late).await.unwrap();
    }
}
