//! What a device may know of itself: whose it is, in which team, and what it may do.

use crate::Identity;
use keyferry_core::Principal;
use keyferry_store::{Device, Narrowing, StoreError, Team, User, device_rules, devices, teams, users};

/// A device with its surroundings.
#[derive(Debug)]
pub struct Whoami {
    pub team: Team,
    pub user: User,
    pub device: Device,
    /// Where it may do less than its rule says.
    pub narrowings: Vec<Narrowing>,
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
        Ok(Whoami {
            team: teams::get(db, team).await?.ok_or(WhoamiError::NoDevice)?,
            user: users::get(db, &principal.user).await?.ok_or(WhoamiError::NoDevice)?,
            device: devices::get(db, team, id).await?.ok_or(WhoamiError::NoDevice)?,
            narrowings: device_rules::of_device(db, team, id).await?,
        })
    }
}
