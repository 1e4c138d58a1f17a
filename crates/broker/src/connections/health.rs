//! How a connection is: marked by its slots' tests, and noted as calls go over it.

use crate::connections::testing::Tester;
use crate::limits::NOTED;
use crate::plan::Doing;
use crate::{Broker, unavailable};
use keyferry_core::{ErrorCode, Failure, TeamId, UserId};
use keyferry_identity::CacheKey;
use keyferry_store::connections::{self, Connection, ConnectionState, NewState};
use keyferry_store::credentials::{self, Health, Verdict};
use keyferry_store::{StoreError, Tx};
use keyferry_upstream::{Answer, SlotVerdict, Unanswered};
use std::sync::Arc;
use std::time::Duration;

/// The same verdict is written again after this long, so that limits that count by its age hold; shorter than each of
/// them, and long enough that a busy connection does not write all the time.
const RETOLD: Duration = Duration::from_secs(5);

/// What the store keeps of a verdict; `None` when there was no answer.
pub(crate) fn judged(verdict: &SlotVerdict) -> Option<(Health, Option<String>)> {
    match verdict {
        SlotVerdict::Verified => Some((Health::Verified, None)),
        SlotVerdict::Refused { api, why } => Some((Health::Refused, Some(format!("{api}: {why}")))),
        SlotVerdict::Unverifiable { why } => Some((Health::Unverifiable, Some(why.clone()))),
        SlotVerdict::Unreachable { .. } => None,
    }
}

impl Broker {
    /// Tries a stored slot and marks it and its connection by what comes.
    ///
    /// # Errors
    /// `gateway_unavailable`, `internal`; not what the upstream says, which is the verdict.
    pub(crate) async fn try_stored_slot(
        &self,
        connection: &Connection,
        slot: &str,
        tester: Tester<'_>,
    ) -> Result<SlotVerdict, Failure> {
        let slots = self.accounts().slots(tester.team, tester.user, &connection.id).await?;
        let keys = self.stored_keys(connection, &slots)?;
        let verdict = self.try_slot(connection, slot, &keys, tester).await?;
        if let (Some(credential), Some((health, message))) = (slots.get(slot), judged(&verdict)) {
            let verdict = Verdict { version: credential.version, health, message: message.as_deref() };
            self.mark(tester, connection, credential, verdict).await?;
        }
        Ok(verdict)
    }

    async fn mark(
        &self,
        tester: Tester<'_>,
        connection: &Connection,
        credential: &credentials::Credential,
        verdict: Verdict<'_>,
    ) -> Result<(), Failure> {
        let unchanged =
            credential.health == verdict.health && credential.health_message.as_deref() == verdict.message;
        let refused = verdict.health == Health::Refused;
        if unchanged
            && refused == (connection.state == ConnectionState::NeedsReauth)
            && credential.tested_at.is_some_and(|at| self.now().since(at) < RETOLD)
        {
            return Ok(());
        }
        let now = self.now();
        let marked = async {
            let mut tx = self.db().begin().await?;
            credentials::set_health(&mut tx, tester.team, &credential.id, verdict, now).await?;
            self.settle_state(&mut tx, tester.team, tester.user, connection).await?;
            tx.commit().await
        };
        marked.await.map_err(unavailable::store)?;
        self.follower().catch_up_soon().await;
        Ok(())
    }

    /// A connection needs a person as long as one of its slots is refused. Answers whether there is such a connection.
    pub(crate) async fn settle_state(
        &self,
        tx: &mut Tx,
        team: &TeamId,
        user: &UserId,
        connection: &Connection,
    ) -> Result<bool, StoreError> {
        let slots = credentials::of_connection(&mut *tx, team, user, &connection.id).await?;
        let refused = slots.iter().find(|slot| slot.health == Health::Refused);
        let new = match refused {
            Some(slot) => NewState {
                state: ConnectionState::NeedsReauth,
                code: Some(ErrorCode::NeedsReauth.as_str()),
                message: slot.health_message.as_deref(),
            },
            None => NewState { state: ConnectionState::Active, code: None, message: None },
        };
        connections::set_state(tx, team, &connection.id, new, self.now()).await
    }

    /// Notes how a call over the connection went: for people, and never at the call's expense.
    pub(crate) async fn note_health(&self, doing: &Doing, result: &Result<Answer, Unanswered>) {
        let connection = &doing.account.connection;
        let noted = match result {
            Ok(_) if !self.first_note(connection, "success").await => return,
            Ok(_) => {
                let now = self.now();
                connections::note_success(self.db(), &connection.team, &connection.id, now, now - NOTED).await
            }
            Err(unanswered) => match the_connections_own(&unanswered.failure) {
                Some(code) if self.first_note(connection, code.as_str()).await => {
                    let (code, message) = (code.as_str(), unanswered.failure.message.as_str());
                    let id = &connection.id;
                    connections::note_error(self.db(), &connection.team, id, self.now(), code, message).await
                }
                _ => return,
            },
        };
        if let Err(error) = noted {
            tracing::debug!(error = %crate::failed::chain(&error), "a connection's use was not noted");
        }
    }

    /// Whether this has not been noted of the connection in the last minute.
    async fn first_note(&self, connection: &Connection, what: &str) -> bool {
        let mut first = false;
        let noting = || {
            first = true;
            std::future::ready(Ok(Arc::default()))
        };
        let _ = self.noted().get_or_read(&CacheKey::of([connection.id.as_str(), what]), noting).await;
        first
    }
}

/// Failures that say something about the connection, rather than about one call's arguments.
fn the_connections_own(failure: &Failure) -> Option<ErrorCode> {
    let code = failure.code;
    matches!(
        code,
        ErrorCode::NeedsReauth
            | ErrorCode::UpstreamForbidden
            | ErrorCode::UpstreamUnavailable
            | ErrorCode::UpstreamTimeout
            | ErrorCode::OutcomeUnknown
    )
    .then_some(code)
}
