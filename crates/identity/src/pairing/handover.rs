//! How a device without a code gets its token: it asks, keeps it, and says so.
//!
//! Until it has said so, asking again makes a new token and ends the one before, and a token that is never confirmed
//! ends with the pairing. So one token is told once, and an answer that got lost costs nothing.

use super::Pairings;
use super::record::device_of;
use crate::device_token::DeviceToken;
use keyferry_core::DeviceId;
use keyferry_store::{Pairing, PairingStatus, StoreError, devices, pairings};

/// What became of asking for a token.
pub(super) enum HandedOver {
    To(DeviceId),
    /// The pairing is not, or no longer, where a token is given: somebody else was faster.
    MovedOn,
    /// The device was revoked before it said that it keeps its token.
    Revoked,
}

impl Pairings {
    /// Gives an approved pairing its device, or a new token to the device that it has got.
    pub(super) async fn hand_over(
        &self,
        pairing: &Pairing,
        token: &DeviceToken,
    ) -> Result<HandedOver, StoreError> {
        let handed = match pairing.status {
            PairingStatus::Approved => self.first(pairing, token).await?,
            PairingStatus::Issued => self.another(pairing, token).await?,
            _ => HandedOver::MovedOn,
        };
        self.parts.follower.catch_up_soon().await;
        Ok(handed)
    }

    async fn first(&self, pairing: &Pairing, token: &DeviceToken) -> Result<HandedOver, StoreError> {
        let now = self.parts.now();
        let Some(device) = device_of(pairing, Some(token), Some(pairing.expires_at), now) else {
            return Ok(HandedOver::MovedOn);
        };
        let mut tx = self.parts.db.begin().await?;
        if !pairings::issue(&mut tx, &pairing.id, &device.id, now).await? {
            return Ok(HandedOver::MovedOn);
        }
        devices::insert(&mut tx, &device).await?;
        tx.commit().await?;
        Ok(HandedOver::To(device.id))
    }

    async fn another(&self, pairing: &Pairing, token: &DeviceToken) -> Result<HandedOver, StoreError> {
        let now = self.parts.now();
        let Some((team, device)) = pairing.team.as_ref().zip(pairing.device.as_ref()) else {
            return Ok(HandedOver::MovedOn);
        };
        let mut tx = self.parts.db.begin().await?;
        // Changes nothing, but holds the row, so that a token is never replaced after it was confirmed.
        let (from, to) = (PairingStatus::Issued, PairingStatus::Issued);
        if !pairings::advance(&mut tx, &pairing.id, from, to, now).await? {
            return Ok(HandedOver::MovedOn);
        }
        let replaced =
            devices::replace_token(&mut tx, team, device, &token.hash(), token.last4(), now).await?;
        if replaced.is_none() {
            return Ok(HandedOver::Revoked);
        }
        tx.commit().await?;
        Ok(HandedOver::To(device.clone()))
    }

    /// The device keeps its token: it lasts from now on, and none is given any more. Does nothing to a pairing that
    /// has given none.
    pub(super) async fn keep(&self, pairing: &Pairing) -> Result<(), StoreError> {
        let now = self.parts.now();
        let Some((team, device)) = pairing.team.as_ref().zip(pairing.device.as_ref()) else {
            return Ok(());
        };
        let mut tx = self.parts.db.begin().await?;
        let (from, to) = (PairingStatus::Issued, PairingStatus::Paired);
        if pairings::advance(&mut tx, &pairing.id, from, to, now).await? {
            devices::set_expiry(&mut tx, team, device, None, now).await?;
            tx.commit().await?;
            self.parts.follower.catch_up_soon().await;
        }
        Ok(())
    }
}
