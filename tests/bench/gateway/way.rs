//! The ways from a client to the upstream, and which of them are measured.

use crate::door::{Door, READ};
use crate::load::{Request, Requests};
use crate::rivals::Rival;
use crate::world::{House, PUBLIC_API_KEY, Spent, SpentBy, resident};
use keyferry_testkit::{Daemon, Engine};
use std::net::SocketAddr;
use std::sync::Arc;

/// A gateway of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) engine: Engine,
    /// 10,000 credentials, or one.
    pub(super) many: bool,
}

/// A way that may be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Straight,
    Rival(Rival),
    Ours(Door, Kind),
}

impl Wish {
    pub(super) fn all() -> Vec<Self> {
        let mut all = vec![Self::Straight];
        all.extend(Rival::ALL.map(Self::Rival));
        for many in [false, true] {
            for engine in [Engine::Sqlite, Engine::Postgres] {
                all.extend(Door::CALLS.map(|door| Self::Ours(door, Kind { engine, many })));
            }
        }
        all
    }

    pub(super) fn name(self) -> String {
        match self {
            Self::Straight => "straight".to_owned(),
            Self::Rival(rival) => rival.name().to_owned(),
            Self::Ours(door, kind) => format!(
                "{}, {}{}",
                door.name(),
                if kind.engine == Engine::Sqlite { "SQLite" } else { "Postgres" },
                if kind.many { ", 10,000 credentials" } else { "" }
            ),
        }
    }

    /// Whether one of the words stands in its name; of several in one (`proxy sqlite`), all. nginx is what the others
    /// are compared with, and always wanted.
    pub(super) fn is_wanted(self, only: &[String]) -> bool {
        let name = self.name().to_lowercase();
        let stand = |words: &String| words.to_lowercase().split_whitespace().all(|word| name.contains(word));
        only.is_empty() || self == Self::Rival(Rival::Nginx) || only.iter().any(stand)
    }
}

/// A way that runs.
pub(super) struct Way {
    pub(super) wish: Wish,
    pub(super) runs: Runs,
}

pub(super) enum Runs {
    Upstream(SocketAddr),
    Rival(Box<Daemon>),
    Ours(Door, Arc<House>),
}

impl Way {
    pub(super) fn name(&self) -> String {
        self.wish.name()
    }

    pub(super) fn has_many(&self) -> bool {
        matches!(self.wish, Wish::Ours(_, Kind { many: true, .. }))
    }

    pub(super) fn address(&self) -> SocketAddr {
        match &self.runs {
            Runs::Upstream(address) => *address,
            Runs::Rival(process) => process.address,
            Runs::Ours(_, house) => house.address(),
        }
    }

    /// What a load of so many connections sends.
    pub(super) fn load(&self, connections: usize) -> Requests {
        Requests::write(self.requests(connections))
    }

    pub(super) fn requests(&self, connections: usize) -> Vec<Request<'_>> {
        match &self.runs {
            Runs::Ours(door, house) => {
                door.requests(&house.ground.seeded, (!self.has_many()).then_some(connections))
            }
            _ => vec![Request { method: "GET", path: READ.to_owned(), bearer: PUBLIC_API_KEY, body: None }],
        }
    }

    pub(super) fn spent(&self) -> SpentBy {
        match &self.runs {
            Runs::Upstream(_) => SpentBy::default(),
            Runs::Rival(process) => SpentBy { own: Spent::by(process.id()), ..SpentBy::default() },
            Runs::Ours(_, house) => house.spent(),
        }
    }

    /// What a gateway of ours counted that was no success.
    pub(super) async fn refused(&self) -> Vec<String> {
        match &self.runs {
            Runs::Ours(_, house) => house.refused().await,
            _ => Vec::new(),
        }
    }

    /// In MiB.
    pub(super) fn resident(&self) -> f64 {
        match &self.runs {
            Runs::Upstream(_) => 0.0,
            Runs::Rival(process) => resident(process.id()),
            Runs::Ours(_, house) => house.resident(),
        }
    }
}
