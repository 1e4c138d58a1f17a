//! The walk over the secret strings of an answer.
//!
//! What an upstream sends decides how deep they stand and how long the names on the way are, so the walk keeps one path
//! and no list of places: were each told by its whole pointer, four megabytes could ask for many thousand times as much.

use super::secret::plain_text;
use super::{AnswerShape, Owner, OwnerId, SecretPlace};
use crate::pointer::Part;
use crate::{Arguments, Step};
use keyferry_core::pointer::escape;
use serde_json::Value;

/// Bytes of a place that is told; a handle is made over it, once for each secret below.
const LONGEST_PLACE: usize = 512;

/// A secret that was found in an answer: everything that its handle is made over, besides the connection.
pub struct FoundSecret<'a> {
    /// `source:s1`
    pub resource: &'a str,
    /// Its place within the resource, with `*` for indexes; `None` when that is too long to tell, so that it can have no
    /// handle.
    pub place: Option<&'a str>,
    pub text: &'a mut String,
}

impl AnswerShape {
    /// Visits every secret string of an answer. One that two places name is visited for each of them.
    pub fn visit_secrets(
        &self,
        answer: &mut Value,
        arguments: &Arguments,
        visit: &mut dyn FnMut(FoundSecret<'_>),
    ) {
        for secret in &self.secrets {
            Walk::new(secret, arguments, visit).value(answer);
        }
    }
}

struct Walk<'w> {
    secret: &'w SecretPlace,
    visit: &'w mut dyn FnMut(FoundSecret<'_>),
    resource: String,
    /// The way from the root.
    steps: Vec<Step>,
    /// The place within the resource.
    place: String,
    /// The steps from this one on are of the place.
    place_from: usize,
}

impl<'w> Walk<'w> {
    fn new(
        secret: &'w SecretPlace,
        arguments: &Arguments,
        visit: &'w mut dyn FnMut(FoundSecret<'_>),
    ) -> Self {
        let (place, place_from) = match (&secret.place, &secret.owner.id) {
            (Some(place), _) if place.is_every_string_below() => {
                (place.to_string().trim_end_matches("/**").to_owned(), secret.at.depth())
            }
            (Some(place), _) => (place.to_string(), usize::MAX),
            (None, OwnerId::Property { depth, .. }) => (String::new(), *depth),
            (None, _) => (String::new(), 0),
        };
        let resource = match &secret.owner.id {
            OwnerId::Argument(name) => secret.owner.resource(arguments.get(name)),
            OwnerId::Property { .. } | OwnerId::Nothing => secret.owner.resource(None),
        };
        Self { secret, visit, resource, steps: Vec::new(), place, place_from }
    }

    fn value(&mut self, value: &mut Value) {
        let (secret, depth) = (self.secret, self.steps.len());
        if let OwnerId::Property { depth: owner, name } = &secret.owner.id
            && *owner == depth
        {
            self.resource = secret.owner.resource(value.get(name));
        }
        match (secret.at.parts().get(depth), value) {
            (Some(Part::Name(name)), value) => self.named(name, value),
            (None, Value::String(text)) => self.found(text),
            (None, _) if !secret.at.is_every_string_below() => {}
            (_, Value::Object(map)) => {
                map.iter_mut().for_each(|(key, value)| self.below(Step::Key(key.clone()), value));
            }
            (_, Value::Array(items)) => {
                items.iter_mut().enumerate().for_each(|(at, value)| self.below(Step::Index(at), value));
            }
            _ => {}
        }
    }

    fn named(&mut self, name: &str, value: &mut Value) {
        let (step, value) = match value {
            Value::Object(map) => (Step::Key(name.to_owned()), map.get_mut(name)),
            Value::Array(items) => match Step::index(name) {
                Some(at) => (Step::Index(at), items.get_mut(at)),
                None => return,
            },
            _ => return,
        };
        if let Some(value) = value {
            self.below(step, value);
        }
    }

    fn below(&mut self, step: Step, value: &mut Value) {
        let length = self.place.len();
        if self.steps.len() >= self.place_from && length <= LONGEST_PLACE {
            self.place.push('/');
            match &step {
                Step::Key(key) => self.place.push_str(&escape(key)),
                Step::Index(_) => self.place.push('*'),
            }
        }
        self.steps.push(step);
        self.value(value);
        self.steps.pop();
        self.place.truncate(length);
    }

    fn found(&mut self, text: &mut String) {
        if self.secret.public.iter().any(|public| public.matches(&self.steps)) {
            return;
        }
        let place = (self.place.len() <= LONGEST_PLACE).then_some(self.place.as_str());
        (self.visit)(FoundSecret { resource: &self.resource, place, text });
    }
}

impl Owner {
    fn resource(&self, id: Option<&Value>) -> String {
        format!("{}:{}", self.kind, id.map(plain_text).unwrap_or_default())
    }
}
