//! Where secrets stand in answers and arguments, and whose they are.

use crate::{Arguments, Found, Pattern, Step, ToolRef};
use serde_json::Value;
use std::collections::HashSet;

/// What is known of an answer.
#[derive(Debug, Clone, Default)]
pub struct AnswerShape {
    /// JSON Schema of the body, without our own marks.
    pub schema: Option<Value>,
    pub secrets: Vec<SecretPlace>,
    /// Left out of every answer.
    pub dropped: Vec<Pattern>,
}

/// Strings of an answer that become handles.
#[derive(Debug, Clone)]
pub struct SecretPlace {
    pub at: Pattern,
    /// Places below `at` that are public.
    pub public: Vec<Pattern>,
    pub owner: Owner,
    /// Where it stands within the resource, when that can't be told from the answer.
    pub place: Option<Pattern>,
}

/// The resource that a secret belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    pub kind: String,
    pub id: OwnerId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnerId {
    /// A property of the object that stands this many steps down; places are relative to that object.
    Property { depth: usize, name: String },
    /// One of the call's arguments.
    Argument(String),
    /// There is none; the place is from the root.
    Nothing,
}

/// A secret that was found in an answer: everything that its handle is made over, besides connection and value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSecret {
    /// Where the string stands in the answer.
    pub pointer: String,
    /// `source:s1`
    pub resource: String,
    /// Its place within the resource, with `*` for indexes.
    pub place: String,
}

impl AnswerShape {
    /// Whether an answer passes as it came: nothing becomes a handle and nothing is left out.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.secrets.is_empty() && self.dropped.is_empty()
    }

    /// Every secret string of an answer. A string that two places name is told once.
    #[must_use]
    pub fn secrets_in(&self, answer: &Value, arguments: &Arguments) -> Vec<FoundSecret> {
        let mut secrets: Vec<FoundSecret> = Vec::new();
        let mut known: HashSet<String> = HashSet::new();
        for place in &self.secrets {
            for found in place.strings(answer) {
                let pointer = found.pointer();
                if known.insert(pointer.clone()) {
                    let resource = place.owner.of(&found, answer, arguments);
                    secrets.push(FoundSecret { pointer, resource, place: place.within_owner(&found) });
                }
            }
        }
        secrets
    }
}

impl SecretPlace {
    fn strings<'v>(&self, answer: &'v Value) -> Vec<Found<'v>> {
        let mut found = self.at.find(answer);
        found.retain(|place| {
            place.value.is_string() && !self.public.iter().any(|public| public.matches(&place.steps))
        });
        found
    }

    /// The place within the resource, as a pattern.
    pub(crate) fn place_pattern(&self) -> String {
        match (&self.place, &self.owner.id) {
            (Some(place), _) => place.to_string(),
            (None, OwnerId::Property { depth, .. }) => self.at.below(*depth).to_string(),
            (None, _) => self.at.to_string(),
        }
    }

    fn within_owner(&self, found: &Found<'_>) -> String {
        match (&self.place, &self.owner.id) {
            (Some(place), _) if place.is_every_string_below() => {
                let prefix = place.to_string().trim_end_matches("/**").to_owned();
                prefix + &found.place_from(self.at.depth())
            }
            (Some(place), _) => place.to_string(),
            (None, OwnerId::Property { depth, .. }) => found.place_from(*depth),
            (None, _) => found.place_from(0),
        }
    }
}

impl Owner {
    fn of(&self, found: &Found<'_>, answer: &Value, arguments: &Arguments) -> String {
        let id = match &self.id {
            OwnerId::Property { depth, name } => {
                found.steps.iter().take(*depth).try_fold(answer, step_into).and_then(|owner| owner.get(name))
            }
            OwnerId::Argument(name) => arguments.get(name),
            OwnerId::Nothing => None,
        };
        format!("{}:{}", self.kind, id.map(plain_text).unwrap_or_default())
    }
}

fn step_into<'v>(value: &'v Value, step: &Step) -> Option<&'v Value> {
    match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    }
}

/// A string as it is, anything else as JSON.
pub(crate) fn plain_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Secret arguments: sealed and masked everywhere.
#[derive(Debug, Clone)]
pub struct SecretInput {
    pub at: Pattern,
    /// Places below `at` that are public.
    pub public: Vec<Pattern>,
    /// How a handle is turned back; without it none is taken here.
    pub lookup: Option<Lookup>,
}

/// How the value behind a handle is found again.
#[derive(Debug, Clone)]
pub struct Lookup {
    pub kind: String,
    /// The argument that holds the resource's id.
    pub id: String,
    pub find: ToolRef,
    /// The only place of that resource whose handles are taken.
    pub place: Pattern,
}

impl Lookup {
    /// The resource that the handle must belong to: `source:s1`.
    #[must_use]
    pub fn resource(&self, arguments: &Arguments) -> String {
        format!("{}:{}", self.kind, arguments.get(&self.id).map(plain_text).unwrap_or_default())
    }

    /// Whether a secret of the found answer may stand behind a handle given here.
    #[must_use]
    pub fn takes(&self, secret: &FoundSecret, arguments: &Arguments) -> bool {
        secret.resource == self.resource(arguments) && self.place.takes_place(&secret.place)
    }
}

impl SecretInput {
    /// The secret strings (or whole values) of the arguments that stand here.
    pub(crate) fn pointers(&self, arguments: &Value) -> Vec<String> {
        let hidden = |found: &Found<'_>| !self.public.iter().any(|public| public.matches(&found.steps));
        self.at.find(arguments).iter().filter(|found| hidden(found)).map(Found::pointer).collect()
    }

    pub(crate) fn covers(&self, steps: &[Step]) -> bool {
        self.at.matches(steps) && !self.public.iter().any(|public| public.matches(steps))
    }
}
