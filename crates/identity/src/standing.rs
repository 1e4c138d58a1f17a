//! Whether a device may act at all: it, its owner, and the owner's place in the team.

use keyferry_core::{Role, Timestamp};
use keyferry_store::{Db, Device, StoreError, members, users};

/// A device that may act, and what its owner is in the team.
#[derive(Debug)]
pub(crate) struct Standing {
    pub device: Device,
    pub role: Role,
}

/// Why a device may not act.
#[derive(Debug)]
pub(crate) enum Fallen {
    Revoked,
    Expired,
    /// The person is disabled, or is no member of the team any more.
    Person,
    Store(StoreError),
}

impl From<StoreError> for Fallen {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Looks up everything that the device's right to act hangs on.
pub(crate) async fn of(db: &Db, device: Device, now: Timestamp) -> Result<Standing, Fallen> {
    if device.revoked_at.is_some() {
        return Err(Fallen::Revoked);
    }
    if has_expired(&device, now) {
        return Err(Fallen::Expired);
    }
    let user = users::get(db, &device.user).await?;
    if user.is_none_or(|user| user.disabled_at.is_some()) {
        return Err(Fallen::Person);
    }
    let role = members::role(db, &device.team, &device.user).await?.ok_or(Fallen::Person)?;
    Ok(Standing { device, role })
}

pub(crate) fn has_expired(device: &Device, now: Timestamp) -> bool {
    device.expires_at.is_some_and(|at| at <= now)
}
