//! Where secrets stand in answers and arguments, and whose they are.

use crate::{Arguments, Found, FoundSecret, Pattern, Step, ToolRef};
use serde_json::Value;

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

impl AnswerShape {
    /// Whether an answer passes as it came: nothing becomes a handle and nothing is left out.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.secrets.is_empty() && self.dropped.is_empty()
    }
}

impl SecretPlace {
    /// The place within the resource, as a pattern.
    pub(crate) fn place_pattern(&self) -> String {
        match (&self.place, &self.owner.id) {
            (Some(place), _) => place.to_string(),
            (None, OwnerId::Property { depth, .. }) => self.at.below(*depth).to_string(),
            (None, _) => self.at.to_string(),
        }
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
    pub fn takes(&self, secret: &FoundSecret<'_>, arguments: &Arguments) -> bool {
        secret.resource == self.resource(arguments)
            && secret.place.is_some_and(|place| self.place.takes_place(place))
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
