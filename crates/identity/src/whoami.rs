//! What a device may know of itself: whose it is, in which team, and what it may do.

use crate::Identity;
use keyferry_core::{Principal, Rule};
use keyferry_store::{
    Device, Narrowing, StoreError, Team, User, connections, device_rules, devices, teams, users,
};

/// A device with its surroundings.
#[derive(Debug)]
pub struct Whoami {
    pub team: Team,
    pub user: User,
    pub device: Device,
    /// Where it may do less than its rule says.
    pub narrower: Vec<Narrower>,
}

/// A stricter rule, for what matches; `None` matches anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrower {
    pub integration: Option<String>,
    /// The connection's number.
    pub connection: Option<i64>,
    pub tool: Option<String>,
    pub rule: Rule,
}

/// Why there is nothing to tell.
#[derive(Debug, thiserror::Error)]
pub enum WhoamiError {
    /// A person in a browser, or a device that is just being deleted.
    #[error("this is not a device")]
    NoDevice,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Identity {
    /// Who the device behind a principal is.
    ///
    /// # Errors
    /// [`WhoamiError::NoDevice`] for a person.
    pub async fn whoami(&self, principal: &Principal) -> Result<Whoami, WhoamiError> {
        let id = principal.device().ok_or(WhoamiError::NoDevice)?;
        let (db, team) = (&self.db, &principal.team);
        let mut narrower = Vec::new();
        for narrowing in device_rules::of_device(db, team, id).await? {
            narrower.extend(self.narrower(principal, narrowing).await?);
        }
        Ok(Whoami {
            team: teams::get(db, team).await?.ok_or(WhoamiError::NoDevice)?,
            user: users::get(db, &principal.user).await?.ok_or(WhoamiError::NoDevice)?,
            device: devices::get(db, team, id).await?.ok_or(WhoamiError::NoDevice)?,
            narrower,
        })
    }

    /// `None` for a rule about a connection that the device's owner can't see, or that is gone.
    async fn narrower(
        &self,
        principal: &Principal,
        narrowing: Narrowing,
    ) -> Result<Option<Narrower>, StoreError> {
        let Narrowing { integration, connection, tool, rule } = narrowing;
        let connection = match connection {
            None => None,
            Some(id) => match connections::get(&self.db, &principal.team, &principal.user, &id).await? {
                None => return Ok(None),
                Some(connection) => Some(connection.number),
            },
        };
        Ok(Some(Narrower { integration, connection, tool, rule }))
    }
}
