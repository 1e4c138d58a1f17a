//! Profiles of users and accounts, found by any of their external ids.

use keyferry_core::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

const MOST_PROFILES: usize = 50_000;
const MOST_EVENTS: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Collection {
    Users,
    Accounts,
}

impl Collection {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "users" => Some(Self::Users),
            "accounts" => Some(Self::Accounts),
            _ => None,
        }
    }
}

/// The type and the value of an external id: `user_id`, `u-1001`.
pub(crate) type Identifier = (&'static str, String);

#[derive(Debug, Clone, Serialize)]
pub(crate) struct ExternalId {
    pub(crate) source_id: String,
    pub(crate) collection: Collection,
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) created_at: String,
    pub(crate) encoding: &'static str,
    pub(crate) first_message_id: String,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Trait {
    pub(crate) value: Value,
    pub(crate) source_id: String,
    pub(crate) updated_at: String,
}

/// Only track calls are events of a profile.
#[derive(Debug, Clone)]
pub(crate) struct TrackedEvent {
    pub(crate) name: String,
    pub(crate) message_id: String,
    pub(crate) source_id: String,
    pub(crate) timestamp: Timestamp,
    pub(crate) properties: Map<String, Value>,
    pub(crate) context: Map<String, Value>,
}

/// The message that a profile first or last heard of.
#[derive(Debug, Clone)]
pub(crate) struct Mention {
    pub(crate) at: Timestamp,
    pub(crate) message_id: String,
    pub(crate) source_id: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Profile {
    pub(crate) traits: BTreeMap<String, Trait>,
    pub(crate) external_ids: Vec<ExternalId>,
    /// Oldest first, as they came in.
    pub(crate) events: VecDeque<TrackedEvent>,
    /// External ids of linked profiles in the other collection.
    pub(crate) links: BTreeSet<(Collection, &'static str, String)>,
    pub(crate) first: Mention,
    pub(crate) last: Mention,
}

impl Profile {
    pub(super) fn new(mention: Mention) -> Self {
        Self {
            traits: BTreeMap::new(),
            external_ids: Vec::new(),
            events: VecDeque::new(),
            links: BTreeSet::new(),
            first: mention.clone(),
            last: mention,
        }
    }

    pub(super) fn has_id_of(&self, kind: &str) -> bool {
        self.external_ids.iter().any(|id| id.kind == kind)
    }

    pub(super) fn remember(&mut self, event: TrackedEvent) {
        self.events.push_back(event);
        if self.events.len() > MOST_EVENTS {
            self.events.pop_front();
        }
    }
}

/// All profiles of one space. The oldest are forgotten when there are too many.
#[derive(Debug, Default)]
pub(crate) struct People {
    next: u64,
    profiles: BTreeMap<u64, Profile>,
    index: HashMap<(Collection, String, String), u64>,
}

impl People {
    pub(crate) fn find(&self, collection: Collection, kind: &str, id: &str) -> Option<&Profile> {
        self.profiles.get(&self.number_of(collection, kind, id)?)
    }

    pub(super) fn number_of(&self, collection: Collection, kind: &str, id: &str) -> Option<u64> {
        self.index.get(&(collection, kind.to_owned(), id.to_owned())).copied()
    }

    pub(super) fn profile(&self, number: u64) -> Option<&Profile> {
        self.profiles.get(&number)
    }

    pub(super) fn profile_mut(&mut self, number: u64) -> Option<&mut Profile> {
        self.profiles.get_mut(&number)
    }

    pub(super) fn add(&mut self, mention: Mention) -> u64 {
        if self.profiles.len() >= MOST_PROFILES {
            self.forget_oldest();
        }
        self.next += 1;
        self.profiles.insert(self.next, Profile::new(mention));
        self.next
    }

    /// Gives a profile an external id that no profile has.
    pub(super) fn name(&mut self, number: u64, id: ExternalId) {
        self.index.insert((id.collection, id.kind.to_owned(), id.id.clone()), number);
        if let Some(profile) = self.profiles.get_mut(&number) {
            profile.external_ids.push(id);
        }
    }

    /// Makes two profiles one; where both have a trait, `into` keeps its own.
    pub(super) fn merge(&mut self, into: u64, from: u64) {
        let Some(from) = self.profiles.remove(&from) else { return };
        for id in &from.external_ids {
            self.index.insert((id.collection, id.kind.to_owned(), id.id.clone()), into);
        }
        let Some(into) = self.profiles.get_mut(&into) else { return };
        into.external_ids.extend(from.external_ids);
        into.links.extend(from.links);
        for (name, value) in from.traits {
            into.traits.entry(name).or_insert(value);
        }
        for event in from.events {
            into.remember(event);
        }
        if from.first.at < into.first.at {
            into.first = from.first;
        }
        if from.last.at > into.last.at {
            into.last = from.last;
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, oldest)) = self.profiles.pop_first() {
            for id in oldest.external_ids {
                self.index.remove(&(id.collection, id.kind.to_owned(), id.id));
            }
        }
    }
}
