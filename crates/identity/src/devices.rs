//! Devices as people manage them: list, rename, rule, narrow, revoke, new token.
//!
//! A device's owner may do all of it. Who manages the team sees every device, and may revoke another's or give it a
//! stricter rule, but never a freer one or its token: it reaches its owner's personal connections.

use crate::device_token::DeviceToken;
use crate::{IdentityParts, shown_label};
use keyferry_core::{DeviceId, Principal, Rule, ShownTools, Timestamp};
use keyferry_store::{Device, Narrowing, StoreError, Tx, device_rules, devices as rows};

/// Why a device was left as it is.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// There is none, it was revoked, or it is another's.
    #[error("There is no such device.")]
    NotFound,
    #[error("Only the device's owner may do this; you may revoke it or give it a stricter rule.")]
    NotOwner,
    #[error("As a viewer of this team you can't add devices; ask an administrator.")]
    Viewer,
    #[error("Give the device a name.")]
    NoLabel,
    #[error("Two of the narrower rules are for the same calls; keep one of them.")]
    SameTwice,
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for DeviceError {
    fn from(error: StoreError) -> Self {
        if error.is_duplicate() { Self::SameTwice } else { Self::Store(error) }
    }
}

/// A device that a person makes by hand, without pairing.
#[derive(Debug)]
pub struct NewDevice<'a> {
    pub label: &'a str,
    /// The program it is for: `curl`, `openclaw`.
    pub client: &'a str,
    pub rule: Rule,
    pub expires_at: Option<Timestamp>,
}

/// Manages devices on behalf of people.
#[derive(Clone)]
pub struct Devices {
    pub(crate) parts: IdentityParts,
}

impl Devices {
    pub(crate) fn new(parts: IdentityParts) -> Self {
        Self { parts }
    }

    /// The devices that the person may see, the newest first, revoked ones too: all of the team's for who manages
    /// it, their own for everybody else.
    ///
    /// # Errors
    /// The store's.
    pub async fn list(&self, person: &Principal) -> Result<Vec<Device>, StoreError> {
        if person.role.may_manage() {
            rows::of_team(&self.parts.db, &person.team).await
        } else {
            rows::of_user(&self.parts.db, &person.team, &person.user).await
        }
    }

    /// One device that the person may see.
    ///
    /// # Errors
    /// [`DeviceError::NotFound`] also for another's.
    pub async fn get(&self, person: &Principal, id: &DeviceId) -> Result<Device, DeviceError> {
        let device = rows::get(&self.parts.db, &person.team, id).await?;
        device.filter(|device| may_see(person, device)).ok_or(DeviceError::NotFound)
    }

    /// The device's narrower rules.
    ///
    /// # Errors
    /// As [`Devices::get`].
    pub async fn narrowings(&self, person: &Principal, id: &DeviceId) -> Result<Vec<Narrowing>, DeviceError> {
        let device = self.get(person, id).await?;
        Ok(device_rules::of_device(&self.parts.db, &device.team, id).await?)
    }

    /// Makes a device with a token, which is shown once.
    ///
    /// # Errors
    /// [`DeviceError::Viewer`], [`DeviceError::NoLabel`].
    pub async fn create(
        &self,
        person: &Principal,
        new: &NewDevice<'_>,
    ) -> Result<(Device, DeviceToken), DeviceError> {
        if !person.role.may_connect() {
            return Err(DeviceError::Viewer);
        }
        let token = DeviceToken::new();
        let device = Device {
            id: DeviceId::new(),
            team: person.team.clone(),
            user: person.user.clone(),
            label: shown_label(new.label).ok_or(DeviceError::NoLabel)?,
            client: shown_label(new.client).unwrap_or_else(|| "unknown".to_owned()),
            rule: new.rule,
            generation: 1,
            token_hash: Some(token.hash()),
            token_last4: Some(token.last4().to_owned()),
            created_at: self.parts.now(),
            last_used_at: None,
            last_address: None,
            expires_at: new.expires_at,
            revoked_at: None,
            shown_tools: ShownTools::default(),
        };
        let mut tx = self.parts.db.begin().await?;
        rows::insert(&mut tx, &device).await?;
        self.commit(tx).await?;
        Ok((device, token))
    }

    /// A new token for the device; every token it had is worth nothing from then on.
    ///
    /// # Errors
    /// [`DeviceError::NotOwner`] for everybody but its owner.
    pub async fn new_token(&self, person: &Principal, id: &DeviceId) -> Result<DeviceToken, DeviceError> {
        self.own(person, id).await?;
        let token = DeviceToken::new();
        let mut tx = self.parts.db.begin().await?;
        let now = self.parts.now();
        let replaced =
            rows::replace_token(&mut tx, &person.team, id, &token.hash(), token.last4(), now).await?;
        replaced.ok_or(DeviceError::NotFound)?;
        self.commit(tx).await?;
        Ok(token)
    }

    /// Gives the device another name.
    ///
    /// # Errors
    /// [`DeviceError::NotOwner`], [`DeviceError::NoLabel`].
    pub async fn rename(&self, person: &Principal, id: &DeviceId, label: &str) -> Result<(), DeviceError> {
        self.own(person, id).await?;
        let label = shown_label(label).ok_or(DeviceError::NoLabel)?;
        let mut tx = self.parts.db.begin().await?;
        let found = rows::rename(&mut tx, &person.team, id, &label, self.parts.now()).await?;
        self.commit_if(tx, found).await
    }

    /// Gives the device another rule. Choosing [`Rule::Trusted`] is the page's to warn of.
    ///
    /// # Errors
    /// [`DeviceError::NotOwner`] when the device is another's and the rule is not stricter than its own.
    pub async fn set_rule(&self, person: &Principal, id: &DeviceId, rule: Rule) -> Result<(), DeviceError> {
        let device = self.get(person, id).await?;
        if device.user != person.user && rule >= device.rule {
            return Err(DeviceError::NotOwner);
        }
        let mut tx = self.parts.db.begin().await?;
        let found = rows::set_rule(&mut tx, &person.team, id, rule, self.parts.now()).await?;
        self.commit_if(tx, found).await
    }

    /// Puts these narrower rules in place of those that the device had.
    ///
    /// # Errors
    /// [`DeviceError::NotOwner`], [`DeviceError::SameTwice`].
    pub async fn narrow(
        &self,
        person: &Principal,
        id: &DeviceId,
        narrowings: &[Narrowing],
    ) -> Result<(), DeviceError> {
        self.own(person, id).await?;
        let mut tx = self.parts.db.begin().await?;
        device_rules::replace(&mut tx, &person.team, id, narrowings, self.parts.now()).await?;
        self.commit(tx).await
    }

    /// Chooses what the device's MCP clients see under its own name. That the tools exist is the page's to look at.
    ///
    /// # Errors
    /// [`DeviceError::NotOwner`].
    pub async fn show_tools(
        &self,
        person: &Principal,
        id: &DeviceId,
        tools: &ShownTools,
    ) -> Result<(), DeviceError> {
        self.own(person, id).await?;
        let mut tx = self.parts.db.begin().await?;
        let found = rows::show_tools(&mut tx, &person.team, id, tools, self.parts.now()).await?;
        self.commit_if(tx, found).await
    }

    /// Sets until when the device may act; `None` for until it is revoked.
    ///
    /// # Errors
    /// [`DeviceError::NotOwner`].
    pub async fn set_expiry(
        &self,
        person: &Principal,
        id: &DeviceId,
        expires_at: Option<Timestamp>,
    ) -> Result<(), DeviceError> {
        self.own(person, id).await?;
        let mut tx = self.parts.db.begin().await?;
        let found = rows::set_expiry(&mut tx, &person.team, id, expires_at, self.parts.now()).await?;
        self.commit_if(tx, found).await
    }

    /// Ends the device with its tokens, confirmations and approvals, for good.
    ///
    /// # Errors
    /// [`DeviceError::NotFound`] when there is none to end.
    pub async fn revoke(&self, person: &Principal, id: &DeviceId) -> Result<(), DeviceError> {
        self.get(person, id).await?;
        let mut tx = self.parts.db.begin().await?;
        let found = rows::revoke(&mut tx, &person.team, id, self.parts.now()).await?;
        self.commit_if(tx, found).await
    }

    pub(crate) async fn own(&self, person: &Principal, id: &DeviceId) -> Result<(), DeviceError> {
        let device = self.get(person, id).await?;
        if device.user == person.user { Ok(()) } else { Err(DeviceError::NotOwner) }
    }

    pub(crate) async fn commit_if(&self, tx: Tx, found: bool) -> Result<(), DeviceError> {
        if found { self.commit(tx).await } else { Err(DeviceError::NotFound) }
    }

    pub(crate) async fn commit(&self, tx: Tx) -> Result<(), DeviceError> {
        tx.commit().await?;
        self.parts.follower.catch_up_soon().await;
        Ok(())
    }
}

/// Who may know that a device exists.
fn may_see(person: &Principal, device: &Device) -> bool {
    device.team == person.team && (device.user == person.user || person.role.may_manage())
}
