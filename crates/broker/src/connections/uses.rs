//! Which devices called over a connection: what a person sees before disconnecting it.

use crate::view::DeviceUse;
use crate::visible::visible_text;
use crate::{Broker, unavailable};
use keyferry_core::{DeviceId, Failure, Principal, TeamId};
use keyferry_store::{calls, devices};

impl Broker {
    /// The devices that the person may see and that called over the connection, the latest first.
    ///
    /// # Errors
    /// `not_found` when the person has no such connection.
    pub async fn devices_using(&self, person: &Principal, number: i64) -> Result<Vec<DeviceUse>, Failure> {
        let connection = self.visible_connection(person, number).await?;
        let everyones = connection.owner.is_none() && person.role.may_manage();
        let known = if everyones {
            devices::of_team(self.db(), &person.team).await
        } else {
            devices::of_user(self.db(), &person.team, &person.user).await
        };
        let known = known.map_err(unavailable::store)?;
        let last = calls::last_uses(self.db(), &person.team, &connection.id).await;
        let shown = last.map_err(unavailable::store)?.into_iter().filter_map(|last| {
            let device = known.iter().find(|device| device.id == last.device)?;
            Some(DeviceUse {
                device_id: device.id.to_string(),
                label: visible_text(&device.label).into_owned(),
                last_used_at: last.at.rfc3339(),
            })
        });
        Ok(shown.collect())
    }

    /// What a device calls itself, with nothing in it that deceives; empty when there is no such device.
    pub(crate) async fn device_label(&self, team: &TeamId, device: &DeviceId) -> Result<String, Failure> {
        let found = devices::get(self.db(), team, device).await.map_err(unavailable::store)?;
        Ok(found.map(|device| visible_text(&device.label).into_owned()).unwrap_or_default())
    }
}
