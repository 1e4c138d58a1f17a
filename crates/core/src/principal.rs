//! On whose behalf something is done. Every query on a tenant's rows takes one.

use crate::{DeviceId, Role, Rule, SessionId, ShownTools, TeamId, UserId};

/// Who acts: a person's device, or the person in a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    Device {
        id: DeviceId,
        rule: Rule,
        /// What its MCP clients see under its own name. It gives no right.
        shown_tools: ShownTools,
    },
    Person {
        session: SessionId,
    },
}

/// An authenticated caller within one team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub team: TeamId,
    pub user: UserId,
    pub role: Role,
    pub actor: Actor,
}

impl Principal {
    /// The device that acts, or `None` for a person in a browser.
    #[must_use]
    pub fn device(&self) -> Option<&DeviceId> {
        match &self.actor {
            Actor::Device { id, .. } => Some(id),
            Actor::Person { .. } => None,
        }
    }

    /// The tools that a person chose for this device's MCP clients to see under their own names.
    #[must_use]
    pub fn shown_tools(&self) -> ShownTools {
        match &self.actor {
            Actor::Device { shown_tools, .. } => shown_tools.clone(),
            Actor::Person { .. } => ShownTools::default(),
        }
    }

    /// The rule by which this caller's calls are judged, before it is narrowed. A person in a browser calls no tools;
    /// what they are told about one is what a new device of theirs would be told.
    #[must_use]
    pub fn rule(&self) -> Rule {
        let own = match self.actor {
            Actor::Device { rule, .. } => rule,
            Actor::Person { .. } => Rule::default(),
        };
        own.within(self.role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn principal(role: Role, actor: Actor) -> Principal {
        Principal { team: TeamId::new(), user: UserId::new(), role, actor }
    }

    #[test]
    fn who_may_only_look_has_devices_that_only_look() {
        let device =
            || Actor::Device { id: DeviceId::new(), rule: Rule::Trusted, shown_tools: ShownTools::default() };
        assert_eq!(principal(Role::Member, device()).rule(), Rule::Trusted);
        assert_eq!(principal(Role::Viewer, device()).rule(), Rule::ReadOnly);
    }

    #[test]
    fn a_person_is_told_what_a_new_device_would_be() {
        let person = || Actor::Person { session: SessionId::new() };
        assert_eq!(principal(Role::Owner, person()).rule(), Rule::Confirm);
        assert_eq!(principal(Role::Viewer, person()).rule(), Rule::ReadOnly);
    }
}
