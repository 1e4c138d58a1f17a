//! On whose behalf something is done. Every query on a tenant's rows takes one.

use crate::{DeviceId, Role, Rule, SessionId, TeamId, UserId};

/// Who acts: a person's device, or the person in a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    Device { id: DeviceId, rule: Rule },
    Person { session: SessionId },
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
}
