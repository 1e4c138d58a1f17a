//! Tries the secret of a slot while it is being saved, and again when an upstream refuses it.
//!
//! Segment answers 200 to a wrong write key, so a write key counts as verified only when it is among the workspace's
//! own, which another slot's secret has to read.

use crate::exchange::{Always, Unanswered};
use crate::made::Made;
use crate::paging::next_page;
use crate::route::Route;
use crate::send::Sending;
use crate::upstream::Upstream;
use crate::wiped::Wiped;
use keyferry_catalog::{Arguments, Found, Pagination, Pattern, Slot, SlotTest, Tool};
use keyferry_core::{ErrorCode, ExposeSecret, Failure, SecretString, Timestamp};
use keyferry_store::budgets::{self, Taken};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

/// More pages than this are not read to find a key.
const MOST_PAGES: usize = 50;

/// The page size that is asked for: as large as any of Segment's.
const PAGE: u64 = 200;

/// Tests of one tester in a minute: enough for a person who mistypes, too few to try keys by the list or to drive an
/// upstream's limits up.
pub const TESTS_PER_MINUTE: i64 = 20;

/// A slot to try. Nothing of it needs to be stored yet.
#[derive(Debug, Clone, Copy)]
pub struct SlotProbe<'a> {
    pub integration: &'a str,
    /// The slot under test; it is one of `keys`.
    pub slot: &'a str,
    /// The server of each API in the connection's region.
    pub servers: &'a BTreeMap<String, Url>,
    /// The slots of the connection that are filled.
    pub keys: &'a BTreeMap<String, SlotKey>,
    pub deadline: Timestamp,
    /// Whose test it is: the id of a person, or of a device whose call brought it about. [`TESTS_PER_MINUTE`] counts by
    /// it, over all connections and in all replicas.
    pub tester: &'a str,
}

/// What fills a slot.
#[derive(Debug, Clone)]
pub struct SlotKey {
    pub secret: SecretString,
    pub fields: BTreeMap<String, String>,
}

/// What came of a test. The sentences are for people and quote no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlotVerdict {
    Verified,
    /// The upstream says that it is wrong: which API, and why.
    Refused {
        api: String,
        why: String,
    },
    /// It may be right; there is no way to tell.
    Unverifiable {
        why: String,
    },
    /// The upstream gave no clear answer; another try may.
    Unreachable {
        why: String,
    },
}

/// Why a read that a test needs gave nothing.
enum Unread {
    /// The slot that the read itself needs is empty.
    SlotEmpty(String),
    Unanswered {
        api: String,
        unanswered: Unanswered,
    },
    Broken(Failure),
}

impl Upstream {
    /// Tries a slot's secret as the integration says.
    ///
    /// # Errors
    /// `rate_limited` when the tester has tried too many lately, `gateway_unavailable` when that can't be counted;
    /// nothing was sent. What the upstream says is no error but the verdict.
    pub async fn test_slot(&self, probe: &SlotProbe<'_>) -> Result<SlotVerdict, Failure> {
        let slot = self.catalog().integration(probe.integration).and_then(|found| found.slot(probe.slot));
        let (Some(slot), Some(key)) = (slot, probe.keys.get(probe.slot)) else {
            return Ok(SlotVerdict::Unverifiable { why: "There is nothing to test.".to_owned() });
        };
        if !matches!(slot.test, SlotTest::None) {
            self.count_test(probe.tester).await?;
        }
        Ok(self.tried(probe, slot, key).await)
    }

    async fn count_test(&self, tester: &str) -> Result<(), Failure> {
        let bucket = format!("slot_test:{tester}");
        match budgets::take(self.db(), &bucket, TESTS_PER_MINUTE, (1, None), self.clock().now()).await {
            Ok(Taken::Share(_)) => Ok(()),
            Ok(Taken::Wait(wait)) => Err(too_many(wait)),
            Err(error) => Err(Failure::unavailable("The gateway can't count this test of a key.", error)),
        }
    }

    async fn tried(&self, probe: &SlotProbe<'_>, slot: &Slot, key: &SlotKey) -> SlotVerdict {
        match &slot.test {
            SlotTest::None => SlotVerdict::Unverifiable { why: cannot_be_checked(slot) },
            SlotTest::Call { tool, arguments, accept } => {
                match self.probe_read(probe, tool, arguments.clone()).await {
                    Ok(_) => SlotVerdict::Verified,
                    Err(unread) => judged(unread, accept),
                }
            }
            SlotTest::Member { tool, at } => self.member(probe, slot, key, tool, at).await,
        }
    }

    /// Whether the secret is among the values that another slot's read lists.
    async fn member(
        &self,
        probe: &SlotProbe<'_>,
        slot: &Slot,
        key: &SlotKey,
        tool: &str,
        at: &Pattern,
    ) -> SlotVerdict {
        let paging = self.catalog().tool(tool).and_then(|tool| tool.pagination.clone());
        let mut arguments = first_page(paging.as_ref());
        for _ in 0..MOST_PAGES {
            let page = match self.probe_read(probe, tool, arguments.clone()).await {
                Ok(page) => page,
                Err(unread) => return not_listed(unread, slot),
            };
            let own = |found: &Found<'_>| found.value.as_str() == Some(key.secret.expose_secret());
            if at.find(&page).iter().any(own) {
                return SlotVerdict::Verified;
            }
            match paging.as_ref().and_then(|paging| next_page(paging, &page, &arguments)) {
                Some(next) => arguments = next,
                None => return not_among(slot),
            }
        }
        SlotVerdict::Unverifiable {
            why: format!("There are too many keys to look through to check the {}.", slot.label),
        }
    }

    /// One read with the key of the slot that its tool needs; the answer is not redacted.
    async fn probe_read(
        &self,
        probe: &SlotProbe<'_>,
        tool: &str,
        arguments: Map<String, Value>,
    ) -> Result<Wiped, Unread> {
        let lost =
            |what: &str| Unread::Broken(Failure::internal(format!("the test of a slot has no {what}")));
        let tool = self.catalog().tool(tool).ok_or_else(|| lost("tool"))?;
        let route = Route::of(self.catalog(), &tool).map_err(Unread::Broken)?;
        let key = probe.keys.get(&tool.slot).ok_or_else(|| Unread::SlotEmpty(route.slot.label.clone()))?;
        let server = probe.servers.get(&tool.api).ok_or_else(|| lost("server"))?;
        let arguments = accepted(&tool, arguments).map_err(Unread::Broken)?;
        let sending = Sending {
            route,
            server,
            arguments: &arguments,
            revealed: &[],
            fields: &key.fields,
            secret: &key.secret,
            made: &Made::fresh(self.clock().now()),
            budget: None,
            deadline: probe.deadline,
            still_allowed: &Always,
        };
        match self.exchange(&sending, &sending.needles()).await {
            Ok(done) => Ok(done.value.body),
            Err(unanswered) => Err(Unread::Unanswered { api: tool.api.clone(), unanswered }),
        }
    }
}

fn too_many(wait: Duration) -> Failure {
    let message = format!("More than {TESTS_PER_MINUTE} keys were tried in a minute; this one was not.");
    Failure::new(ErrorCode::RateLimited, message).hint("Wait, then try again.").retry_after(wait)
}

/// What a slot's own test says once its call did not succeed.
fn judged(unread: Unread, accept: &[u16]) -> SlotVerdict {
    match unread {
        Unread::SlotEmpty(label) => {
            SlotVerdict::Unverifiable { why: format!("Testing it needs the {label}.") }
        }
        Unread::Broken(failure) => SlotVerdict::Unreachable { why: failure.message },
        Unread::Unanswered { unanswered, .. }
            if unanswered.status.is_some_and(|status| accept.contains(&status)) =>
        {
            SlotVerdict::Verified
        }
        Unread::Unanswered { api, unanswered } if unanswered.credential_refused => {
            let status = unanswered.status.unwrap_or_default();
            SlotVerdict::Refused { api, why: why_refused(status, &unanswered.failure) }
        }
        Unread::Unanswered { unanswered, .. } => SlotVerdict::Unreachable { why: unanswered.failure.message },
    }
}

/// What a slot that is looked up by another's read is told when that read gave nothing: nothing against itself.
fn not_listed(unread: Unread, slot: &Slot) -> SlotVerdict {
    let because = match unread {
        Unread::SlotEmpty(label) => {
            format!("the {label} is not filled in, and only it can read the list of keys")
        }
        Unread::Unanswered { unanswered, .. } if unanswered.credential_refused => {
            "the credential that reads the list of keys is refused".to_owned()
        }
        Unread::Unanswered { unanswered, .. } => {
            return SlotVerdict::Unreachable { why: unanswered.failure.message };
        }
        Unread::Broken(failure) => return SlotVerdict::Unreachable { why: failure.message },
    };
    SlotVerdict::Unverifiable { why: format!("{} Here {because}.", cannot_be_checked(slot)) }
}

fn not_among(slot: &Slot) -> SlotVerdict {
    let why = format!("It is not among this account's own keys. {}", cannot_be_checked(slot));
    SlotVerdict::Unverifiable { why }
}

fn cannot_be_checked(slot: &Slot) -> String {
    format!("The {} can't be checked: the upstream accepts a wrong one without a word.", slot.label)
}

fn why_refused(status: u16, failure: &Failure) -> String {
    match failure.details.first() {
        Some(said) => format!("it answered {status}: {said}"),
        None => format!("it answered {status}"),
    }
}

/// What a refusal of a call's credential comes to, once its slot was tested: the failure that takes the place of
/// `upstream_forbidden`, or `None` when that stands. Where a test can't tell, a 401 speaks for itself.
#[must_use]
pub fn judge_refusal(refused: &Unanswered, verdict: &SlotVerdict, integration: &str) -> Option<Failure> {
    let dead = match verdict {
        SlotVerdict::Refused { .. } => true,
        SlotVerdict::Unverifiable { .. } => refused.status == Some(401),
        SlotVerdict::Verified | SlotVerdict::Unreachable { .. } => false,
    };
    (refused.credential_refused && dead).then(|| {
        let message = format!("{integration} no longer accepts the stored credential.");
        Failure::new(ErrorCode::NeedsReauth, message)
            .hint("A person has to enter a new one on the connection's page.")
            .details(refused.failure.details.clone())
    })
}

fn first_page(paging: Option<&Pagination>) -> Map<String, Value> {
    paging.map(|paging| (paging.limit.clone(), Value::from(PAGE))).into_iter().collect()
}

fn accepted(tool: &Tool, arguments: Map<String, Value>) -> Result<Arguments, Failure> {
    tool.accept(Value::Object(arguments)).map_err(|faults| {
        Failure::internal(format!(
            "the arguments of a slot's test with `{}` are refused: {faults:?}",
            tool.name
        ))
    })
}
