//! Whether a connection's credentials work: found out by their slots' own tests, and noted as calls go over it.

use crate::accounts::Slots;
use crate::beneath::Beneath;
use crate::limits::NOTED;
use crate::outcome;
use crate::plan::Doing;
use crate::trail::Trail;
use crate::{Broker, unavailable};
use futures::FutureExt;
use keyferry_catalog::{Integration, SlotTest};
use keyferry_core::{DeviceId, ErrorCode, Failure, TeamId, UserId};
use keyferry_store::connections::{self, Connection, ConnectionState, NewState};
use keyferry_store::credentials::{self, Health, Verdict};
use keyferry_store::{StoreError, Tx};
use keyferry_upstream::{Answer, SlotKey, SlotProbe, SlotVerdict, Unanswered, credential};
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

/// A test may take this long: less than the sweep waits, since a call may wait for it before its outcome is known.
const TEST: Duration = Duration::from_secs(20);

/// The same verdict is written again after this long, so that limits that count by its age hold; shorter than each of
/// them, and long enough that a busy connection does not write all the time.
const RETOLD: Duration = Duration::from_secs(5);

/// On whose behalf a slot is tried, for the journal.
#[derive(Clone, Copy)]
pub(crate) struct Tester<'a> {
    pub(crate) team: &'a TeamId,
    pub(crate) user: &'a UserId,
    pub(crate) device: Option<&'a DeviceId>,
    pub(crate) beneath: Option<&'a Beneath>,
}

impl<'a> Tester<'a> {
    pub(crate) fn beneath(beneath: &'a Beneath) -> Self {
        let caller = &beneath.caller;
        Self { team: &caller.team, user: &caller.user, device: Some(&caller.device), beneath: Some(beneath) }
    }
}

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

    /// Tries the slot's secret among `keys`, which need not be stored. The journal holds the attempt.
    pub(crate) async fn try_slot(
        &self,
        connection: &Connection,
        slot: &str,
        keys: &BTreeMap<String, SlotKey>,
        tester: Tester<'_>,
    ) -> Result<SlotVerdict, Failure> {
        let integration = self.integration_named(&connection.integration)?;
        let servers = self.servers_of(integration, connection)?;
        let deadline = self.now() + TEST;
        let test = integration.slot(slot).map(|slot| &slot.test);
        let tool = match test {
            Some(SlotTest::Call { tool, .. } | SlotTest::Member { tool, .. }) => Some(self.tool(tool)?),
            Some(SlotTest::None) | None => None,
        };
        let mut trail = Trail::begin(self.now(), tester.beneath.map(|beneath| beneath.parent.clone()));
        trail.tool = tool;
        trail.connection = Some(std::sync::Arc::new(connection.clone()));
        let row = trail.row_for(tester.team, tester.user, tester.device, deadline);
        let ticket = row.map(|row| self.journal().begin(row)).transpose()?;
        let probe =
            SlotProbe { integration: &connection.integration, slot, servers: &servers, keys, deadline };
        let verdict = self.upstream().test_slot(&probe).boxed().await;
        if let Some(ticket) = ticket {
            ticket.finish(outcome::tested(&verdict, self.now()));
        }
        Ok(verdict)
    }

    /// The opened secrets of a connection, for a test. They live as long as it.
    pub(crate) fn stored_keys(
        &self,
        connection: &Connection,
        slots: &Slots,
    ) -> Result<BTreeMap<String, SlotKey>, Failure> {
        let open = |(name, stored): (&String, &std::sync::Arc<credentials::Credential>)| {
            let secret = credential::open(self.vault(), connection, stored).map_err(Failure::internal)?;
            Ok((name.clone(), SlotKey { secret, fields: stored.fields.clone() }))
        };
        slots.iter().map(open).collect()
    }

    fn servers_of(
        &self,
        integration: &Integration,
        connection: &Connection,
    ) -> Result<BTreeMap<String, Url>, Failure> {
        let apis = integration.apis.iter();
        apis.map(|api| Ok((api.name.clone(), self.server(integration, connection, &api.name)?))).collect()
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

    /// A connection needs a person as long as one of its slots is refused.
    pub(crate) async fn settle_state(
        &self,
        tx: &mut Tx,
        team: &TeamId,
        user: &UserId,
        connection: &Connection,
    ) -> Result<(), StoreError> {
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
        connections::set_state(tx, team, &connection.id, new, self.now()).await.map(|_| ())
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
        let entry = self.noted().entry((connection.id.clone(), what.to_owned())).or_insert(()).await;
        entry.is_fresh()
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
