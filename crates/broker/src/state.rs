//! What a call would change and touch, as it is now.

use crate::Broker;
use crate::beneath::{Beneath, arguments_for};
use crate::digest::canonical;
use crate::limits::AFFECTED_ITEMS;
use crate::plan::Doing;
use crate::view::Affected;
use keyferry_catalog::{Affected as AffectedRead, Arguments, Before, ThingKind};
use keyferry_core::{ErrorCode, Failure};
use keyferry_vault::DataKey;
use serde_json::{Value, json};

/// The state that a person sees before approving, and that is read again right before the send.
#[derive(Default)]
pub(crate) struct State {
    /// `None` when the tool has none, or when it could not be read.
    pub(crate) before: Option<Value>,
    pub(crate) before_failure: Option<Failure>,
    pub(crate) affected: Vec<Affected>,
    pub(crate) affected_failure: Option<Failure>,
}

impl State {
    /// What is hashed with the approval.
    ///
    /// # Errors
    /// `internal` when the state has no canonical form.
    pub(crate) fn hash(&self, key: &DataKey) -> Result<[u8; 32], Failure> {
        let seen = json!({
            "before": self.before,
            "beforeRead": self.before_failure.is_none(),
            "affected": self.affected,
            "affectedRead": self.affected_failure.is_none(),
        });
        Ok(key.mac(&[b"state", &canonical(&seen)?]))
    }

    /// A failure after which there is no use in going on: the thing is not there, or nothing can be read now. Of a thing
    /// that was read, a list that is not found is only told.
    pub(crate) fn fatal(&mut self) -> Option<Failure> {
        let is_there = self.before.is_some();
        let fatal = |failure: &mut Failure| is_down(failure) || is_gone(failure);
        let of_affected = |failure: &mut Failure| is_down(failure) || (is_gone(failure) && !is_there);
        self.before_failure.take_if(fatal).or_else(|| self.affected_failure.take_if(of_affected))
    }

    /// A failure that hides what the state is now, rather than telling that it is another one.
    pub(crate) fn hiding(self) -> Option<Failure> {
        let hides = |failure: &Failure| !is_gone(failure);
        self.before_failure.filter(hides).or(self.affected_failure.filter(hides))
    }
}

fn is_gone(failure: &Failure) -> bool {
    let gone = [ErrorCode::NotFound, ErrorCode::InvalidSourceId, ErrorCode::InvalidDestinationId];
    gone.contains(&failure.code)
}

fn is_down(failure: &Failure) -> bool {
    let down = [ErrorCode::NeedsReauth, ErrorCode::GatewayUnavailable, ErrorCode::Internal];
    down.contains(&failure.code)
}

impl Broker {
    /// Reads what the tool changes and what else it touches. What can't be read is told in the state.
    pub(crate) async fn look(&self, beneath: &Beneath, doing: &Doing) -> State {
        let mut state = State::default();
        match self.read_before(beneath, doing).await {
            Ok(before) => state.before = before,
            Err(failure) => state.before_failure = Some(failure),
        }
        for read in &doing.tool.affected {
            match self.read_affected(beneath, doing, read).await {
                Ok(affected) => state.affected.extend(affected),
                Err(failure) => {
                    state.affected_failure.get_or_insert(failure);
                }
            }
        }
        state
    }

    async fn read_before(&self, beneath: &Beneath, doing: &Doing) -> Result<Option<Value>, Failure> {
        let Some(before) = &doing.tool.before else {
            return Ok(None);
        };
        let arguments = arguments_for(&before.read, &doing.arguments);
        let connection = &doing.account.connection;
        if !before.matching.is_empty() {
            let items_of = |page: &Value| matching(before, &doing.arguments, page);
            let name = &before.read.tool;
            let pages = self.pages_beneath(beneath, connection, name, arguments, 1, items_of);
            return Ok(pages.await?.0.pop());
        }
        let body = self.read_beneath(beneath, connection, &before.read.tool, arguments).await?;
        Ok(before.at.find(&body).into_iter().next().map(|found| found.value.clone()))
    }

    async fn read_affected(
        &self,
        beneath: &Beneath,
        doing: &Doing,
        read: &AffectedRead,
    ) -> Result<Vec<Affected>, Failure> {
        let arguments = arguments_for(&read.read, &doing.arguments);
        let connection = &doing.account.connection;
        let items_of = |page: &Value| items_at(read, page);
        let name = &read.read.tool;
        let pages = self.pages_beneath(beneath, connection, name, arguments, AFFECTED_ITEMS, items_of);
        let (items, more) = pages.await?;
        let mut affected: Vec<Affected> = items.iter().map(|item| thing(read, item)).collect();
        if more {
            let name = format!("and more than these {AFFECTED_ITEMS}");
            affected.push(Affected { kind: "more".into(), id: String::new(), name, effect: effect(read) });
        }
        Ok(affected)
    }
}

/// The items of a list that are what the arguments name.
fn matching(before: &Before, arguments: &Arguments, page: &Value) -> Vec<Value> {
    let is_it = |item: &&Value| {
        before.matching.iter().all(|(field, argument)| item.get(field) == arguments.get(argument))
    };
    let lists = before.at.find(page).into_iter().filter_map(|found| found.value.as_array());
    lists.flatten().filter(is_it).cloned().collect()
}

fn items_at(read: &AffectedRead, page: &Value) -> Vec<Value> {
    let lists = read.at.find(page).into_iter().filter_map(|found| found.value.as_array());
    lists.flatten().cloned().collect()
}

fn thing(read: &AffectedRead, item: &Value) -> Affected {
    let text = |pattern: &keyferry_catalog::Pattern| {
        let found = pattern.find(item).into_iter().next()?.value.clone();
        Some(found.as_str().map_or_else(|| found.to_string(), str::to_owned))
    };
    let id = text(&read.id).unwrap_or_default();
    let kind = match &read.kind {
        ThingKind::Word(word) => word.clone(),
        ThingKind::At(pattern) => text(pattern).unwrap_or_default(),
    };
    let name = read.name.as_ref().and_then(text).unwrap_or_else(|| id.clone());
    Affected { kind, id, name, effect: effect(read) }
}

fn effect(read: &AffectedRead) -> String {
    read.effect.clone().unwrap_or_default()
}
