//! Trying a slot's secret by the slot's own test. The journal holds each try.

use crate::accounts::Slots;
use crate::beneath::Beneath;
use crate::journal::Ticket;
use crate::trail::Trail;
use crate::{Broker, outcome};
use futures::FutureExt;
use keyferry_catalog::{Integration, SlotTest};
use keyferry_core::{DeviceId, Failure, Region, TeamId, Timestamp, UserId};
use keyferry_store::connections::Connection;
use keyferry_store::credentials;
use keyferry_upstream::{OtherRegion, SlotKey, SlotProbe, SlotVerdict, credential};
use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// A test may take this long: less than the sweep waits, since a call may wait for it before its outcome is known.
const TEST: Duration = Duration::from_secs(20);

/// On whose behalf a slot is tried, for the journal.
#[derive(Clone, Copy)]
pub(crate) struct Tester<'a> {
    pub(crate) team: &'a TeamId,
    pub(crate) user: &'a UserId,
    pub(crate) device: Option<&'a DeviceId>,
    pub(crate) beneath: Option<&'a Beneath>,
}

/// One test of one slot, under way.
struct Test<'a> {
    connection: &'a Connection,
    slot: &'a str,
    tester: Tester<'a>,
    deadline: Timestamp,
    servers: BTreeMap<String, Url>,
    /// Its row, where the journal holds one.
    ticket: Option<Ticket>,
}

impl<'a> Test<'a> {
    fn probe<'p>(&'p self, keys: &'p BTreeMap<String, SlotKey>) -> SlotProbe<'p> {
        let Tester { user, device, .. } = self.tester;
        SlotProbe {
            integration: &self.connection.integration,
            slot: self.slot,
            servers: &self.servers,
            keys,
            deadline: self.deadline,
            tester: device.map_or(user.as_str(), DeviceId::as_str),
        }
    }

    /// Writes down how it ended.
    fn end(self, verdict: Result<&SlotVerdict, &Failure>, now: Timestamp) {
        let Some(ticket) = self.ticket else { return };
        ticket.finish(match verdict {
            Ok(verdict) => outcome::tested(verdict, now),
            Err(failure) => outcome::refused(failure, now),
        });
    }
}

impl<'a> Tester<'a> {
    pub(crate) fn beneath(beneath: &'a Beneath) -> Self {
        let caller = &beneath.caller;
        Self { team: &caller.team, user: &caller.user, device: Some(&caller.device), beneath: Some(beneath) }
    }
}

impl Broker {
    /// Tries the slot's secret among `keys`, which need not be stored. The journal holds the attempt.
    pub(crate) async fn try_slot(
        &self,
        connection: &Connection,
        slot: &str,
        keys: &BTreeMap<String, SlotKey>,
        tester: Tester<'_>,
    ) -> Result<SlotVerdict, Failure> {
        let test = self.begin_test(connection, slot, tester)?;
        let verdict = self.upstream().test_slot(&test.probe(keys)).boxed().await;
        test.end(verdict.as_ref().map_err(Borrow::borrow), self.now());
        verdict
    }

    /// The same for a secret that a person just typed: of one that is refused it is also found out whether another
    /// region takes it.
    pub(crate) async fn try_typed_slot(
        &self,
        connection: &Connection,
        slot: &str,
        keys: &BTreeMap<String, SlotKey>,
        tester: Tester<'_>,
    ) -> Result<SlotVerdict, Failure> {
        let verdict = self.try_slot(connection, slot, keys, tester).await?;
        let SlotVerdict::Refused { api, why } = &verdict else { return Ok(verdict) };
        let integration = self.integration_named(&connection.integration)?;
        let others = self.other_regions(integration, connection)?;
        if others.is_empty() {
            return Ok(verdict);
        }
        let test = self.begin_test(connection, slot, tester)?;
        let looked = self.upstream().look_elsewhere(&test.probe(keys), &others).boxed().await;
        test.end(looked.as_ref().map(|_| &verdict).map_err(Borrow::borrow), self.now());
        // What is known already is not lost for a look that failed.
        let Ok(elsewhere) = looked else { return Ok(verdict) };
        let why = format!("{why}. {}", elsewhere.sentence(&connection.region));
        Ok(SlotVerdict::Refused { api: api.clone(), why })
    }

    /// A test that begins now, in the journal.
    fn begin_test<'a>(
        &self,
        connection: &'a Connection,
        slot: &'a str,
        tester: Tester<'a>,
    ) -> Result<Test<'a>, Failure> {
        let integration = self.integration_named(&connection.integration)?;
        let (servers, deadline) = (self.servers_of(integration, connection)?, self.now() + TEST);
        let mut trail = Trail::begin(self.now(), tester.beneath.map(|beneath| beneath.parent.clone()));
        trail.tool = match integration.slot(slot).map(|slot| &slot.test) {
            Some(SlotTest::Call { tool, .. } | SlotTest::Member { tool, .. }) => Some(self.tool(tool)?),
            Some(SlotTest::None) | None => None,
        };
        trail.connection = Some(Arc::new(connection.clone()));
        let row = trail.row_for(tester.team, tester.user, tester.device, deadline);
        let ticket = row.map(|row| self.journal().begin_now(row)).transpose()?;
        Ok(Test { connection, slot, tester, deadline, servers, ticket })
    }

    /// A key that is meant for a sandbox is not shown to the real servers of another region, nor the other way round.
    fn other_regions(
        &self,
        integration: &Integration,
        connection: &Connection,
    ) -> Result<Vec<OtherRegion>, Failure> {
        let others = integration.regions.iter().map(|entry| &entry.region);
        let there = |region: &Region| {
            let elsewhere = Connection { region: region.clone(), ..connection.clone() };
            Ok(OtherRegion { region: region.clone(), servers: self.servers_of(integration, &elsewhere)? })
        };
        let moved = |region: &Region| self.servers().moved(&integration.slug, region.as_str());
        let here = &connection.region;
        others.filter(|there| *there != here && moved(there) == moved(here)).map(there).collect()
    }

    /// The opened secrets of a connection, for a test. They live as long as it.
    pub(crate) fn stored_keys(
        &self,
        connection: &Connection,
        slots: &Slots,
    ) -> Result<BTreeMap<String, SlotKey>, Failure> {
        let open = |(name, stored): (&String, &Arc<credentials::Credential>)| {
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
}
