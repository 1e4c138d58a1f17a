//! How an event changes profiles: whose it is, and what it says about them.

use super::event::{Event, EventKind};
use super::people::{Collection, ExternalId, Identifier, Mention, People, TrackedEvent, Trait};
use serde_json::{Map, Value};

/// Beyond these Unify drops an event, and says nothing.
const MOST_FIELDS: usize = 300;
const LONGEST_GROUP_ID: usize = 500;
const LONGEST_MESSAGE_ID: usize = 100;

impl People {
    pub(crate) fn take(&mut self, event: &Event) {
        if dropped_silently(event) {
            return;
        }
        let Some(user) = self.user_of(event) else { return };
        match event.kind {
            EventKind::Identify => self.learn(user, event),
            EventKind::Track => self.track(user, event),
            EventKind::Group => self.join(user, event),
            EventKind::Page | EventKind::Screen | EventKind::Alias => {}
        }
        self.mention(user, event);
    }

    /// The profile that the event's ids name; made when there is none, merged when they name several.
    fn user_of(&mut self, event: &Event) -> Option<u64> {
        let mut ids = Vec::<Identifier>::new();
        ids.extend(event.text("userId").map(|id| ("user_id", id)));
        if event.kind == EventKind::Alias {
            ids.extend(event.text("previousId").map(|id| (self.kind_of_previous(&id), id)));
        }
        ids.extend(event.text("anonymousId").map(|id| ("anonymous_id", id)));
        if event.kind == EventKind::Identify {
            let email = event.object("traits").and_then(|traits| traits.get("email")).and_then(Value::as_str);
            ids.extend(email.map(|email| ("email", email.to_lowercase())));
        }
        self.resolve(Collection::Users, &ids, event)
    }

    /// An alias does not say what its `previousId` was.
    fn kind_of_previous(&self, id: &str) -> &'static str {
        let visitor = self.number_of(Collection::Users, "anonymous_id", id).is_some();
        if visitor { "anonymous_id" } else { "user_id" }
    }

    fn resolve(&mut self, collection: Collection, ids: &[Identifier], event: &Event) -> Option<u64> {
        let (kind, id) = ids.first()?;
        let number = self.number_of(collection, kind, id).unwrap_or_else(|| self.add(mention(event)));
        for (kind, id) in ids {
            match self.number_of(collection, kind, id) {
                None => self.name(number, external_id(collection, kind, id, event)),
                Some(other) if other != number && self.may_merge(number, other, event) => {
                    self.merge(number, other);
                }
                Some(_) => {}
            }
        }
        Some(number)
    }

    /// Two people who are both known by a user id stay two, unless an alias says that they are one.
    fn may_merge(&self, number: u64, other: u64, event: &Event) -> bool {
        let known = |number| self.profile(number).is_some_and(|profile| profile.has_id_of("user_id"));
        event.kind == EventKind::Alias || !(known(number) && known(other))
    }

    fn learn(&mut self, number: u64, event: &Event) {
        let Some(profile) = self.profile_mut(number) else { return };
        for (name, value) in event.object("traits").into_iter().flatten() {
            let known = Trait {
                value: value.clone(),
                source_id: event.source_id.clone(),
                updated_at: event.timestamp.rfc3339(),
            };
            profile.traits.insert(name.clone(), known);
        }
    }

    fn track(&mut self, number: u64, event: &Event) {
        let (Some(name), Some(profile)) = (event.text("event"), self.profile_mut(number)) else { return };
        profile.remember(TrackedEvent {
            name,
            message_id: event.message_id.clone(),
            source_id: event.source_id.clone(),
            timestamp: event.timestamp,
            properties: event.object("properties").cloned().unwrap_or_default(),
            context: event.object("context").cloned().unwrap_or_default(),
        });
    }

    fn join(&mut self, user: u64, event: &Event) {
        let Some(group_id) = event.text("groupId") else { return };
        let Some(account) = self.resolve(Collection::Accounts, &[("group_id", group_id)], event) else {
            return;
        };
        self.learn(account, event);
        self.mention(account, event);
        self.link(user, account);
        self.link(account, user);
    }

    fn link(&mut self, from: u64, to: u64) {
        let names = self.profile(to).into_iter().flat_map(|profile| &profile.external_ids);
        let names: Vec<_> = names.map(|id| (id.collection, id.kind, id.id.clone())).collect();
        if let Some(profile) = self.profile_mut(from) {
            profile.links.extend(names.into_iter().take(1));
        }
    }

    fn mention(&mut self, number: u64, event: &Event) {
        let Some(profile) = self.profile_mut(number) else { return };
        if event.timestamp < profile.first.at {
            profile.first = mention(event);
        }
        if event.timestamp >= profile.last.at {
            profile.last = mention(event);
        }
    }
}

fn mention(event: &Event) -> Mention {
    Mention { at: event.timestamp, message_id: event.message_id.clone(), source_id: event.source_id.clone() }
}

fn external_id(collection: Collection, kind: &'static str, id: &str, event: &Event) -> ExternalId {
    ExternalId {
        source_id: event.source_id.clone(),
        collection,
        id: id.to_owned(),
        kind,
        created_at: event.timestamp.rfc3339(),
        encoding: "none",
        first_message_id: event.message_id.clone(),
    }
}

fn dropped_silently(event: &Event) -> bool {
    let too_many = |field| event.object(field).is_some_and(|fields: &Map<_, _>| fields.len() > MOST_FIELDS);
    too_many("traits")
        || too_many("properties")
        || event.message_id.len() > LONGEST_MESSAGE_ID
        || event.text("groupId").is_some_and(|id| id.chars().count() > LONGEST_GROUP_ID)
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyferry_core::Timestamp;
    use serde_json::json;

    fn take(people: &mut People, kind: &str, body: Value) {
        let event = Event {
            kind: EventKind::named(kind).unwrap(),
            source_id: "s".to_owned(),
            message_id: "m".to_owned(),
            timestamp: Timestamp(0),
            body: body.as_object().unwrap().clone(),
        };
        people.take(&event);
    }

    fn value(people: &People, kind: &str, id: &str, name: &str) -> Option<Value> {
        Some(people.find(Collection::Users, kind, id)?.traits.get(name)?.value.clone())
    }

    #[test]
    fn a_visitor_becomes_the_user_that_signs_in() {
        let mut people = People::default();
        take(&mut people, "track", json!({"anonymousId": "a", "event": "Looked"}));
        take(
            &mut people,
            "identify",
            json!({"userId": "u", "anonymousId": "a", "traits": {"email": "A@X.io"}}),
        );
        let profile = people.find(Collection::Users, "email", "a@x.io").unwrap();
        assert_eq!(profile.events.len(), 1);
        assert!(people.find(Collection::Users, "anonymous_id", "a").unwrap().traits.contains_key("email"));
    }

    #[test]
    fn two_users_on_one_device_stay_two_until_an_alias_says_otherwise() {
        let mut people = People::default();
        take(&mut people, "identify", json!({"userId": "u1", "anonymousId": "a", "traits": {"plan": "pro"}}));
        take(&mut people, "identify", json!({"userId": "u2", "anonymousId": "a", "traits": {"age": 3}}));
        assert_eq!(value(&people, "user_id", "u2", "plan"), None);
        take(&mut people, "alias", json!({"previousId": "u1", "userId": "u2"}));
        assert_eq!(value(&people, "user_id", "u1", "age"), Some(json!(3)));
        assert_eq!(value(&people, "user_id", "u2", "plan"), Some(json!("pro")));
    }

    #[test]
    fn a_group_is_an_account_linked_both_ways() {
        let mut people = People::default();
        take(&mut people, "group", json!({"userId": "u", "groupId": "g", "traits": {"seats": 5}}));
        let account = people.find(Collection::Accounts, "group_id", "g").unwrap();
        assert_eq!(account.traits["seats"].value, json!(5));
        assert!(account.links.contains(&(Collection::Users, "user_id", "u".to_owned())));
        let user = people.find(Collection::Users, "user_id", "u").unwrap();
        assert!(user.links.contains(&(Collection::Accounts, "group_id", "g".to_owned())));
        assert!(user.traits.is_empty(), "the account's traits are not the user's");
    }

    #[test]
    fn what_is_too_large_for_unify_is_dropped_without_a_word() {
        let mut people = People::default();
        let traits: Map<_, _> = (0..301).map(|n| (format!("t{n}"), json!(n))).collect();
        take(&mut people, "identify", json!({"userId": "u", "traits": traits}));
        take(&mut people, "group", json!({"userId": "u", "groupId": "g".repeat(501)}));
        assert!(people.find(Collection::Users, "user_id", "u").is_none());
    }
}
