//! Grants: APIs whose changes a device may send through the proxy without a preview. What has high impact is never
//! among them, and a read-only device stays one.

use crate::{DeviceError, Devices};
use keyferry_core::{DeviceId, Principal};
use keyferry_store::{ProxyGrant, proxy_grants as rows};

impl Devices {
    /// The device's grants.
    ///
    /// # Errors
    /// As [`Devices::get`].
    pub async fn proxy_grants(
        &self,
        person: &Principal,
        id: &DeviceId,
    ) -> Result<Vec<ProxyGrant>, DeviceError> {
        let device = self.get(person, id).await?;
        Ok(rows::of_device(&self.parts.db, &device.team, id).await?)
    }

    /// Lets the device send the changes of one API unconfirmed. That the API exists is the page's to look at.
    ///
    /// # Errors
    /// [`DeviceError::NotOwner`] for everybody but its owner.
    pub async fn grant_proxy(
        &self,
        person: &Principal,
        id: &DeviceId,
        (integration, api): (&str, &str),
    ) -> Result<(), DeviceError> {
        self.own(person, id).await?;
        let grant = ProxyGrant {
            integration: integration.to_owned(),
            api: api.to_owned(),
            granted_by: person.user.clone(),
            granted_at: self.parts.now(),
        };
        let mut tx = self.parts.db.begin().await?;
        rows::give(&mut tx, &person.team, id, &grant).await?;
        self.commit(tx).await
    }

    /// Takes a grant back. Who manages the team may do it too, since it makes the device stricter.
    ///
    /// # Errors
    /// [`DeviceError::NotFound`] when the device has none for this API.
    pub async fn take_back_proxy(
        &self,
        person: &Principal,
        id: &DeviceId,
        api: (&str, &str),
    ) -> Result<(), DeviceError> {
        self.get(person, id).await?;
        let mut tx = self.parts.db.begin().await?;
        let found = rows::take_back(&mut tx, &person.team, id, api, self.parts.now()).await?;
        self.commit_if(tx, found).await
    }
}
