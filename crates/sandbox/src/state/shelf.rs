//! Things of a workspace that are kept as the JSON that they are shown as, each kind on a shelf of its own.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Most things on one shelf; the sandbox keeps nothing without bounds.
const MOST: usize = 2_000;

#[derive(Debug, Clone)]
pub(crate) struct Thing {
    /// What it belongs to, outermost first: a space, then an audience.
    pub(crate) of: Vec<String>,
    /// Names that begin with `_` are not shown.
    pub(crate) value: Map<String, Value>,
}

impl Thing {
    pub(crate) fn id(&self) -> &str {
        self.value.get("id").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.value.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// As Segment shows it.
    pub(crate) fn shown(&self) -> Value {
        let seen = self.value.iter().filter(|(name, _)| !name.starts_with('_'));
        Value::Object(seen.map(|(name, value)| (name.clone(), value.clone())).collect())
    }
}

#[derive(Debug, Default)]
pub(crate) struct Shelves(BTreeMap<String, Vec<Thing>>);

impl Shelves {
    /// What stands on a shelf and belongs to these.
    pub(crate) fn of<'s>(&'s self, shelf: &str, of: &[String]) -> impl Iterator<Item = &'s Thing> {
        let all = self.0.get(shelf).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(move |thing| thing.of == of)
    }

    pub(crate) fn get(&self, shelf: &str, of: &[String], id: &str) -> Option<&Thing> {
        self.of(shelf, of).find(|thing| thing.id() == id)
    }

    pub(crate) fn get_mut(&mut self, shelf: &str, of: &[String], id: &str) -> Option<&mut Thing> {
        self.0.get_mut(shelf)?.iter_mut().find(|thing| thing.of == of && thing.id() == id)
    }

    /// Whether anything on the shelf has this id, whatever it belongs to.
    pub(crate) fn has(&self, shelf: &str, id: &str) -> bool {
        self.0.get(shelf).is_some_and(|all| all.iter().any(|thing| thing.id() == id))
    }

    /// False when the shelf is full.
    pub(crate) fn put(&mut self, shelf: &str, thing: Thing) -> bool {
        let all = self.0.entry(shelf.to_owned()).or_default();
        let has_room = all.len() < MOST;
        if has_room {
            all.push(thing);
        }
        has_room
    }

    /// Takes a thing away, and all that belongs to it. False when there is none.
    pub(crate) fn take(&mut self, shelf: &str, of: &[String], id: &str) -> bool {
        if self.get(shelf, of, id).is_none() {
            return false;
        }
        let mut below = of.to_vec();
        below.push(id.to_owned());
        for (name, all) in &mut self.0 {
            all.retain(|thing| {
                let is_it = name == shelf && thing.of == of && thing.id() == id;
                !is_it && !thing.of.starts_with(&below)
            });
        }
        true
    }

    pub(crate) fn retain(&mut self, shelf: &str, keep: impl FnMut(&Thing) -> bool) {
        if let Some(all) = self.0.get_mut(shelf) {
            all.retain(keep);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn thing(of: &[&str], value: Value) -> Thing {
        let of = of.iter().map(|one| (*one).to_owned()).collect();
        Thing { of, value: value.as_object().cloned().unwrap_or_default() }
    }

    #[test]
    fn what_belongs_to_a_thing_goes_with_it() {
        let mut shelves = Shelves::default();
        let space = ["s".to_owned()];
        shelves.put("audiences", thing(&["s"], json!({"id": "a1"})));
        shelves.put("audiences", thing(&["s"], json!({"id": "a2"})));
        shelves.put("schedules", thing(&["s", "a1"], json!({"id": "x"})));
        shelves.put("schedules", thing(&["s", "a2"], json!({"id": "y"})));
        assert!(shelves.take("audiences", &space, "a1"));
        assert!(!shelves.take("audiences", &space, "a1"));
        assert!(!shelves.has("schedules", "x") && shelves.has("schedules", "y"));
    }

    #[test]
    fn hidden_names_are_not_shown() {
        assert_eq!(thing(&[], json!({"id": "1", "_of": "2"})).shown(), json!({"id": "1"}));
    }
}
